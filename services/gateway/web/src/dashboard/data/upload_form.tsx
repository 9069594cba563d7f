// Chooses a file, says what is in it, and sends it.
import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import {
  Coverage,
  OffsetUnit,
  type ImportDatasetResponse,
  type ImportSourceResponse,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { importDataset, importSource } from '../../api/upload';
import { t } from '../../i18n/data';
import { formatPercent } from '../../i18n/language';
import { Button } from '../../ui/button';
import { CheckField, SelectField, TextField } from '../../ui/fields';
import { errorOf, useAction } from '../common/action';
import { Choices, listOf, More } from '../common/form';
import { FailureNote, Note, Progress } from '../common/parts';
import { kindOf, nameOf, type FileKind } from './sniff';
import './upload_form.css';

export type Uploaded =
  | { kind: 'texts'; name: string; reply: ImportSourceResponse }
  | { kind: 'annotations'; name: string; reply: ImportDatasetResponse };

interface Props {
  /** What the file must be; absent: the person says. */
  only?: FileKind;
  onUploaded: (uploaded: Uploaded) => void;
}

interface Draft {
  file: File;
  kind: FileKind;
  name: string;
  labels: string;
  coverage: 'auto' | 'complete' | 'binary';
  offsets: 'code' | 'utf16' | 'bytes' | 'inclusive';
  allowNoSpans: boolean;
}

const coverages = {
  auto: Coverage.UNSPECIFIED,
  complete: Coverage.COMPLETE,
  binary: Coverage.BINARY,
} as const;

const offsetUnits = {
  code: OffsetUnit.UNSPECIFIED,
  utf16: OffsetUnit.UTF16,
  bytes: OffsetUnit.BYTES,
  inclusive: OffsetUnit.INCLUSIVE,
} as const;

async function send(
  draft: Draft,
  options: { signal: AbortSignal; onProgress: (share: number) => void },
): Promise<Uploaded> {
  const { file, kind } = draft;
  const name = draft.name.trim();
  if (kind === 'texts') {
    return { kind, name, reply: await importSource(file, { source: name }, options) };
  }
  const header = {
    dataset: name,
    coverage: coverages[draft.coverage],
    offsets: offsetUnits[draft.offsets],
    labels: listOf(draft.labels),
    allowNoSpans: draft.allowNoSpans,
  };
  return { kind, name, reply: await importDataset(file, header, options) };
}

export function UploadForm({ only, onUploaded }: Props) {
  const draft = useSignal<Draft | undefined>(undefined);
  const share = useSignal(0);
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const sending = useAction(async () => {
    share.value = 0;
    leaving.current = new AbortController();
    const { signal } = leaving.current;
    const onProgress = (sent: number) => (share.value = sent);
    onUploaded(await send(draft.peek()!, { signal, onProgress }));
  });
  const choose = async (file: File) => {
    sending.forget();
    draft.value = {
      file,
      kind: only ?? (await kindOf(file)),
      name: nameOf(file),
      labels: '',
      coverage: 'auto',
      offsets: 'code',
      allowNoSpans: false,
    };
  };
  if (!draft.value) return <Drop onFile={(file) => void choose(file)} />;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        sending.run();
      }}
    >
      <Fields
        draft={draft as Signal<Draft>}
        only={only}
        error={(field) => errorOf(sending.failure, field)}
        failed={!!errorOf(sending.failure, 'file: coverage')}
      />
      {sending.failure && <FailureNote failure={sending.failure} />}
      {sending.busy ? (
        <>
          <Progress
            share={share.value < 1 ? share.value : undefined}
            label={
              share.value < 1
                ? t('uploading', { share: formatPercent(share.value), name: draft.value.file.name })
                : t('reading', { name: draft.value.file.name })
            }
          />
          <div>
            <Button onClick={() => leaving.current.abort()}>{t('cancelUpload')}</Button>
          </div>
        </>
      ) : (
        <div class="row">
          <Button kind="primary" type="submit">
            {t('upload')}
          </Button>
          <Button onClick={() => (draft.value = undefined)}>{t('otherFile')}</Button>
        </div>
      )}
    </form>
  );
}

function Drop({ onFile }: { onFile: (file: File) => void }) {
  const over = useSignal(false);
  return (
    <label
      class={`drop ${over.value ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        const file = event.dataTransfer?.files[0];
        if (file) onFile(file);
      }}
    >
      <b>{t('drop')}</b>
      <span class="soft small">{t('dropHint')}</span>
      <input
        type="file"
        aria-label={t('chooseFile')}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) onFile(file);
        }}
      />
    </label>
  );
}

interface FieldsProps {
  draft: Signal<Draft>;
  only: FileKind | undefined;
  error: (field: string) => string | undefined;
  /** How the file is annotated is not clear. */
  failed: boolean;
}

function Fields({ draft, only, error, failed }: FieldsProps) {
  const { file, kind, name } = draft.value;
  const set = (changes: Partial<Draft>) => (draft.value = { ...draft.value, ...changes });
  return (
    <>
      <p>
        <b>{file.name}</b>
      </p>
      {!only && (
        <Choices
          legend={t('what')}
          value={kind}
          onValue={(value) => set({ kind: value })}
          of={[
            { value: 'texts', label: t('texts'), hint: t('textsHint') },
            { value: 'annotations', label: t('annotations'), hint: t('annotationsHint') },
          ]}
        />
      )}
      <TextField
        label={t(kind === 'texts' ? 'sourceName' : 'datasetName')}
        hint={t('nameHint')}
        error={error(kind === 'texts' ? 'source' : 'dataset')}
        required
        value={name}
        onValue={(value) => set({ name: value })}
      />
      {kind === 'annotations' && (
        <More failed={failed}>
          <HowAnnotated draft={draft.value} set={set} error={error} />
        </More>
      )}
    </>
  );
}

interface HowProps {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  error: FieldsProps['error'];
}

function HowAnnotated({ draft, set, error }: HowProps) {
  return (
    <>
      <Choices
        legend={t('coverage')}
        value={draft.coverage}
        onValue={(coverage) => set({ coverage })}
        of={[
          { value: 'auto', label: t('coverageAuto'), hint: t('coverageAutoHint') },
          { value: 'complete', label: t('complete'), hint: t('completeHint') },
          { value: 'binary', label: t('binary'), hint: t('binaryHint') },
        ]}
      />
      <div class="pair">
        <SelectField
          label={t('offsets')}
          error={error('offsets')}
          value={draft.offsets}
          onValue={(offsets) => set({ offsets })}
          options={[
            { value: 'code', label: t('offsetsCode') },
            { value: 'utf16', label: t('offsetsUtf16') },
            { value: 'bytes', label: t('offsetsBytes') },
            { value: 'inclusive', label: t('offsetsInclusive') },
          ]}
        />
        <TextField
          label={t('labelsCovered')}
          hint={t('labelsCoveredHint')}
          error={error('labels')}
          value={draft.labels}
          onValue={(labels) => set({ labels })}
        />
      </div>
      <CheckField
        label={t('noSpans')}
        checked={draft.allowNoSpans}
        onChecked={(allowNoSpans) => set({ allowNoSpans })}
      />
    </>
  );
}

/** What came of an upload, as far as it says something. */
export function uploadedInWords(uploaded: Uploaded): string[] {
  if (uploaded.kind === 'texts') {
    const { numAdded, numDuplicates } = uploaded.reply;
    return [
      t('uploadedTexts', { n: Number(numAdded) }),
      ...(numDuplicates > 0n ? [t('uploadedTwice', { n: Number(numDuplicates) })] : []),
    ];
  }
  const { reply } = uploaded;
  const some = (key: Parameters<typeof t>[0], n: bigint) =>
    n > 0n ? [t(key, { n: Number(n) })] : [];
  const isComplete = reply.coverage === Coverage.COMPLETE;
  return [
    t('uploadedRows', {
      n: Number(reply.numRows),
      format: reply.format,
      accepted: Number(reply.numAccepted),
      rejected: Number(reply.numRejected),
      ignored: Number(reply.numIgnored),
    }),
    t(isComplete ? 'takenAsComplete' : 'takenAsBinary', { reason: reply.coverageReason }),
    ...some('offToken', reply.numOffTokenSpans),
    ...some('overlapping', reply.numOverlappingRows),
    ...some('leftOutRows', reply.numLeftOutRows),
    ...some('trimmed', reply.numTrimmedSpans),
  ];
}

export function UploadedNote({ uploaded }: { uploaded: Uploaded }) {
  const [first, ...others] = uploadedInWords(uploaded);
  return (
    <Note kind="good">
      <p role="status">
        <b>{uploaded.name}</b>: {first}
      </p>
      {others.map((sentence) => (
        <p key={sentence} class="small">
          {sentence}
        </p>
      ))}
    </Note>
  );
}

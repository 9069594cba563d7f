// Asks before texts are erased for good, and tells what went.
import { useSignal } from '@preact/signals';
import { t } from '../../i18n/data';
import { t as tu } from '../../i18n/ui';
import { printable } from '../../text/printable';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextArea } from '../../ui/fields';
import { useAction } from '../common/action';
import { FailureNote, Note } from '../common/parts';
import { erase, textsOf, type Erased } from './erasing';

interface Props {
  /** The one to erase; absent: the person types some. */
  text?: string;
  /** `erased`: something may be gone. */
  onClose: (erased: boolean) => void;
}

export function EraseDialog({ text, onClose }: Props) {
  const typed = useSignal('');
  const report = useSignal<Erased | undefined>(undefined);
  const texts = text === undefined ? textsOf(typed.value) : [text];
  const erasing = useAction(async () => {
    report.value = await erase(texts);
  });
  // What failed half-way may have erased some.
  const close = () => onClose(!!report.value || !!erasing.failure);
  return (
    <Dialog
      title={t('eraseTitle')}
      {...(!erasing.busy && { onClose: close })}
      footer={
        report.value ? (
          <Button kind="primary" onClick={close}>
            {tu('close')}
          </Button>
        ) : (
          <>
            <Button disabled={erasing.busy} onClick={close}>
              {tu('cancel')}
            </Button>
            <Button
              kind="danger"
              disabled={erasing.busy || texts.length === 0}
              onClick={() => erasing.run()}
            >
              {texts.length === 0 ? t('erase') : t('eraseThese', { n: texts.length })}
            </Button>
          </>
        )
      }
    >
      {report.value ? (
        <Report of={report.value} />
      ) : (
        <div class="stack">
          {text === undefined ? (
            <TextArea
              label={t('eraseTexts')}
              hint={t('eraseTextsHint')}
              rows={5}
              value={typed.value}
              onValue={(value) => (typed.value = value)}
            />
          ) : (
            <blockquote dir="auto">{printable(text)}</blockquote>
          )}
          <Note kind="warn">
            <p>{t('eraseText')}</p>
            <p>{t('eraseNot')}</p>
          </Note>
          {erasing.failure && <FailureNote failure={erasing.failure} />}
        </div>
      )}
    </Dialog>
  );
}

/** What went, and what may still be somewhere. */
export function erasedInWords(erased: Erased): string[] {
  const { texts, answers, sourceRows, tasks, snapshots, versions } = erased;
  if (texts + versions.length === 0) return [t('erasedNothing')];
  return [
    t('erasedCorpus', { n: texts, answers, rows: sourceRows, tasks }),
    ...(versions.length > 0 ? [t('erasedReplays', { versions: versions.join(', ') })] : []),
    ...(snapshots > 0 ? [t('erasedSnapshots', { n: snapshots })] : []),
  ];
}

function Report({ of }: { of: Erased }) {
  return (
    <div role="status">
      <Note kind={of.snapshots > 0 || of.texts + of.versions.length === 0 ? 'warn' : 'good'}>
        {erasedInWords(of).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </Note>
    </div>
  );
}

// A training: from which answers, beginning where, and the options that matter.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { uuid } from '../../api/ids';
import { training } from '../../api/training';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { CheckField, SelectField, TextField } from '../../ui/fields';
import { toast } from '../../ui/toast';
import { errorOf, useAction } from '../common/action';
import { FileField, Group, Many, More, SeedField, seedOf } from '../common/form';
import { servingModels, type Names } from '../common/names';
import { FailureNote, Note, Progress } from '../common/parts';
import { blank } from '../queues/queue_draft';
import { emptyTraining, trainingSpecOf, type TrainDraft } from './train_draft';
import { lexiconOf } from './vectors';

interface Props {
  names: Names;
  initial?: Partial<TrainDraft>;
  onStarted: (jobId: string) => void;
}

export function TrainForm({ names, initial, onStarted }: Props) {
  const draft = useSignal<TrainDraft>({ ...emptyTraining, ...initial });
  const set = (changes: Partial<TrainDraft>) => (draft.value = { ...draft.value, ...changes });
  const reading = useSignal('');
  const starting = useAction(async () => {
    const lexicons: Uint8Array[] = [];
    try {
      for (const file of draft.value.vectors) {
        reading.value = file.name;
        lexicons.push(await lexiconOf(file, seedOf(draft.value.seed)));
      }
    } finally {
      reading.value = '';
    }
    const spec = trainingSpecOf(draft.value, lexicons);
    const job = await training.createTrainingJob({ requestId: uuid(), spec });
    toast({ text: t('begun'), kind: 'good' });
    onStarted(job.id);
  });
  useLabels(names, draft.value, set);
  const error = (field: string) => errorOf(starting.failure, field);
  const hasChoice = names.datasets.length > 1 || !initial?.datasets?.length;
  if (names.datasets.length === 0) return <Note>{t('noDatasets')}</Note>;
  const fields = { names, draft: draft.value, set, error };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        starting.run();
      }}
    >
      <Main {...fields} hasChoice={hasChoice} />
      <More failed={!!starting.failure?.violations.length}>
        <Measured {...fields} />
        <Known {...fields} />
        <Learnt {...fields} />
        <Mistaken {...fields} />
      </More>
      {starting.failure && <FailureNote failure={starting.failure} />}
      {reading.value && <Progress label={t('readingVectors', { name: reading.value })} />}
      <div>
        <Button kind="primary" type="submit" disabled={starting.busy}>
          {t('train')}
        </Button>
      </div>
    </form>
  );
}

// What the chosen data sets have, until somebody types others.
function useLabels(names: Names, draft: TrainDraft, set: (changes: Partial<TrainDraft>) => void) {
  const suggested = useSignal(draft.labels);
  const key = draft.datasets.join('\n');
  useEffect(() => {
    if (draft.labels !== suggested.peek()) return;
    const chosen = names.datasets.filter(({ name }) => draft.datasets.includes(name));
    const labels = [...new Set(chosen.flatMap((dataset) => dataset.labels))].sort().join(', ');
    if (!labels) return;
    suggested.value = labels;
    set({ labels });
  }, [key]);
}

interface FieldsProps {
  names: Names;
  draft: TrainDraft;
  set: (changes: Partial<TrainDraft>) => void;
  error: (field: string) => string | undefined;
}

function Main({ names, draft, set, error, hasChoice }: FieldsProps & { hasChoice: boolean }) {
  return (
    <>
      {hasChoice && (
        <Many
          legend={t('datasetsField')}
          hint={t('datasetsHint')}
          error={error('datasets')}
          of={names.datasets.map(({ name }) => name)}
          value={draft.datasets}
          onValue={(datasets) => set({ datasets })}
        />
      )}
      <TextField
        label={td('labels')}
        hint={td('labelsHint')}
        error={error('labels')}
        value={draft.labels}
        onValue={(labels) => set({ labels })}
      />
      <div class="pair">
        <SelectField
          label={t('parentField')}
          hint={t('parentHint')}
          error={error('parent')}
          value={draft.parent}
          onValue={(parent) =>
            set({ parent, ...(!draft.output && parent !== blank && { output: modelOf(parent) }) })
          }
          options={[
            { value: blank, label: t('fromNothing') },
            ...[...servingModels(names), ...names.versions].map((value) => ({
              value,
              label: value,
            })),
          ]}
        />
        <TextField
          label={t('outputField')}
          hint={t('outputHint')}
          error={error('output')}
          required
          value={draft.output}
          onValue={(output) => set({ output })}
        />
      </div>
    </>
  );
}

/** "jobs" of "jobs@3". */
const modelOf = (version: string) => version.split('@')[0]!;

function Measured({ names, draft, set, error }: FieldsProps) {
  return (
    <Group legend={t('measuredGroup')}>
      <Many
        legend={t('goldField')}
        hint={t('goldHint')}
        error={error('eval_datasets')}
        of={names.datasets.map(({ name }) => name)}
        value={draft.gold}
        onValue={(gold) => set({ gold })}
      />
      <div class="pair">
        <Decimal {...{ draft, set, error }} name="evalSplit" of="evalPercent" field="eval_split" />
        <SeedField {...{ draft, set, error }} />
      </div>
    </Group>
  );
}

function Known({ names, draft, set, error }: FieldsProps) {
  return (
    <Group legend={t('knownGroup')}>
      <SelectField
        label={t('pool')}
        hint={t('poolHint')}
        error={error('pool')}
        value={draft.pool}
        onValue={(pool) => set({ pool })}
        options={[
          { value: '', label: td('none') },
          ...names.sources.map(({ name }) => ({ value: name, label: name })),
        ]}
      />
      {draft.pool && (
        <CheckField
          label={t('selfTraining')}
          checked={draft.selfTraining}
          onChecked={(selfTraining) => set({ selfTraining })}
        />
      )}
      <div class="pair">
        <FileField
          label={t('patterns')}
          hint={t('patternsHint')}
          error={error('patterns')}
          onFiles={async ([file]) => set({ patterns: file ? await file.text() : '' })}
        />
        <FileField
          label={t('vectors')}
          hint={t('vectorsHint')}
          error={error('lexicon') ?? error('more_lexicons')}
          multiple
          onFiles={(vectors) => set({ vectors })}
        />
      </div>
    </Group>
  );
}

function Learnt({ draft, set, error }: FieldsProps) {
  const fields = { draft, set, error };
  return (
    <Group legend={t('learntGroup')}>
      <div class="pair">
        <TextField
          label={t('epochs')}
          hint={t('epochsHint')}
          error={error('epochs')}
          type="number"
          min={1}
          value={draft.epochs}
          onValue={(epochs) => set({ epochs })}
        />
        <TextField
          label={t('bag')}
          hint={t('bagHint')}
          error={error('bag')}
          type="number"
          min={1}
          max={16}
          value={draft.bag}
          onValue={(bag) => set({ bag })}
        />
        <Decimal {...fields} name="priorField" of="prior" field="prior" />
        <Decimal {...fields} name="entityShare" of="entityPercent" field="entity_share" />
      </div>
      <CheckField
        label={t('noReplay')}
        checked={draft.noReplay}
        onChecked={(noReplay) => set({ noReplay })}
      />
    </Group>
  );
}

function Mistaken({ draft, set, error }: FieldsProps) {
  const fields = { draft, set, error };
  return (
    <Group legend={t('mistakenGroup')}>
      <CheckField
        label={t('weighPeople')}
        checked={draft.weighPeople}
        onChecked={(weighPeople) => set({ weighPeople })}
      />
      <div class="pair">
        <Decimal {...fields} name="rejectError" of="rejectErrorPercent" field="reject_error" />
        <Decimal {...fields} name="acceptError" of="acceptErrorPercent" field="accept_error" />
      </div>
    </Group>
  );
}

type DecimalKey =
  'evalPercent' | 'prior' | 'entityPercent' | 'rejectErrorPercent' | 'acceptErrorPercent';
type DecimalName = 'evalSplit' | 'priorField' | 'entityShare' | 'rejectError' | 'acceptError';

function Decimal(
  props: Omit<FieldsProps, 'names'> & { name: DecimalName; of: DecimalKey; field: string },
) {
  const { draft, set, error, name, of, field } = props;
  return (
    <TextField
      label={t(name)}
      hint={t(`${name}Hint`)}
      error={error(field)}
      inputMode="decimal"
      value={draft[of]}
      onValue={(value) => set({ [of]: value })}
    />
  );
}

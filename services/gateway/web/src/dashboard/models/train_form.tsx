// A training: from which answers, beginning where, and the options that matter.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { TrainingSpecSchema } from '@gen/winnow/training/v1/training_pb';
import { uuid } from '../../api/ids';
import { training } from '../../api/training';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { CheckField, SelectField, TextField } from '../../ui/fields';
import { toast } from '../../ui/toast';
import { errorOf, useAction } from '../common/action';
import { listOf, Many, More } from '../common/form';
import { servingModels, type Names } from '../common/names';
import { FailureNote, Note } from '../common/parts';
import { blank } from '../queues/queue_draft';

export interface TrainDraft {
  datasets: string[];
  parent: string;
  output: string;
  labels: string;
  gold: string[];
  evalPercent: string;
  epochs: string;
  bag: string;
  pool: string;
  noReplay: boolean;
  weighPeople: boolean;
}

export const emptyTraining: TrainDraft = {
  datasets: [],
  parent: blank,
  output: '',
  labels: '',
  gold: [],
  evalPercent: '20',
  epochs: '',
  bag: '',
  pool: '',
  noReplay: false,
  weighPeople: false,
};

export function trainingSpecOf(draft: TrainDraft): MessageInitShape<typeof TrainingSpecSchema> {
  return {
    datasets: draft.datasets,
    parent: draft.parent,
    output: draft.output.trim(),
    labels: listOf(draft.labels),
    evalDatasets: draft.gold,
    pool: draft.pool,
    noReplay: draft.noReplay,
    weighPeople: draft.weighPeople,
    ...(draft.evalPercent && { evalSplit: Number(draft.evalPercent.replace(',', '.')) / 100 }),
    ...(draft.epochs && { epochs: Number(draft.epochs) }),
    ...(draft.bag && { bag: Number(draft.bag) }),
  };
}

interface Props {
  names: Names;
  initial?: Partial<TrainDraft>;
  onStarted: (jobId: string) => void;
}

export function TrainForm({ names, initial, onStarted }: Props) {
  const draft = useSignal<TrainDraft>({ ...emptyTraining, ...initial });
  const set = (changes: Partial<TrainDraft>) => (draft.value = { ...draft.value, ...changes });
  const starting = useAction(async () => {
    const spec = trainingSpecOf(draft.value);
    const job = await training.createTrainingJob({ requestId: uuid(), spec });
    toast({ text: t('begun'), kind: 'good' });
    onStarted(job.id);
  });
  useLabels(names, draft.value, set);
  const error = (field: string) => errorOf(starting.failure, field);
  const hasChoice = names.datasets.length > 1 || !initial?.datasets?.length;
  if (names.datasets.length === 0) return <Note>{t('noDatasets')}</Note>;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        starting.run();
      }}
    >
      <Main {...{ names, draft: draft.value, set, error, hasChoice }} />
      <More failed={!!starting.failure?.violations.length}>
        <Refinements {...{ names, draft: draft.value, set, error }} />
      </More>
      {starting.failure && <FailureNote failure={starting.failure} />}
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
            set({ parent, ...(!draft.output && parent !== blank && { output: parent }) })
          }
          options={[
            { value: blank, label: t('fromNothing') },
            ...servingModels(names).map((value) => ({ value, label: value })),
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

function Refinements({ names, draft, set, error }: FieldsProps) {
  return (
    <>
      <Many
        legend={t('goldField')}
        hint={t('goldHint')}
        error={error('eval_datasets')}
        of={names.datasets.map(({ name }) => name)}
        value={draft.gold}
        onValue={(gold) => set({ gold })}
      />
      <div class="pair">
        <TextField
          label={t('evalSplit')}
          hint={t('evalSplitHint')}
          error={error('eval_split')}
          inputMode="decimal"
          value={draft.evalPercent}
          onValue={(evalPercent) => set({ evalPercent })}
        />
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
      </div>
      <CheckField
        label={t('noReplay')}
        checked={draft.noReplay}
        onChecked={(noReplay) => set({ noReplay })}
      />
      <CheckField
        label={t('weighPeople')}
        checked={draft.weighPeople}
        onChecked={(weighPeople) => set({ weighPeople })}
      />
    </>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { evaluation } from '../../api/evaluation';
import { failureOf } from '../../api/errors';
import { uuid } from '../../api/ids';
import { training } from '../../api/training';
import { href, navigate } from '../../app/router';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/comparisons';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextField } from '../../ui/fields';
import { toast } from '../../ui/toast';
import { errorOf, useAction } from '../common/action';
import { listOf } from '../common/form';
import { useLoaded } from '../common/load';
import { listNames, type Names } from '../common/names';
import { FailureNote, Show } from '../common/parts';

interface Draft {
  name: string;
  modelA: string;
  modelB: string;
  source: string;
  dataset: string;
  labels: string;
  maxJudgements: string;
}

interface Props {
  initial: Partial<Draft>;
  onClose: () => void;
}

export function ComparisonDialog({ initial, onClose }: Props) {
  const names = useLoaded(listNames);
  return (
    <Dialog title={t('newComparison')} wide onClose={onClose}>
      <Show of={names}>{(value) => <Form names={value} initial={initial} />}</Show>
    </Dialog>
  );
}

function specOf(draft: Draft) {
  return {
    name: draft.name.trim(),
    modelA: draft.modelA,
    modelB: draft.modelB,
    source: draft.source,
    dataset: draft.dataset.trim(),
    labels: listOf(draft.labels),
    ...(draft.maxJudgements && { maxJudgements: Number(draft.maxJudgements) }),
  };
}

// "titles@2" and "titles@3" as "titles_2_3".
function nameFor(modelA: string, modelB: string): string {
  const [nameA, a] = modelA.split('@');
  const [nameB, b] = modelB.split('@');
  const parts = nameA === nameB ? [nameA, a, b] : [nameA, a, nameB, b];
  return parts.filter(Boolean).join('_');
}

function Form({ names, initial }: { names: Names; initial: Partial<Draft> }) {
  const [newest = '', before = newest] = names.versions;
  const modelA = initial.modelA ?? before;
  const modelB = initial.modelB ?? newest;
  const draft = useSignal<Draft>({
    name: nameFor(modelA, modelB),
    modelA,
    modelB,
    source: names.sources[0]?.name ?? '',
    dataset: `${nameFor(modelA, modelB)}_eval`,
    labels: '',
    maxJudgements: '',
    ...initial,
  });
  const set = (changes: Partial<Draft>) => (draft.value = { ...draft.value, ...changes });
  useEffect(() => {
    training.getModelVersion({ name: draft.value.modelB }).then(
      ({ labels }) => !draft.peek().labels && set({ labels: labels.join(', ') }),
      () => undefined,
    );
  }, [draft.value.modelB]);
  const creating = useAction(async () => {
    const spec = specOf(draft.value);
    await evaluation.createComparison({ requestId: uuid(), spec, validateOnly: true });
    // This call waits until all texts are read, and need not be waited for.
    evaluation.createComparison({ requestId: uuid(), spec }).catch((error: unknown) => {
      toast({ text: failureOf(error).message, kind: 'bad' });
    });
    toast({ text: t('running') });
    navigate(href('comparison', { name: spec.name }));
  });
  const error = (field: string) => errorOf(creating.failure, field);
  const options = (of: string[]) => of.map((value) => ({ value, label: value }));
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        creating.run();
      }}
    >
      <div class="pair">
        <SelectField
          label={t('modelA')}
          hint={t('modelHint')}
          error={error('model_a')}
          value={draft.value.modelA}
          onValue={(value) => set({ modelA: value })}
          options={options(names.versions)}
        />
        <SelectField
          label={t('modelB')}
          hint={t('modelHint')}
          error={error('model_b')}
          value={draft.value.modelB}
          onValue={(value) => set({ modelB: value })}
          options={options(names.versions)}
        />
      </div>
      <SelectField
        label={t('sourceField')}
        hint={t('sourceHint')}
        error={error('source')}
        value={draft.value.source}
        onValue={(source) => set({ source })}
        options={options(names.sources.map(({ name }) => name))}
      />
      <TextField
        label={t('labels')}
        hint={td('labelsHint')}
        error={error('labels')}
        value={draft.value.labels}
        onValue={(labels) => set({ labels })}
      />
      <div class="pair">
        <TextField
          label={t('comparisonName')}
          hint={t('comparisonNameHint')}
          error={error('name')}
          required
          value={draft.value.name}
          onValue={(name) => set({ name })}
        />
        <TextField
          label={t('datasetField')}
          error={error('dataset')}
          required
          value={draft.value.dataset}
          onValue={(dataset) => set({ dataset })}
        />
        <TextField
          label={t('maxJudgements')}
          hint={t('maxHint')}
          error={error('max_judgements')}
          type="number"
          min={1}
          value={draft.value.maxJudgements}
          onValue={(maxJudgements) => set({ maxJudgements })}
        />
      </div>
      {creating.failure && <FailureNote failure={creating.failure} />}
      <div>
        <Button kind="primary" type="submit" disabled={creating.busy}>
          {t('create')}
        </Button>
      </div>
    </form>
  );
}

// A new queue: what is asked, about which texts, by whom.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { annotation } from '../../api/annotation';
import { uuid } from '../../api/ids';
import { training } from '../../api/training';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/queues';
import { Button } from '../../ui/button';
import { CheckField, SelectField, TextField } from '../../ui/fields';
import { errorOf, useAction } from '../common/action';
import { Choices, FileField, Group, Many, More, SeedField, type Choice } from '../common/form';
import { servingModels, type Names } from '../common/names';
import { FailureNote } from '../common/parts';
import {
  blank,
  datasetName,
  emptyDraft,
  queueName,
  specOf,
  strategies,
  needsPatterns,
  usesInputs,
  usesModel,
  usesPatterns,
  type QueueDraft,
  type Way,
} from './queue_draft';

interface Props {
  names: Names;
  initial?: Partial<QueueDraft>;
  /** Of the button. */
  action: string;
  onCreated: (name: string) => void;
}

interface Fields {
  draft: QueueDraft;
  set: (changes: Partial<QueueDraft>) => void;
  error: (field: string) => string | undefined;
}

export function QueueForm({ names, initial, action, onCreated }: Props) {
  const models = servingModels(names);
  const draft = useSignal<QueueDraft>({
    ...emptyDraft,
    way: models.length > 0 ? 'teach' : 'manual',
    model: models[0] ?? blank,
    source: names.sources.length === 1 ? names.sources[0]!.name : '',
    labels: labelsOf(names, initial?.inputs ?? []),
    ...initial,
  });
  const set = (changes: Partial<QueueDraft>) => (draft.value = { ...draft.value, ...changes });
  useLabelsOfModel(draft.value, set);
  const creating = useAction(async () => {
    const queue = await annotation.createQueue({ requestId: uuid(), spec: specOf(draft.value) });
    onCreated(queue.spec!.name);
  });
  const fields: Fields = {
    draft: draft.value,
    set,
    error: (field) => errorOf(creating.failure, field),
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        creating.run();
      }}
    >
      <Choices
        legend={t('kindLegend')}
        value={draft.value.way}
        onValue={(way) => set({ way, strategy: '' })}
        of={waysWith(models)}
      />
      <What names={names} models={models} {...fields} />
      <More failed={!!creating.failure?.violations.length}>
        <Group legend={t('whichGroup')}>
          <Which names={names} {...fields} />
        </Group>
        <Group legend={t('whoGroup')}>
          <Who names={names} {...fields} />
        </Group>
      </More>
      {creating.failure && <FailureNote failure={creating.failure} />}
      <div>
        <Button kind="primary" type="submit" disabled={creating.busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}

function waysWith(models: string[]): Choice<Way>[] {
  const lacking = models.length === 0 && { hint: t('needsModel'), disabled: true };
  return [
    { value: 'teach', label: t('teach'), hint: t('teachHint') },
    { value: 'manual', label: t('manual'), hint: t('manualHint') },
    { value: 'correct', label: t('correct'), hint: t('correctHint'), ...lacking },
    { value: 'complete', label: t('complete'), hint: t('completeHint'), ...lacking },
    { value: 'match', label: t('match'), hint: t('matchHint') },
    { value: 'mark', label: t('mark'), hint: t('markHint') },
    { value: 'review', label: t('review'), hint: t('reviewHint') },
  ];
}

const labelsOf = ({ datasets }: Names, chosen: readonly string[]) =>
  [...new Set(datasets.flatMap(({ name, labels }) => (chosen.includes(name) ? labels : [])))]
    .sort()
    .join(', ');

// A model's labels are what it can be asked about.
function useLabelsOfModel(draft: QueueDraft, set: Fields['set']) {
  const model = usesModel(draft.way) && draft.model !== blank ? draft.model : '';
  useEffect(() => {
    if (!model || draft.labels) return;
    training.getModelVersion({ name: model }).then(
      ({ labels }) => set({ labels: labels.join(', ') }),
      () => undefined,
    );
  }, [model]);
}

function What({ names, models, draft, set, error }: Fields & { names: Names; models: string[] }) {
  const { way } = draft;
  return (
    <>
      {usesInputs(way) ? (
        <Many
          legend={t('inputs')}
          hint={t(way === 'review' ? 'inputsHint' : 'inputsHintComplete')}
          error={error('input_datasets')}
          of={names.datasets.map(({ name }) => name)}
          value={draft.inputs}
          onValue={(inputs) => set({ inputs, labels: labelsOf(names, inputs) })}
        />
      ) : (
        <SelectField
          label={t('sourceField')}
          value={draft.source}
          error={error('source')}
          onValue={(source) => set({ source })}
          options={[
            { value: '', label: t('chooseSource') },
            ...names.sources.map(({ name }) => ({ value: name, label: name })),
          ]}
        />
      )}
      {usesModel(way) && (
        <SelectField
          label={t('modelField')}
          hint={t('modelHint')}
          error={error('model')}
          value={draft.model}
          onValue={(model) => set({ model, labels: '' })}
          options={[
            ...[...models, ...names.versions].map((value) => ({ value, label: value })),
            ...(way === 'teach' ? [{ value: blank, label: t('noModelYet') }] : []),
          ]}
        />
      )}
      {way !== 'mark' && (
        <TextField
          label={td('labels')}
          hint={td('labelsHint')}
          error={error('labels')}
          required={way !== 'review'}
          value={draft.labels}
          onValue={(labels) => set({ labels })}
        />
      )}
      {needsPatterns(draft) && <Patterns {...{ draft, set, error }} />}
    </>
  );
}

function Patterns({ set, error }: Fields) {
  return (
    <FileField
      label={t('patterns')}
      hint={t('patternsHint')}
      error={error('patterns')}
      onFiles={async ([file]) => set({ patterns: file ? await file.text() : '' })}
    />
  );
}

function Which({ names, draft, set, error }: Fields & { names: Names }) {
  const { way } = draft;
  const dataset = datasetName(draft);
  return (
    <>
      <div class="pair">
        <TextField
          label={t('datasetField')}
          hint={t('datasetHint')}
          error={error('dataset')}
          value={draft.dataset}
          placeholder={dataset}
          onValue={(value) => set({ dataset: value })}
        />
        <TextField
          label={t('name')}
          hint={t('nameHint')}
          error={error('name')}
          value={draft.name}
          placeholder={queueName({ ...draft, dataset })}
          onValue={(name) => set({ name })}
        />
      </div>
      {strategies[way].length > 0 && (
        <div class="pair">
          <SelectField
            label={t('strategy')}
            hint={t('strategyHint')}
            error={error('strategy')}
            value={draft.strategy}
            onValue={(strategy) => set({ strategy })}
            options={[
              { value: '', label: t('strategyDefault') },
              ...strategies[way].map((value) => ({ value, label: strategyName(value) })),
            ]}
          />
          <SeedField {...{ draft, set, error }} />
        </div>
      )}
      {way === 'teach' && (
        <Percent
          {...{ draft, set, error }}
          field="audit_share"
          of="auditPercent"
          name="auditShare"
        />
      )}
      {usesPatterns(way) && !needsPatterns(draft) && <Patterns {...{ draft, set, error }} />}
      {way === 'teach' && (
        <>
          <Check {...{ draft, set }} of="unsegmented" />
          <Check {...{ draft, set }} of="askWithoutLetters" />
        </>
      )}
      {way === 'review' ? (
        <>
          <Check {...{ draft, set }} of="autoAccept" />
          <Check {...{ draft, set }} of="hideNames" />
        </>
      ) : (
        <Many
          legend={t('exclude')}
          hint={t('excludeHint')}
          error={error('exclude_datasets')}
          of={names.datasets.map(({ name }) => name)}
          value={draft.exclude}
          onValue={(exclude) => set({ exclude })}
        />
      )}
    </>
  );
}

function strategyName(strategy: string): string {
  const names: Record<string, string> = {
    uncertainty: t('strategyUncertainty'),
    deviation: t('strategyDeviation'),
    entropy: t('strategyEntropy'),
    random: t('strategyRandom'),
    source: t('strategySource'),
  };
  return names[strategy] ?? strategy;
}

function Who({ names, draft, set, error }: Fields & { names: Names }) {
  const fields = { draft, set, error };
  return (
    <>
      <div class="pair">
        <TextField
          label={t('people')}
          hint={t('peopleHint')}
          error={error('people')}
          value={draft.people}
          onValue={(people) => set({ people })}
        />
        <Whole {...fields} field="daily_quota" of="quota" name="quota" />
      </div>
      {draft.way !== 'review' && (
        <>
          <div class="pair">
            <Whole {...fields} field="overlap" of="overlap" name="overlap" />
            <Percent {...fields} field="overlap_share" of="overlapPercent" name="overlapShare" />
          </div>
          <div class="pair">
            <Percent {...fields} field="check_share" of="checkPercent" name="checkShare" />
            <Percent
              {...fields}
              field="min_agreement"
              of="minAgreementPercent"
              name="minAgreement"
            />
          </div>
          <Many
            legend={t('gold')}
            hint={t('goldHint')}
            error={error('gold_datasets')}
            of={names.datasets.map(({ name }) => name)}
            value={draft.gold}
            onValue={(gold) => set({ gold })}
          />
        </>
      )}
    </>
  );
}

type Flag = 'unsegmented' | 'askWithoutLetters' | 'autoAccept' | 'hideNames';

function Check({ draft, set, of }: Pick<Fields, 'draft' | 'set'> & { of: Flag }) {
  return <CheckField label={t(of)} checked={draft[of]} onChecked={(on) => set({ [of]: on })} />;
}

type PercentKey = 'auditPercent' | 'overlapPercent' | 'checkPercent' | 'minAgreementPercent';
type PercentName = 'auditShare' | 'overlapShare' | 'checkShare' | 'minAgreement';

function Percent(props: Fields & { field: string; of: PercentKey; name: PercentName }) {
  const { draft, set, error, field, of, name } = props;
  return (
    <TextField
      label={t(name)}
      hint={t(`${name}Hint`)}
      error={error(field)}
      inputMode="decimal"
      required
      value={draft[of]}
      onValue={(value) => set({ [of]: value })}
    />
  );
}

type WholeKey = 'overlap' | 'quota';

function Whole(props: Fields & { field: string; of: WholeKey; name: WholeKey }) {
  const { draft, set, error, field, of, name } = props;
  return (
    <TextField
      label={t(name)}
      hint={t(`${name}Hint`)}
      error={error(field)}
      type="number"
      min={0}
      step={1}
      required
      value={draft[of]}
      onValue={(value) => set({ [of]: value })}
    />
  );
}

// A version, measured on a data set that is completely annotated.
import { useSignal } from '@preact/signals';
import type { Figure } from '@gen/winnow/common/v1/common_pb';
import { evaluation } from '../../api/evaluation';
import { t as td } from '../../i18n/dashboard';
import { t } from '../../i18n/models';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextField } from '../../ui/fields';
import { errorOf, useAction } from '../common/action';
import { notesOn, Share } from '../common/figures';
import { listOf } from '../common/form';
import { useLoaded } from '../common/load';
import { listDatasets } from '../common/names';
import { Caveats, count, Facts, FailureNote, Note, Show } from '../common/parts';
import { LabelTable } from './report';

export function MeasureDialog({ version, onClose }: { version: string; onClose: () => void }) {
  const datasets = useLoaded(listDatasets);
  return (
    <Dialog title={t('measureTitle', { version })} wide onClose={onClose}>
      <Show of={datasets}>
        {(all) =>
          all.length === 0 ? (
            <Note>{t('noDatasets')}</Note>
          ) : (
            <Measure version={version} datasets={all.map(({ name }) => name)} />
          )
        }
      </Show>
    </Dialog>
  );
}

function Measure({ version, datasets }: { version: string; datasets: string[] }) {
  const dataset = useSignal(datasets[0]!);
  const labels = useSignal('');
  const measured = useSignal<Figure | undefined>(undefined);
  const measuring = useAction(async () => {
    measured.value = undefined;
    const { figure } = await evaluation.evaluate({
      model: version,
      dataset: dataset.value,
      labels: listOf(labels.value),
    });
    measured.value = figure;
  });
  return (
    <div class="stack">
      <p class="soft">{t('measureLead')}</p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          measuring.run();
        }}
      >
        <div class="pair">
          <SelectField
            label={td('dataset')}
            hint={t('measureHint')}
            error={errorOf(measuring.failure, 'dataset')}
            value={dataset.value}
            onValue={(value) => (dataset.value = value)}
            options={datasets.map((value) => ({ value, label: value }))}
          />
          <TextField
            label={td('labels')}
            hint={t('measureLabelsHint')}
            error={errorOf(measuring.failure, 'labels')}
            value={labels.value}
            onValue={(value) => (labels.value = value)}
          />
        </div>
        {measuring.failure && <FailureNote failure={measuring.failure} />}
        <div>
          <Button kind="primary" type="submit" disabled={measuring.busy}>
            {t('measure')}
          </Button>
        </div>
      </form>
      {measured.value && (
        <div class="stack" role="status">
          <Facts
            of={[
              [t('f1'), <Share key="f1" of={measured.value.f1} />],
              [t('precision'), <Share key="precision" of={measured.value.precision} />],
              [t('recall'), <Share key="recall" of={measured.value.recall} />],
              [t('items'), count(measured.value.numItems)],
              [t('spans'), count(measured.value.numSpans)],
            ]}
          />
          <Caveats of={notesOn([measured.value])} />
          {measured.value.labels.length > 1 && <LabelTable figure={measured.value} />}
        </div>
      )}
    </div>
  );
}

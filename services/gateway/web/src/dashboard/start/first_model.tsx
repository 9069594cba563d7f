import { useSignal } from '@preact/signals';
import { JobState } from '@gen/winnow/training/v1/training_pb';
import { annotation } from '../../api/annotation';
import { t } from '../../i18n/data';
import { Button } from '../../ui/button';
import { useLoaded } from '../common/load';
import { listModels, listSources } from '../common/names';
import { Note, Show } from '../common/parts';
import { JobProgress, useJob } from '../jobs/job_progress';
import { bestInWords } from '../models/report';
import { TrainForm } from '../models/train_form';

interface Props {
  dataset: string;
  /** The model is there, or is not wanted. */
  onDone: () => void;
}

/** A first model from the annotations that were just uploaded. */
export function FirstModel({ dataset, onDone }: Props) {
  const job = useSignal('');
  const names = useLoaded(async () => {
    const [one, models, sources] = await Promise.all([
      annotation.getDataset({ name: dataset }),
      listModels(),
      listSources(),
    ]);
    return { datasets: [one], models, sources, versions: [] };
  }, [dataset]);
  if (job.value) return <Making id={job.value} onDone={onDone} />;
  return (
    <div class="stack">
      <p class="lead">{t('trainLead', { dataset })}</p>
      <Show of={names}>
        {(value) => (
          <TrainForm
            names={value}
            initial={{
              datasets: [dataset],
              output: dataset,
              labels: value.datasets[0]!.labels.join(', '),
            }}
            onStarted={(id) => (job.value = id)}
          />
        )}
      </Show>
      <div>
        <Button kind="quiet" onClick={onDone}>
          {t('skipTrain')}
        </Button>
      </div>
    </div>
  );
}

function Making({ id, onDone }: { id: string; onDone: () => void }) {
  const { job, log } = useJob(id);
  return (
    <Show of={job}>
      {(value) => (
        <div class="stack">
          <JobProgress job={value} log={log} />
          {value.report && (
            <Note kind="good">
              {t('trained', {
                version: value.report.modelVersion,
                quality: bestInWords(value.report),
              })}
            </Note>
          )}
          {value.state === JobState.SUCCEEDED && (
            <div>
              <Button kind="primary" onClick={onDone}>
                {t('goOn')}
              </Button>
            </div>
          )}
        </div>
      )}
    </Show>
  );
}

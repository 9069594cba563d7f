// What waits for whoever looks after queues, models and data, the most urgent first.
import { JobState, type Model, type TrainingJob } from '@gen/winnow/training/v1/training_pb';
import { QueueMode, QueueState } from '@gen/winnow/annotation/v1/annotation_pb';
import type { Dataset, Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { href } from '../../app/router';
import { t } from '../../i18n/home';
import type { NoteKind } from '../common/parts';
import { isOver, nameOf, progressInWords } from '../jobs/job_words';
import { versionAt } from '../models/versions';
import { isExhausted } from '../queues/queue_words';

export interface Need {
  text: string;
  /** What to do about it, and where. */
  action: string;
  href: string;
  kind: NoteKind;
}

export interface State {
  queues: Queue[];
  jobs: TrainingJob[];
  models: Model[];
  datasets: Dataset[];
}

const day = 86_400_000;

export function needsOf(state: State, now = Date.now()): Need[] {
  return [
    ...state.jobs.flatMap((job) => jobNeeds(job, now)),
    ...state.queues.flatMap(queueNeeds),
    ...state.models.flatMap(modelNeeds),
    ...state.datasets.flatMap((dataset) => datasetNeeds(dataset, state)),
  ];
}

function jobNeeds(job: TrainingJob, now: number): Need[] {
  const link = href('job', { id: job.id });
  const name = nameOf(job);
  if (!isOver(job)) {
    const text = t('jobRuns', { name, state: progressInWords(job.progress) });
    return [{ text, action: t('jobDo'), href: link, kind: 'plain' }];
  }
  const isRecent = job.endTime && now - timestampMs(job.endTime) < day;
  if (job.state !== JobState.FAILED || !isRecent) return [];
  const text = t('jobFailed', { name, error: job.error?.message ?? '' });
  return [{ text, action: t('jobFailedDo'), href: link, kind: 'bad' }];
}

function queueNeeds({ spec, mode, status }: Queue): Need[] {
  const name = spec!.name;
  const need = (text: string, kind: NoteKind): Need[] => [
    { text, action: t('queueDo'), href: href('queue', { name }), kind },
  ];
  if (mode === QueueMode.PAUSED) return need(t('queuePaused', { name }), 'warn');
  if (mode !== QueueMode.ACTIVE || !status) return [];
  if (status.state === QueueState.FAILED) {
    return need(t('queueFailed', { name, error: status.error }), 'bad');
  }
  return isExhausted(status) ? need(t('queueExhausted', { name }), 'warn') : [];
}

function modelNeeds(model: Model): Need[] {
  const version = versionAt(model, 'candidate');
  if (!version || version === versionAt(model, 'serving')) return [];
  const number = String(model.aliases['candidate']);
  return [
    {
      text: t('candidate', { version }),
      action: t('candidateDo'),
      href: href('model', { name: model.name }, { version: number }),
      kind: 'warn',
    },
  ];
}

const enoughToTrain = 50n;

// Answers of more than a handful from which no training has been tried. Those that name no label,
// as of comparisons, teach nothing, and gold sets are there to measure and check.
function datasetNeeds({ name, numAnswers, labels }: Dataset, { jobs, queues }: State): Need[] {
  if (numAnswers < enoughToTrain || labels.length === 0) return [];
  const isUsed = jobs.some(
    ({ spec }) => spec && [...spec.datasets, ...spec.evalDatasets].includes(name),
  );
  const isGold = queues.some(({ spec }) => spec!.goldDatasets.includes(name));
  if (isUsed || isGold) return [];
  const text = t('canTrain', { dataset: name, n: Number(numAnswers) });
  return [{ text, action: t('trainDo'), href: href('jobs', {}, { train: name }), kind: 'plain' }];
}

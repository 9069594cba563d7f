// A job in words.
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { JobState, TrainingPhase } from '@gen/winnow/training/v1/training_pb';
import type { TrainingJob, TrainingProgress } from '@gen/winnow/training/v1/training_pb';
import { formatSpan } from '../../i18n/language';
import { t } from '../../i18n/models';
import type { NoteKind } from '../common/parts';

export function nameOf({ spec }: TrainingJob): string {
  if (spec?.judgedVersion) return t('jobJudge', { version: spec.judgedVersion });
  if (!spec?.output) return t('jobPool', { pool: spec?.pool ?? '' });
  return t('jobTrain', { model: spec.output });
}

export const isOver = ({ state }: TrainingJob) =>
  [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED].includes(state);

export function stateOf({ state, cancelRequested }: TrainingJob): { text: string; kind: NoteKind } {
  switch (state) {
    case JobState.QUEUED:
      return { text: t('queued'), kind: 'plain' };
    case JobState.RUNNING:
      return { text: t(cancelRequested ? 'cancelling' : 'running'), kind: 'plain' };
    case JobState.SUCCEEDED:
      return { text: t('succeeded'), kind: 'good' };
    case JobState.FAILED:
      return { text: t('jobFailed'), kind: 'bad' };
    case JobState.CANCELLED:
      return { text: t('cancelled'), kind: 'plain' };
    case JobState.WAITING:
      return { text: t('waiting'), kind: 'warn' };
    default:
      return { text: t('unknownState'), kind: 'plain' };
  }
}

const phases: Record<TrainingPhase, Parameters<typeof t>[0]> = {
  [TrainingPhase.UNSPECIFIED]: 'queued',
  [TrainingPhase.READING]: 'reading',
  [TrainingPhase.LEARNING_WORDS]: 'learningWords',
  [TrainingPhase.TRAINING]: 'training',
  [TrainingPhase.CHOOSING_SETTINGS]: 'choosingSettings',
  [TrainingPhase.CALIBRATING]: 'calibrating',
  [TrainingPhase.EVALUATING]: 'evaluating',
  [TrainingPhase.PUBLISHING]: 'publishing',
};

/** "trains, 3 of 8" */
export function progressInWords(progress: TrainingProgress | undefined): string {
  const { phase = TrainingPhase.UNSPECIFIED, numDone, numTotal } = progress ?? {};
  const name = t(phases[phase] ?? 'queued');
  if (numDone === undefined || !numTotal) return name;
  return t('phaseOf', { phase: name, done: Number(numDone), total: Number(numTotal) });
}

/** How far the phase is; absent where it counts nothing. */
export function shareDone(progress: TrainingProgress | undefined): number | undefined {
  if (progress?.numDone === undefined || !progress.numTotal) return undefined;
  return Number(progress.numDone) / Number(progress.numTotal);
}

/** How long it ran, or has been running. */
export function tookSeconds({ startTime, endTime }: TrainingJob, now = Date.now()) {
  if (!startTime) return undefined;
  return Math.max(0, ((endTime ? timestampMs(endTime) : now) - timestampMs(startTime)) / 1000);
}

export function tookInWords(job: TrainingJob): string {
  const seconds = tookSeconds(job);
  return seconds === undefined ? '' : formatSpan(seconds);
}

/** One line of the log: when, and what it did. */
export interface LogLine {
  time: Date;
  text: string;
  loss: number | undefined;
}

/** The log with what is new in `job`; the same when nothing is. */
export function logged(log: readonly LogLine[], job: TrainingJob, time: Date): readonly LogLine[] {
  const loss = job.progress?.loss;
  const text = job.state === JobState.RUNNING ? progressInWords(job.progress) : stateOf(job).text;
  const last = log.at(-1);
  return last && last.text === text && last.loss === loss ? log : [...log, { time, text, loss }];
}

import { create } from '@bufbuild/protobuf';
import { JobState, TrainingJobSchema, TrainingPhase } from '@gen/winnow/training/v1/training_pb';
import { beforeEach, describe, expect, it } from 'vitest';
import { chosenLanguage } from '../../i18n/language';
import { logged, nameOf, progressInWords, shareDone, tookSeconds, type LogLine } from './job_words';

beforeEach(() => {
  chosenLanguage.value = 'en';
});

const training = (numDone?: bigint, loss?: number) =>
  create(TrainingJobSchema, {
    state: JobState.RUNNING,
    progress: {
      phase: TrainingPhase.TRAINING,
      ...(numDone !== undefined && { numDone, numTotal: 8n }),
      ...(loss !== undefined && { loss }),
    },
  });

describe('a job', () => {
  it('says what it makes', () => {
    const name = (spec: object) => nameOf(create(TrainingJobSchema, { spec }));
    expect(name({ output: 'jobs' })).toBe('Training of jobs');
    expect(name({ judgedVersion: 'jobs@2' })).toBe('Judgement of jobs@2');
    expect(name({ pool: 'news' })).toBe('Words of news');
  });

  it('says how far it is, where it counts', () => {
    expect(progressInWords(training(3n).progress)).toBe('trains, 3 of 8');
    expect(shareDone(training(2n).progress)).toBe(0.25);
    expect(progressInWords(training().progress)).toBe('trains');
    expect(shareDone(training().progress)).toBeUndefined();
    expect(progressInWords(undefined)).toBe('waits its turn');
  });

  it('logs each thing once', () => {
    const at = new Date(0);
    let log: readonly LogLine[] = [];
    for (const job of [training(1n, 0.5), training(1n, 0.5), training(2n, 0.4)]) {
      log = logged(log, job, at);
    }
    log = logged(log, create(TrainingJobSchema, { state: JobState.SUCCEEDED }), at);
    expect(log.map(({ text, loss }) => [text, loss])).toEqual([
      ['trains, 1 of 8', 0.5],
      ['trains, 2 of 8', 0.4],
      ['done', undefined],
    ]);
  });

  it('tells how long it took, or has been at it', () => {
    const job = create(TrainingJobSchema, { startTime: { seconds: 10n } });
    expect(tookSeconds(job, 25_000)).toBe(15);
    expect(tookSeconds({ ...job, endTime: { ...job.startTime!, seconds: 13n } }, 25_000)).toBe(3);
    expect(tookSeconds(create(TrainingJobSchema))).toBeUndefined();
  });
});

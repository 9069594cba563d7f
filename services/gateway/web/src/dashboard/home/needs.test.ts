import { create } from '@bufbuild/protobuf';
import {
  DatasetSchema,
  QueueMode,
  QueueSchema,
  QueueState,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { JobState, ModelSchema, TrainingJobSchema } from '@gen/winnow/training/v1/training_pb';
import { beforeEach, describe, expect, it } from 'vitest';
import { chosenLanguage } from '../../i18n/language';
import { needsOf, type State } from './needs';

beforeEach(() => {
  chosenLanguage.value = 'en';
});

const nothing: State = { queues: [], jobs: [], models: [], datasets: [] };
const texts = (state: Partial<State>, now?: number) =>
  needsOf({ ...nothing, ...state }, now).map(({ text }) => text);
const queue = (mode: QueueMode, numFreshTasks: bigint) =>
  create(QueueSchema, {
    spec: { name: 'q' },
    mode,
    status: { state: QueueState.OPEN, numFreshTasks },
  });

describe('what needs a manager', () => {
  it('are queues that hand nothing out, and not those that do or are done with', () => {
    expect(texts({ queues: [queue(QueueMode.PAUSED, 5n)] })).toEqual(['q is paused.']);
    expect(texts({ queues: [queue(QueueMode.ACTIVE, 0n)] })).toEqual([
      'q has nothing left to ask.',
    ]);
    expect(texts({ queues: [queue(QueueMode.ACTIVE, 5n)] })).toEqual([]);
    expect(texts({ queues: [queue(QueueMode.ARCHIVED, 0n)] })).toEqual([]);
  });

  it('are candidates, jobs that run, and those that failed lately', () => {
    const models = [
      create(ModelSchema, { name: 'm', aliases: { serving: 1n, candidate: 2n } }),
      create(ModelSchema, { name: 'n', aliases: { serving: 1n } }),
    ];
    expect(needsOf({ ...nothing, models })).toMatchObject([{ href: '/models/m?version=2' }]);
    const job = (state: JobState) =>
      create(TrainingJobSchema, {
        state,
        spec: { output: 'm' },
        endTime: { seconds: 100n },
        error: { message: 'no labels' },
      });
    const jobs = [job(JobState.FAILED), job(JobState.SUCCEEDED)];
    expect(texts({ jobs }, 200_000)).toEqual(['Training of m has failed: no labels']);
    expect(texts({ jobs }, 200_000_000)).toEqual([]);
    expect(texts({ jobs: [job(JobState.RUNNING)] })).toHaveLength(1);
  });

  it('are answers that nothing was learnt from, and that can teach', () => {
    const dataset = (numAnswers: bigint, labels = ['drug']) =>
      create(DatasetSchema, { name: 'd', numAnswers, labels });
    const datasets = [dataset(300n)];
    expect(texts({ datasets })).toHaveLength(1);
    const jobs = [
      create(TrainingJobSchema, { state: JobState.SUCCEEDED, spec: { datasets: ['d'] } }),
    ];
    expect(texts({ datasets, jobs })).toEqual([]);
    expect(texts({ datasets: [dataset(3n)] })).toEqual([]);
    expect(texts({ datasets: [dataset(300n, [])] })).toEqual([]);
    const queues = [create(QueueSchema, { spec: { name: 'q', goldDatasets: ['d'] } })];
    expect(texts({ datasets, queues })).toEqual([]);
  });
});

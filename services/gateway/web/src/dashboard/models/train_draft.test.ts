import { create } from '@bufbuild/protobuf';
import { TrainingSpecSchema } from '@gen/winnow/training/v1/training_pb';
import { describe, expect, it } from 'vitest';
import { emptyTraining, trainingSpecOf, type TrainDraft } from './train_draft';

const spec = (draft: Partial<TrainDraft>, lexicons: Uint8Array[] = []) =>
  create(TrainingSpecSchema, trainingSpecOf({ ...emptyTraining, ...draft }, lexicons));

describe('a training', () => {
  it('leaves to the service what nobody has set', () => {
    const none = spec({ datasets: ['a'], output: ' jobs ', labels: 'x, y' });
    expect(none).toMatchObject({ output: 'jobs', labels: ['x', 'y'], seed: 0n, evalSplit: 0.2 });
    for (const field of ['prior', 'epochs', 'bag', 'entityShare', 'selfTraining'] as const) {
      expect(none[field], field).toBeUndefined();
    }
    expect(none.lexicon).toHaveLength(0);
  });

  it('takes shares in percent and numbers as they are typed', () => {
    const typed = { prior: '0,1', entityPercent: '12.5', rejectErrorPercent: '4', seed: '7' };
    expect(spec(typed)).toMatchObject({
      prior: 0.1,
      entityShare: 0.125,
      rejectError: 0.04,
      seed: 7n,
    });
  });

  it('knows the words of several files, and learns from a pool unless told not to', () => {
    const files = [new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([3])];
    const known = spec({ pool: 'news', selfTraining: false }, files);
    expect([known.lexicon, ...known.moreLexicons]).toEqual(files);
    expect(known.selfTraining).toBe(false);
    expect(spec({ pool: 'news' }).selfTraining).toBeUndefined();
    expect(spec({ selfTraining: false }).selfTraining).toBeUndefined();
  });
});

import { create } from '@bufbuild/protobuf';
import { QueueSpecSchema, TaskKind } from '@gen/winnow/annotation/v1/annotation_pb';
import { describe, expect, it } from 'vitest';
import { emptyDraft, specOf, type QueueDraft } from './queue_draft';

const spec = (draft: Partial<QueueDraft>) =>
  create(QueueSpecSchema, specOf({ ...emptyDraft, source: 'titles', ...draft }));

describe('a new queue', () => {
  it('teaches with the defaults of the service, under names made of the source', () => {
    expect(spec({ model: 'jobs', labels: ' job_title, ,job_title ' })).toMatchObject({
      name: 'titles_answers.teach',
      kind: TaskKind.TEACH,
      dataset: 'titles_answers',
      labels: ['job_title'],
      model: 'jobs',
      strategy: '',
      overlap: 1,
      overlapShare: 1,
      checkShare: 0.04,
      auditShare: 0.15,
    });
  });

  it('leaves out what is not of its kind', () => {
    expect(spec({ way: 'manual', model: 'jobs', labels: 'x' })).toMatchObject({
      kind: TaskKind.MANUAL,
      model: '',
    });
    expect(spec({ way: 'manual' }).auditShare).toBeUndefined();
    expect(spec({ way: 'mark', labels: 'x', patterns: '{}' })).toMatchObject({
      kind: TaskKind.MANUAL,
      labels: [],
      patterns: '',
    });
    expect(spec({ way: 'match', patterns: '{}', strategy: 'random' })).toMatchObject({
      kind: TaskKind.TEACH,
      strategy: 'patterns',
      patterns: '{}',
      model: '',
    });
    expect(spec({ way: 'teach', model: 'blank:en' }).auditShare).toBeUndefined();
  });

  it('completes what has yes/no answers, from data sets in place of a source', () => {
    const draft = { dataset: 'gold', inputs: ['a'], model: 'jobs', labels: 'x' };
    expect(spec({ way: 'complete', ...draft })).toMatchObject({
      kind: TaskKind.CORRECT,
      source: '',
      inputDatasets: ['a'],
      model: 'jobs',
      checkShare: 0.04,
    });
    expect(spec({ way: 'correct', ...draft })).toMatchObject({
      source: 'titles',
      inputDatasets: [],
    });
  });

  it('reviews data sets, each task once and without checks', () => {
    const review = spec({ way: 'review', inputs: ['a', 'b'], overlap: '3' });
    expect(review).toMatchObject({
      name: 'a_reviewed.review',
      dataset: 'a_reviewed',
      source: '',
      inputDatasets: ['a', 'b'],
      overlap: 1,
    });
    expect(review.checkShare).toBeUndefined();
  });

  it('takes shares in percent, however a decimal is written', () => {
    expect(spec({ overlapPercent: '33,3', minAgreementPercent: '80' })).toMatchObject({
      overlapShare: 0.33299999999999996,
      minAgreement: 0.8,
    });
  });
});

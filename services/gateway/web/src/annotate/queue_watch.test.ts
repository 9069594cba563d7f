import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { QueueSchema, QueueStatusSchema, TaskKind } from '@gen/winnow/annotation/v1/annotation_pb';
import { progressOf } from './queue_watch';

const progress = (kind: TaskKind, status?: MessageInitShape<typeof QueueStatusSchema>) =>
  progressOf(create(QueueSchema, { spec: { kind }, ...(status && { status }) }));

it('progress is what is known, and no more', () => {
  const status = {
    numAnswers: 10n,
    numBegunTasks: 1n,
    numFreshTasks: 20n,
    numLeased: 3n,
    numOpenTasks: 7n,
    remainingWork: { seconds: 90n },
  };
  expect(progress(TaskKind.MANUAL, status)).toEqual({ answered: 10, open: 24, remaining: 90 });
  expect(progress(TaskKind.COMPARE, status)).toEqual({ answered: 10, open: 7, remaining: 90 });
  expect(progress(TaskKind.TEACH, status)).toEqual({ answered: 10 });
  expect(progress(TaskKind.MANUAL)).toBeUndefined();
});

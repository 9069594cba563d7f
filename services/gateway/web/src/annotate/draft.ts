// What a card answers, before it becomes a NewAnswer with ids.
import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Choice, NewAnswerSchema, type NewAnswer } from '@gen/winnow/annotation/v1/annotation_pb';
import type { Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { Verdict } from '@gen/winnow/common/v1/common_pb';
import type { LabelledSpan } from '../text/spans';

export { Choice, Verdict };

export interface Draft {
  verdict: Verdict;
  choice?: Choice;
  spans?: LabelledSpan[];
}

const longest = 24 * 60 * 60 * 1000;

export function newAnswer(answerId: string, task: Task, draft: Draft, tookMs: number): NewAnswer {
  return create(NewAnswerSchema, {
    answerId,
    taskId: task.taskId,
    fencingToken: task.fencingToken,
    verdict: draft.verdict,
    choice: draft.choice ?? Choice.UNSPECIFIED,
    spans: (draft.spans ?? []).map(({ start, end, label }) => ({ start, end, label })),
    took: durationFromMs(Math.min(Math.max(Math.round(tookMs), 0), longest)),
  });
}

export function draftOf(answer: NewAnswer): Draft {
  const { verdict, choice, spans } = answer;
  return {
    verdict,
    ...(choice && { choice }),
    ...(spans.length > 0 && {
      spans: spans.map(({ start, end, label }) => ({ start, end, label })),
    }),
  };
}

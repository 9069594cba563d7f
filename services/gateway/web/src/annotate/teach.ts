// "Is this span right?": what there is to see, and what an answer says.
import type { Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { offsetsOf } from '../text/offsets';
import { sameRange, type LabelledSpan } from '../text/spans';
import type { Range } from '../text/units';
import { Verdict, type Draft } from './draft';

/** The part of the text to show. */
export function viewOf(task: Task): Range {
  if (task.viewEnd > 0) return { start: task.viewStart, end: task.viewEnd };
  return { start: 0, end: offsetsOf(task.text).length };
}

/** The span that is asked about, of a TEACH or of a REVIEW of yes/no answers. */
export function askedSpan(task: Task): LabelledSpan & { score?: number } {
  const { case: kind, value } = task.body;
  const span = kind === 'question' || kind === 'review' ? value.span : undefined;
  if (!span) throw new Error(`task ${task.taskId} asks about no span`);
  const { start, end, label, score } = span;
  return { start, end, label, ...(score !== undefined && { score }) };
}

/**
 * Accepting a span whose ends were moved rejects the one that was asked about, and names the right
 * one in its place.
 */
export function teachDraft(task: Task, range: Range, verdict: Verdict): Draft {
  const asked = askedSpan(task);
  if (verdict !== Verdict.ACCEPT || sameRange(range, asked)) return { verdict };
  const { start, end } = range;
  return { verdict: Verdict.REJECT, spans: [{ start, end, label: asked.label }] };
}

export type Likelihood = 'veryUnlikely' | 'unlikely' | 'open' | 'likely' | 'veryLikely';

/** A calibrated probability in words. */
export function likelihoodOf(score: number): Likelihood {
  if (score < 0.1) return 'veryUnlikely';
  if (score < 0.35) return 'unlikely';
  if (score <= 0.65) return 'open';
  return score <= 0.9 ? 'likely' : 'veryLikely';
}

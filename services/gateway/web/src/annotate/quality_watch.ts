// How good the version that asks is, as far as the audit answers tell. The figure reads many texts,
// so it is asked for seldom.
import { effect, signal, type ReadonlySignal } from '@preact/signals';
import { TaskKind, type Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import type { EstimateFromAuditResponse } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { evaluation } from '../api/evaluation';

export interface Basis {
  version: string;
  auditAnswers: number;
}

/** What the figure of a queue depends on; undefined where there are no audit questions. */
export function basisOf({ spec, status }: Queue): Basis | undefined {
  if (spec?.kind !== TaskKind.TEACH || !status || status.numAuditTexts === 0n) return undefined;
  return { version: status.modelVersion, auditAnswers: Number(status.numAuditAnswers) };
}

/** So many more answers are worth another look, before there is a figure and later. */
export const steps = { before: 5, later: 10 };

/** `asked` is the basis of `known`, which the service gave last, if it did. */
export function isDue(
  now: Basis,
  asked: Basis | undefined,
  known: EstimateFromAuditResponse | undefined,
): boolean {
  if (!asked || now.version !== asked.version) return true;
  return now.auditAnswers >= asked.auditAnswers + steps[known?.figure ? 'later' : 'before'];
}

export function watchQuality(
  name: string,
  queue: ReadonlySignal<Queue | undefined>,
  leaving: AbortSignal,
): ReadonlySignal<EstimateFromAuditResponse | undefined> {
  const quality = signal<EstimateFromAuditResponse | undefined>(undefined);
  let asked: Basis | undefined;
  let isAsking = false;
  const ask = async () => {
    quality.value = await evaluation.estimateFromAudit({ queue: name }, { signal: leaving });
  };
  const stop = effect(() => {
    const now = queue.value && basisOf(queue.value);
    if (!now || isAsking || !isDue(now, asked, quality.peek())) return;
    asked = now;
    isAsking = true;
    // Whoever cannot be told works on without.
    ask()
      .catch(() => undefined)
      .finally(() => (isAsking = false));
  });
  leaving.addEventListener('abort', stop);
  return quality;
}

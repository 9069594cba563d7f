// Whether the comparison of a queue is decided. While it is not, nothing of it is told: who judges
// must not see who leads.
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import { Code } from '@connectrpc/connect';
import { TaskKind, type Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import { ComparisonVerdict, type Comparison } from '@gen/winnow/evaluation/v1/evaluation_pb';
import { failureOf } from '../api/errors';
import { evaluation } from '../api/evaluation';

/** The comparison once its verdict stands, asked for anew with each answer until `leaving`. */
export function watchVerdict(
  name: string,
  queue: ReadonlySignal<Queue | undefined>,
  leaving: AbortSignal,
): ReadonlySignal<Comparison | undefined> {
  const decided = signal<Comparison | undefined>(undefined);
  const numAnswers = computed(() => {
    const { spec, status } = queue.value ?? {};
    return spec?.kind === TaskKind.COMPARE ? status?.numAnswers : undefined;
  });
  let last = Promise.resolve();
  const stop = effect(() => {
    if (numAnswers.value === undefined) return;
    last = last.then(async () => {
      if (leaving.aborted) return;
      try {
        const comparison = await evaluation.getComparison({ name });
        decided.value = isDecided(comparison) ? comparison : undefined;
      } catch (error) {
        // Comparisons that somebody has made otherwise have no verdict.
        if (failureOf(error).code === Code.NotFound) stop();
      }
    });
  });
  leaving.addEventListener('abort', stop);
  return decided;
}

export function isDecided({ result }: Comparison): boolean {
  return (
    result !== undefined &&
    result.verdict !== ComparisonVerdict.RUNNING &&
    result.verdict !== ComparisonVerdict.UNSPECIFIED
  );
}

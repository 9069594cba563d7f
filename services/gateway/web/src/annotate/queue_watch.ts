// How a queue stands, as the service tells it while the page is visible.
import { signal, type ReadonlySignal } from '@preact/signals';
import {
  TaskKind,
  type Queue,
  type QueueSpec,
  type QueueStatus,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../api/annotation';

/** Watches the queue until `signal` aborts. A watch is a hint: it may be lost, and begins anew. */
export function watchQueue(name: string, abort: AbortSignal): ReadonlySignal<Queue | undefined> {
  const queue = signal<Queue | undefined>(undefined);
  let stream: AbortController | undefined;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async () => {
    // A browser has six connections for all its tabs: one that nobody sees needs none.
    if (document.hidden || abort.aborted) return;
    stream = new AbortController();
    try {
      const options = { signal: stream.signal };
      for await (const now of annotation.watchQueue({ name }, options)) {
        failures = 0;
        queue.value = now;
      }
    } catch {
      // The page goes on without it; whoever leases hears what is wrong.
    }
    if (!stream.signal.aborted) {
      timer = setTimeout(() => void run(), Math.min(1000 * 2 ** failures++, 30_000));
    }
  };
  const stop = () => {
    clearTimeout(timer);
    stream?.abort();
  };
  const onVisible = () => {
    stop();
    void run();
  };
  document.addEventListener('visibilitychange', onVisible);
  abort.addEventListener('abort', () => {
    document.removeEventListener('visibilitychange', onVisible);
    stop();
  });
  void run();
  return queue;
}

export interface Progress {
  answered: number;
  /** Tasks that are open; undefined where it is not known how many there will be. */
  open?: number;
  /** Seconds, for people who answer as fast as the last ones did. */
  remaining?: number;
}

export function progressOf({ spec, status }: Queue): Progress | undefined {
  if (!status || !spec) return undefined;
  const open = openTasks(spec, status);
  return {
    answered: Number(status.numAnswers),
    ...(open !== undefined && { open }),
    ...(open !== undefined &&
      status.remainingWork && { remaining: Number(status.remainingWork.seconds) }),
  };
}

function openTasks({ kind, overlap = 1 }: QueueSpec, status: QueueStatus): number | undefined {
  // Questions are asked as long as they are worth it.
  if (kind === TaskKind.TEACH) return undefined;
  if (kind === TaskKind.COMPARE) return Number(status.numOpenTasks);
  const open = Number(status.numBegunTasks + status.numFreshTasks);
  // What is in somebody's hands is among the begun ones where others are wanted, too.
  return overlap > 1 ? open : open + Number(status.numLeased);
}

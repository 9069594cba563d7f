// How a queue stands, as the service tells it while the page is visible.
import { signal, type ReadonlySignal } from '@preact/signals';
import {
  TaskKind,
  type Queue,
  type QueueSpec,
  type QueueStatus,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../api/annotation';
import { followWhileSeen } from '../api/watch';

/** Watches the queue until `leaving` aborts. What is wrong with it, whoever leases hears. */
export function watchQueue(name: string, leaving: AbortSignal): ReadonlySignal<Queue | undefined> {
  const queue = signal<Queue | undefined>(undefined);
  void followWhileSeen(
    (signal) => annotation.watchQueue({ name }, { signal }),
    leaving,
    (news) => {
      if ('value' in news) queue.value = news.value;
    },
  );
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

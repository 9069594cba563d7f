// The desk of this tab, with the service and the outbox behind it.
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { AnnotationService, type Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../api/annotation';
import { lastingTransport } from '../api/transport';
import { isAway } from '../api/reach';
import { openOutbox } from '../outbox';
import { Desk } from './desk';
import { keepTasks, noteHolding, startHolding, takeKept, takeOrphans } from './holdings';

const lasting = createClient(AnnotationService, lastingTransport);
const timeoutMs = 15_000;

const tokenOf = ({ taskId, fencingToken }: Task) => ({ taskId, fencingToken });

const tokensOf = (tasks: Task[]) => ({
  fencingTokens: tasks.map(({ fencingToken }) => fencingToken),
});

let isHolding = false;

/**
 * What pages of this browser that are gone had in their hands is given back, so that nobody waits
 * for it; while nobody can be reached, what they kept of this queue is this page's.
 */
async function takeOver(queue: string, annotator: string): Promise<Task[]> {
  if (!isHolding) startHolding();
  isHolding = true;
  if (isAway()) return takeKept(annotator, queue).flatMap(({ tasks }) => tasks);
  for (const { queue, tasks } of takeKept(annotator)) {
    await giveBack(queue, annotator, tasks.map(tokenOf));
  }
  for (const holding of await takeOrphans()) {
    if (holding.annotator !== annotator) continue;
    const tasks = holding.tasks.map(({ taskId, fencingToken }) => ({
      taskId,
      fencingToken: BigInt(fencingToken),
    }));
    await giveBack(holding.queue, annotator, tasks);
  }
  return [];
}

async function giveBack(queue: string, annotator: string, tasks: ReturnType<typeof tokenOf>[]) {
  // The queue may be deleted, or out of reach: then the leases end by themselves.
  await annotation.releaseTasks({ queue, annotator, tasks }, { timeoutMs }).catch(() => undefined);
}

export async function openDesk(queue: string, annotator: string): Promise<Desk> {
  const outbox = await openOutbox();
  const kept = await takeOver(queue, annotator);
  return new Desk(queue, annotator, {
    outbox,
    kept,
    lease: (held, maxTasks, ttlMs, waitMs) =>
      annotation.leaseTasks(
        {
          queue,
          annotator,
          held: tokensOf(held),
          maxTasks,
          ttl: durationFromMs(ttlMs),
          ...(waitMs > 0 && { wait: durationFromMs(waitMs) }),
        },
        // A queue that opens for the first time keeps its callers waiting.
        { timeoutMs: waitMs + 60_000 },
      ),
    release: (tasks, held) =>
      annotation.releaseTasks(
        { queue, annotator, tasks: tasks.map(tokenOf), held: tokensOf(held) },
        { timeoutMs },
      ),
    leave: (tasks, last) => {
      if (isAway()) return keepTasks({ queue, annotator, tasks });
      const request = { queue, annotator, tasks: tasks.map(tokenOf) };
      // Leases that cannot be given back now end by themselves.
      const client = last ? lasting : annotation;
      client.releaseTasks(request, { timeoutMs }).catch(() => undefined);
    },
    undo: (requestId, revision) =>
      annotation.undoAnswer({ requestId, queue, annotator, revision }, { timeoutMs }),
    holding: (tasks) =>
      noteHolding({
        queue,
        annotator,
        tasks: tasks.map(({ taskId, fencingToken }) => ({
          taskId,
          fencingToken: fencingToken.toString(),
        })),
      }),
  });
}

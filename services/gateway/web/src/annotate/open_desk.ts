// The desk of this tab, with the service and the outbox behind it.
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { AnnotationService, type Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { annotation } from '../api/annotation';
import { lastingTransport } from '../api/transport';
import { openOutbox } from '../outbox';
import { Desk } from './desk';
import { noteHolding, startHolding, takeOrphans } from './holdings';

const lasting = createClient(AnnotationService, lastingTransport);
const timeoutMs = 15_000;

const tokenOf = ({ taskId, fencingToken }: Task) => ({ taskId, fencingToken });

const tokensOf = (tasks: Task[]) => ({
  fencingTokens: tasks.map(({ fencingToken }) => fencingToken),
});

let isHolding = false;

/** What tabs of this browser held that are gone is given back, so that nobody waits for it. */
async function giveOrphansBack(annotator: string) {
  if (!isHolding) startHolding();
  isHolding = true;
  for (const holding of await takeOrphans()) {
    if (holding.annotator !== annotator) continue;
    const tasks = holding.tasks.map(({ taskId, fencingToken }) => ({
      taskId,
      fencingToken: BigInt(fencingToken),
    }));
    const { queue } = holding;
    // It may be deleted, or out of reach: then the leases end by themselves.
    await annotation
      .releaseTasks({ queue, annotator, tasks }, { timeoutMs })
      .catch(() => undefined);
  }
}

export async function openDesk(queue: string, annotator: string): Promise<Desk> {
  const outbox = await openOutbox();
  await giveOrphansBack(annotator);
  return new Desk(queue, annotator, {
    outbox,
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
    release: (tasks, held, last = false) =>
      (last ? lasting : annotation).releaseTasks(
        { queue, annotator, tasks: tasks.map(tokenOf), held: tokensOf(held) },
        { timeoutMs },
      ),
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

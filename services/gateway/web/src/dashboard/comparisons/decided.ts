// Which queues are of comparisons whose verdict stands: nobody need work on them any more.
import { QueueMode, TaskKind, type Queue } from '@gen/winnow/annotation/v1/annotation_pb';
import { isDecided } from '../../annotate/verdict_watch';
import { evaluation } from '../../api/evaluation';

const decided = new Set<string>();

/** A queue of the same name, made later, is another one. */
const keyOf = ({ spec, createTime }: Queue) => `${createTime?.seconds}.${spec!.name}`;

export const isOfDecided = (queue: Queue) => decided.has(keyOf(queue));

/** Asks for the verdicts that are still open. What cannot be told is not decided. */
export async function noteDecided(queues: readonly Queue[]) {
  const open = queues.filter(
    (queue) =>
      queue.spec!.kind === TaskKind.COMPARE &&
      queue.mode === QueueMode.ACTIVE &&
      !isOfDecided(queue),
  );
  const ask = async (queue: Queue) => {
    const comparison = await evaluation.getComparison({ name: queue.spec!.name });
    if (isDecided(comparison)) decided.add(keyOf(queue));
  };
  await Promise.all(open.map((queue) => ask(queue).catch(() => undefined)));
}

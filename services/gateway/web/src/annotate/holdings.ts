// Which tasks each tab of this browser has in its hands. A tab that dies gives nothing back, and
// its leases would be renewed with those of the person's other tabs: so the next one gives them
// back. A page that is left without a network keeps its tasks for the next one.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire';
import { TaskSchema, type Task } from '@gen/winnow/annotation/v1/annotation_pb';
import { uuid } from '../api/ids';

export interface Holding {
  queue: string;
  annotator: string;
  tasks: { taskId: string; fencingToken: string }[];
}

const prefix = 'winnow.holding.';
const own = prefix + uuid();

/** Notes what this tab holds, in place of what it held. */
export function noteHolding(holding: Holding) {
  try {
    if (holding.tasks.length === 0) localStorage.removeItem(own);
    else localStorage.setItem(own, JSON.stringify(holding));
  } catch {
    // Nothing is kept; leases end by themselves.
  }
}

/** Marks this tab as alive for as long as it is. */
export function startHolding() {
  void navigator.locks?.request(own, () => new Promise(() => undefined));
}

/** What tabs held that are gone. They are forgotten. */
export async function takeOrphans(): Promise<Holding[]> {
  if (!navigator.locks) return [];
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map(({ name }) => name));
  const orphans: Holding[] = [];
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    for (const key of keys.filter((name) => name !== own && !alive.has(name))) {
      orphans.push(JSON.parse(localStorage.getItem(key)!) as Holding);
      localStorage.removeItem(key);
    }
  } catch {
    // As above.
  }
  return orphans;
}

const keptPrefix = 'winnow.kept.';

export interface Kept {
  queue: string;
  annotator: string;
  tasks: Task[];
}

type KeptAsText = Omit<Kept, 'tasks'> & { tasks: string[] };

export function keepTasks(kept: Kept) {
  const tasks = kept.tasks.map((task) => base64Encode(toBinary(TaskSchema, task)));
  try {
    localStorage.setItem(keptPrefix + uuid(), JSON.stringify({ ...kept, tasks }));
  } catch {
    // As above.
  }
}

/** What pages kept of a person's tasks, and of one queue if it is named. It is kept no longer. */
export function takeKept(annotator: string, queue?: string): Kept[] {
  const taken: Kept[] = [];
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(keptPrefix))) {
      const kept = JSON.parse(localStorage.getItem(key)!) as KeptAsText;
      if (kept.annotator !== annotator || (queue && kept.queue !== queue)) continue;
      const tasks = kept.tasks.map((text) => fromBinary(TaskSchema, base64Decode(text)));
      taken.push({ ...kept, tasks });
      localStorage.removeItem(key);
    }
  } catch {
    // As above.
  }
  return taken;
}

// Which tasks each tab of this browser has in its hands. A tab that dies gives nothing back, and
// its leases would be renewed with those of the person's other tabs: so the next one gives them
// back.
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

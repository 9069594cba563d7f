// What a page shows, as it comes from the services: loaded, polled or watched while it is seen.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { failureOf, type Failure } from '../../api/errors';
import { session } from '../../api/session';
import { followWhileSeen } from '../../api/watch';

export interface Loaded<Value> {
  /** Absent until it is there; what was there last while the services are away. */
  value: Value | undefined;
  failure: Failure | undefined;
  reload: () => void;
}

interface Options {
  /** Loads it again so often, in milliseconds, while the page is visible. */
  every?: number | undefined;
}

/** What `load` gives, anew whenever one of `keys` changes. */
export function useLoaded<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  keys: unknown[] = [],
  { every }: Options = {},
): Loaded<Value> {
  const value = useSignal<Value | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const turn = useSignal(0);
  const { state } = session.value;
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      try {
        // A page that nobody sees is loaded once, for when they do.
        const there = document.hidden ? value.peek() : undefined;
        const loaded = there ?? (await load(leaving.signal));
        if (leaving.signal.aborted) return;
        value.value = loaded;
        failure.value = undefined;
      } catch (error) {
        if (leaving.signal.aborted) return;
        failure.value = failureOf(error);
      }
      if (every) timer = setTimeout(() => void run(), every);
    };
    void run();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
    // Whoever has signed in again sees what the page could not load.
  }, [...keys, every, turn.value, state]);
  return { value: value.value, failure: failure.value, reload: () => turn.value++ };
}

/** The latest that the stream gives; begun anew when it breaks, and left while nobody looks. */
export function useWatched<Value>(
  watch: (signal: AbortSignal) => AsyncIterable<Value>,
  keys: unknown[] = [],
): Loaded<Value> {
  const value = useSignal<Value | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const turn = useSignal(0);
  const { state } = session.value;
  useEffect(() => {
    const leaving = new AbortController();
    void followWhileSeen(watch, leaving.signal, (next) => {
      if ('value' in next) value.value = next.value;
      failure.value = next.failure;
    });
    return () => leaving.abort();
  }, [...keys, turn.value, state]);
  return { value: value.value, failure: failure.value, reload: () => turn.value++ };
}

interface Page {
  pageSize: number;
  pageToken: string;
}

/** The rows of all pages of a list. */
export async function allPages<Reply extends { nextPageToken: string }, Row>(
  call: (page: Page) => Promise<Reply>,
  rowsOf: (reply: Reply) => Row[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let pageToken = ''; ;) {
    const reply = await call({ pageSize: 1000, pageToken });
    rows.push(...rowsOf(reply));
    if (!reply.nextPageToken) return rows;
    pageToken = reply.nextPageToken;
  }
}

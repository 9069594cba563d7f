// What a page shows, as it comes from the services: loaded, polled or watched while it is seen.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Code } from '@connectrpc/connect';
import { failureOf, isPassing, type Failure } from '../../api/errors';
import { session } from '../../api/session';

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

type News<Value> = { value: Value; failure?: undefined } | { failure: Failure | undefined };

async function followWhileSeen<Value>(
  watch: (signal: AbortSignal) => AsyncIterable<Value>,
  leaving: AbortSignal,
  tell: (news: News<Value>) => void,
) {
  for (let tries = 0; !leaving.aborted;) {
    await seen(leaving);
    const hiding = new AbortController();
    const stop = () => document.hidden && hiding.abort();
    document.addEventListener('visibilitychange', stop);
    try {
      for await (const value of watch(AbortSignal.any([leaving, hiding.signal]))) {
        if (leaving.aborted) return;
        tries = 0;
        tell({ value });
      }
      return;
    } catch (error) {
      const failure = failureOf(error);
      if (leaving.aborted) return;
      if (!hiding.signal.aborted) {
        tell({ failure });
        if (!isPassing(failure.code) && failure.code !== Code.Unauthenticated) return;
        await pause(Math.min(30_000, 1000 * 2 ** tries++), leaving);
      }
    } finally {
      document.removeEventListener('visibilitychange', stop);
    }
  }
}

function seen(leaving: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !leaving.aborted) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    leaving.addEventListener('abort', look);
  });
}

function pause(ms: number, leaving: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    leaving.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
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

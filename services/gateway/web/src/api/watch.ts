// Streams that show how something stands, for as long as the page is seen.
import { Code } from '@connectrpc/connect';
import { failureOf, isPassing, type Failure } from './errors';

export type News<Value> = { value: Value; failure?: undefined } | { failure: Failure | undefined };

/**
 * Tells what a stream of the services gives, and why it breaks; then it is begun anew, unless that
 * is of no use. A browser has six connections for all its tabs: one that nobody sees has none.
 */
export async function followWhileSeen<Value>(
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

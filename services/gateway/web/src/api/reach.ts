// Whether the services can be reached, as far as the last call told.
import { Code } from '@connectrpc/connect';

let answered = true;

export const noteAnswer = (came: boolean) => void (answered = came);

export const isAway = () => !answered || !navigator.onLine;

/** Whether a call failed because nobody was there, and not because of what they said. */
export const isUnanswered = (code: Code) =>
  [Code.Unavailable, Code.Unknown, Code.DeadlineExceeded].includes(code);

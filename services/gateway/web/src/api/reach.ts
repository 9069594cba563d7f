// Whether the services can be reached, as far as the last call told. What the browser says of the
// network is nothing to go by: a server on this machine needs none.
import { Code } from '@connectrpc/connect';

let answered = true;

export const noteAnswer = (came: boolean) => void (answered = came);

export const isAway = () => !answered;

/** Whether a call failed because nobody was there, and not because of what they said. */
export const isUnanswered = (code: Code) =>
  [Code.Unavailable, Code.Unknown, Code.DeadlineExceeded].includes(code);

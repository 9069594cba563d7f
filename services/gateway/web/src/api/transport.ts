// How calls reach the gateway: the Connect protocol over fetch, with the cookie of the sign-in.
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { isUnanswered, noteAnswer } from './reach';
import { signedOut } from './session';

// A sign-in that has ended meanwhile shows itself at the next call, whichever it is; so does a
// network that is gone.
const notice: Interceptor = (next) => async (request) => {
  try {
    const reply = await next(request);
    noteAnswer(true);
    return reply;
  } catch (error) {
    const { code } = ConnectError.from(error);
    noteAnswer(!isUnanswered(code));
    if (code === Code.Unauthenticated) signedOut();
    throw error;
  }
};

function transportOf(init: RequestInit) {
  return createConnectTransport({
    baseUrl: '/rpc',
    useBinaryFormat: true,
    interceptors: [notice],
    fetch: (input, options) => fetch(input, { ...options, ...init }),
  });
}

export const transport = transportOf({});

/** For the last calls of a page that is being left, which the browser still delivers. */
export const lastingTransport = transportOf({ keepalive: true });

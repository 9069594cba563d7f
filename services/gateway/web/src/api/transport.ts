// How calls reach the gateway: the Connect protocol over fetch, with the cookie of the sign-in.
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { signedOut } from './session';

// A sign-in that has ended meanwhile shows itself at the next call, whichever it is.
const noticeSignOut: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated) signedOut();
    throw error;
  }
};

function transportOf(init: RequestInit) {
  return createConnectTransport({
    baseUrl: '/rpc',
    useBinaryFormat: true,
    interceptors: [noticeSignOut],
    fetch: (input, options) => fetch(input, { ...options, ...init }),
  });
}

export const transport = transportOf({});

/** For the last calls of a page that is being left, which the browser still delivers. */
export const lastingTransport = transportOf({ keepalive: true });

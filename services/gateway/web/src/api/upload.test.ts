// @vitest-environment node
// Against the server side of the Connect library, which reads what the browser would send.
import { Code, ConnectError, createConnectRouter, type ServiceImpl } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { AnnotationService } from '@gen/winnow/annotation/v1/annotation_pb';
import { BadRequestSchema } from '@gen/winnow/common/v1/status_details_pb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { importDataset, importSource } from './upload';

vi.mock('./session', () => ({ signedOut: vi.fn() }));

type Part = { part: { case?: string | undefined; value?: unknown } };

async function collect(requests: AsyncIterable<Part>) {
  let header: unknown;
  const chunks: Uint8Array[] = [];
  for await (const { part } of requests) {
    if (part.case === 'header') header = part.value;
    else chunks.push(part.value as Uint8Array);
  }
  return { header, chunks };
}

function routerOf(service: Partial<ServiceImpl<typeof AnnotationService>>) {
  return createConnectRouter().service(AnnotationService, service).handlers;
}

// What XMLHttpRequest does, with a router in the place of the network.
function browserWith(handlers: ReturnType<typeof routerOf>) {
  return class {
    responseType = '';
    status = 0;
    response: ArrayBuffer | undefined;
    upload: { onprogress?: (event: { loaded: number }) => void } = {};
    onload = () => undefined;
    private headers = new Headers();
    private url = '';
    open(_method: string, url: string) {
      this.url = url;
    }
    setRequestHeader(name: string, value: string) {
      this.headers.set(name, value);
    }
    async send(body: Blob) {
      const handler = handlers.find(({ requestPath }) => `/rpc${requestPath}` === this.url)!;
      const reply = await handler({
        httpVersion: '1.1',
        url: `http://x${this.url}`,
        method: 'POST',
        header: this.headers,
        body: body.stream() as unknown as AsyncIterable<Uint8Array>,
        signal: new AbortController().signal,
        contextValues: undefined!,
      });
      this.upload.onprogress?.({ loaded: body.size });
      this.status = reply.status;
      this.response = await bytesOf(reply);
      this.onload();
    }
  };
}

async function bytesOf(reply: UniversalServerResponse): Promise<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for await (const part of (reply.body ?? []) as AsyncIterable<Uint8Array>) parts.push(part);
  return new Blob(parts as BlobPart[]).arrayBuffer();
}

afterEach(() => vi.unstubAllGlobals());

describe('an upload', () => {
  it('sends the header, then the file to the byte, and tells how far it is', async () => {
    const content = new Uint8Array(2_500_000).map((_, index) => index % 251);
    let received: Awaited<ReturnType<typeof collect>> | undefined;
    const handlers = routerOf({
      async importDataset(requests) {
        received = await collect(requests);
        return { dataset: 'd', numRows: 7n };
      },
    });
    vi.stubGlobal('XMLHttpRequest', browserWith(handlers));
    const shares: number[] = [];
    const reply = await importDataset(
      new Blob([content]),
      { dataset: 'd', labels: ['x'] },
      { onProgress: (share) => shares.push(share) },
    );
    expect(reply.numRows).toBe(7n);
    expect(received!.header).toMatchObject({ dataset: 'd', labels: ['x'] });
    expect(received!.chunks).toHaveLength(3);
    expect(Buffer.concat(received!.chunks).equals(content)).toBe(true);
    expect(shares.at(-1)).toBe(1);
  });

  it('sends an empty file as a header alone', async () => {
    const handlers = routerOf({
      async importSource(requests) {
        return { numAdded: BigInt((await collect(requests)).chunks.length) };
      },
    });
    vi.stubGlobal('XMLHttpRequest', browserWith(handlers));
    expect((await importSource(new Blob([]), { source: 's' })).numAdded).toBe(0n);
  });

  it('fails with what the service says, with its violations', async () => {
    const handlers = routerOf({
      async importSource() {
        throw new ConnectError('2 rows are wrong', Code.InvalidArgument, undefined, [
          { desc: BadRequestSchema, value: { fieldViolations: [{ field: 'line 3: text' }] } },
        ]);
      },
    });
    vi.stubGlobal('XMLHttpRequest', browserWith(handlers));
    const failed = await importSource(new Blob(['x']), { source: 's' }).catch(ConnectError.from);
    expect(failed).toMatchObject({ code: Code.InvalidArgument, rawMessage: '2 rows are wrong' });
    expect((failed as ConnectError).details).toHaveLength(1);
  });
});

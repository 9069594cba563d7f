// Uploads: the calls that take a stream of messages, which fetch cannot send from a browser on
// HTTP/1.1. Their whole body goes as one Blob of enveloped messages (the Connect protocol), whose
// parts are slices of the file, so that the browser reads the file as it sends it.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethodClientStreaming, MessageInitShape } from '@bufbuild/protobuf';
import type { MessageShape } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  codeFromHttpStatus,
  endStreamFlag,
  endStreamFromJson,
  errorFromJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { AnnotationService } from '@gen/winnow/annotation/v1/annotation_pb';
import type {
  ImportDatasetRequestSchema,
  ImportDatasetRequest_Header,
  ImportDatasetResponse,
  ImportSourceRequestSchema,
  ImportSourceRequest_Header,
  ImportSourceResponse,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { ImportDatasetRequest_HeaderSchema } from '@gen/winnow/annotation/v1/annotation_pb';
import { ImportSourceRequest_HeaderSchema } from '@gen/winnow/annotation/v1/annotation_pb';
import { TrainingService } from '@gen/winnow/training/v1/training_pb';
import type {
  ImportModelRequestSchema,
  MakeLexiconRequestSchema,
  MakeLexiconResponse,
  ModelVersion,
} from '@gen/winnow/training/v1/training_pb';
import { uuid } from './ids';
import { signedOut } from './session';

export interface UploadOptions {
  signal?: AbortSignal;
  /** The share that has left the browser, in [0, 1]. */
  onProgress?: (share: number) => void;
}

type Header<Message> = Partial<Omit<Message, '$typeName' | '$unknown' | 'requestId'>>;

/** Adds a file of annotations to a data set. */
export function importDataset(
  file: Blob,
  header: Header<ImportDatasetRequest_Header>,
  options: UploadOptions = {},
): Promise<ImportDatasetResponse> {
  const method = AnnotationService.method.importDataset;
  const value = create(ImportDatasetRequest_HeaderSchema, { ...header, requestId: uuid() });
  const first = message(method.input, { part: { case: 'header', value } });
  return upload(method, [...first, ...chunks(method.input, file)], options);
}

/** Adds a file of texts to a source. */
export function importSource(
  file: Blob,
  header: Header<ImportSourceRequest_Header>,
  options: UploadOptions = {},
): Promise<ImportSourceResponse> {
  const method = AnnotationService.method.importSource;
  const value = create(ImportSourceRequest_HeaderSchema, { ...header, requestId: uuid() });
  const first = message(method.input, { part: { case: 'header', value } });
  return upload(method, [...first, ...chunks(method.input, file)], options);
}

export interface NamedFile {
  name: string;
  content: Blob;
}

/** Makes a version of the files of an exported model. */
export function importModel(
  files: readonly NamedFile[],
  model: string,
  options: UploadOptions = {},
): Promise<ModelVersion> {
  const method = TrainingService.method.importModel;
  const value = { model, requestId: uuid() };
  const first = message(method.input, { part: { case: 'header', value } });
  const parts = files.flatMap(({ name, content }) => {
    const file = { name, sizeBytes: BigInt(content.size) };
    return [
      ...message(method.input, { part: { case: 'file', value: file } }),
      ...chunks(method.input, content),
    ];
  });
  return upload(method, [...first, ...parts], options);
}

/** Word classes of vectors, which a training can know. */
export function makeLexicon(
  vectors: Blob,
  seed: bigint,
  options: UploadOptions = {},
): Promise<MakeLexiconResponse> {
  const method = TrainingService.method.makeLexicon;
  const first = message(method.input, { part: { case: 'header', value: { seed } } });
  return upload(method, [...first, ...chunks(method.input, vectors)], options);
}

// All have `chunk`s of bytes.
type UploadRequest =
  | typeof ImportDatasetRequestSchema
  | typeof ImportSourceRequestSchema
  | typeof ImportModelRequestSchema
  | typeof MakeLexiconRequestSchema;

async function upload<Input extends UploadRequest, Output extends DescMessage>(
  method: DescMethodClientStreaming<Input, Output>,
  parts: BlobPart[],
  options: UploadOptions,
): Promise<MessageShape<Output>> {
  const reply = await post(
    `/rpc/${method.parent.typeName}/${method.name}`,
    new Blob(parts),
    options,
  );
  try {
    return fromBinary(method.output, messageOf(reply));
  } catch (error) {
    const failed = ConnectError.from(error);
    if (failed.code === Code.Unauthenticated) signedOut();
    throw failed;
  }
}

function message<Schema extends UploadRequest>(schema: Schema, init: MessageInitShape<Schema>) {
  return enveloped(toBinary(schema, create(schema, init)));
}

const chunkSize = 1 << 20;

function enveloped(message: Uint8Array<ArrayBuffer>, more = 0): Uint8Array<ArrayBuffer>[] {
  const prefix = new Uint8Array(5);
  new DataView(prefix.buffer).setUint32(1, message.length + more);
  return [prefix, message];
}

// Messages with nothing but a chunk: what comes before its bytes, and the slice that holds them.
function* chunks(schema: UploadRequest, file: Blob): Generator<BlobPart> {
  for (let start = 0; start < file.size; start += chunkSize) {
    const slice = file.slice(start, Math.min(start + chunkSize, file.size));
    const tag = new BinaryWriter()
      .tag(schema.field.chunk.number, WireType.LengthDelimited)
      .uint32(slice.size)
      .finish();
    yield* enveloped(tag, slice.size);
    yield slice;
  }
}

interface Reply {
  status: number;
  body: Uint8Array;
}

// XMLHttpRequest, since fetch does not tell how much it has sent.
function post(url: string, body: Blob, { signal, onProgress }: UploadOptions): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.responseType = 'arraybuffer';
    request.setRequestHeader('content-type', 'application/connect+proto');
    request.setRequestHeader('connect-protocol-version', '1');
    request.upload.onprogress = ({ loaded }) => onProgress?.(Math.min(1, loaded / body.size));
    request.onload = () =>
      resolve({ status: request.status, body: new Uint8Array(request.response as ArrayBuffer) });
    request.onerror = () => reject(new ConnectError('the connection was lost', Code.Unavailable));
    request.onabort = () => reject(new ConnectError('cancelled', Code.Canceled));
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}

// The one message of a streaming reply, or the error that it ends with.
function messageOf({ status, body }: Reply): Uint8Array {
  if (status !== 200) {
    const unknown = new ConnectError(`HTTP ${status}`, codeFromHttpStatus(status));
    throw errorFromJsonBytes(body, undefined, unknown);
  }
  let message: Uint8Array | undefined;
  for (let at = 0; at + 5 <= body.length;) {
    const { flags, length } = envelopeAt(body, at);
    const content = body.subarray(at + 5, at + 5 + length);
    at += 5 + length;
    if (!(flags & endStreamFlag)) {
      message = content;
      continue;
    }
    const { error } = endStreamFromJson(content);
    if (error) throw error;
    if (message) return message;
  }
  throw new ConnectError('the reply is not whole', Code.Unavailable);
}

function envelopeAt(bytes: Uint8Array, at: number): { flags: number; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 5);
  return { flags: view.getUint8(0), length: view.getUint32(1) };
}

// What a failed call says, in a form that pages can show and code can decide by.
import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from '@gen/winnow/common/v1/status_details_pb';

export interface Failure {
  code: Code;
  /** For people, as the service said it. */
  message: string;
  /** The name of an ErrorReason without its prefix ("UNKNOWN_QUEUE"), or "". */
  reason: string;
  /** What is wrong with which field of the request. */
  violations: { field: string; description: string }[];
  /** When the service wants to be asked again, in milliseconds from now. */
  retryAfter?: number;
}

// The details are google.rpc's on the wire; our protos define the same messages under other names.
function detail<Desc extends DescMessage>(
  error: ConnectError,
  type: string,
  schema: Desc,
): MessageShape<Desc> | undefined {
  for (const one of error.details) {
    if ('type' in one && one.type === type) return fromBinary(schema, one.value);
  }
  return undefined;
}

export function failureOf(error: unknown): Failure {
  const failed = ConnectError.from(error);
  const retry = detail(failed, 'google.rpc.RetryInfo', RetryInfoSchema)?.retryDelay;
  return {
    code: failed.code,
    message: failed.rawMessage,
    reason: detail(failed, 'google.rpc.ErrorInfo', ErrorInfoSchema)?.reason ?? '',
    violations:
      detail(failed, 'google.rpc.BadRequest', BadRequestSchema)?.fieldViolations.map(
        ({ field, description }) => ({ field, description }),
      ) ?? [],
    ...(retry && { retryAfter: durationMs(retry) }),
  };
}

/** Whether the same call may succeed later although nobody changes anything. */
export function isPassing(code: Code): boolean {
  return [
    Code.Unavailable,
    Code.DeadlineExceeded,
    Code.ResourceExhausted,
    Code.Aborted,
    Code.Internal,
    Code.Unknown,
    Code.Canceled,
  ].includes(code);
}

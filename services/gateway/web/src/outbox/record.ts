// An answer of a person, from the key press until it is forgotten by the history.

/**
 * - pending: not acknowledged; the service may have it all the same, if it was `sent`.
 * - stored: on the service's disk, as `revision`.
 * - refused: the service will never take it, for the reason in `problem`.
 */
export type AnswerState = 'pending' | 'stored' | 'refused';

export interface AnswerRecord {
  /** In the order of answering; given by the shelf. */
  seq: number;
  answerId: string;
  annotator: string;
  queue: string;
  state: AnswerState;
  /** NewAnswer and Task in protobuf's binary form, which any later version of this code reads. */
  answer: Uint8Array;
  task: Uint8Array;
  /** When it was given, in milliseconds since 1970. */
  time: number;
  sent: boolean;
  revision?: bigint;
  late?: boolean;
  surplus?: boolean;
  problem?: string;
}

export type NewRecord = Omit<AnswerRecord, 'seq' | 'state' | 'sent'>;

/** Where records are kept. Every change is there when its promise is fulfilled. */
export interface Shelf {
  /** A record that is there already stays as it is. */
  add(record: NewRecord): Promise<AnswerRecord>;
  /** The oldest pending records of a person in one queue, marked as sent; [] when none is left. */
  take(annotator: string, limit: number, skip: (queue: string) => boolean): Promise<AnswerRecord[]>;
  put(records: AnswerRecord[]): Promise<void>;
  remove(seq: number): Promise<void>;
  countPending(annotator: string): Promise<number>;
  /** By answer; undefined when it is not here. */
  find(answerId: string): Promise<AnswerRecord | undefined>;
  /** The last records of a person in a queue, newest first. */
  last(annotator: string, queue: string, limit: number): Promise<AnswerRecord[]>;
}

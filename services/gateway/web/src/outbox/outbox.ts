// Answers on their way to the service. An answer is kept on a shelf first, then sent in the order
// of answering until the service has acknowledged or refused it; its id makes a repetition
// harmless, so that it counts once however often the page, the network or the server breaks.
import { fromBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { signal } from '@preact/signals';
import {
  NewAnswerSchema,
  type NewAnswer,
  type SubmitAnswersResponse_Result as Result,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { failureOf, isPassing, type Failure } from '../api/errors';
import type { Journal } from './journal';
import type { AnswerRecord, NewRecord, Shelf } from './record';

/** Why answers do not go out now. */
export interface Trouble {
  kind: 'away' | 'signed out' | 'denied';
  message: string;
}

export interface Environment {
  /** Shelves to take from, the best first. A record is added to the first that takes it. */
  shelves: Shelf[];
  journal: Journal;
  submit(queue: string, annotator: string, answers: NewAnswer[]): Promise<Result[]>;
  /** Runs `work` while no other tab of this browser does. */
  alone<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Tells the other tabs that a record has changed. */
  tell(record: AnswerRecord): void;
}

const batchSize = 200;
const firstDelay = 500;
const longestDelay = 15_000;

export class Outbox {
  /** Answers of this person in this browser that are not acknowledged yet. */
  readonly waiting = signal(0);
  readonly trouble = signal<Trouble | undefined>(undefined);
  /** False from when the browser refused to keep an answer: it would not survive the page. */
  readonly durable = signal(true);

  #annotator = '';
  #sending = false;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #batchSize = batchSize;
  /** Queues that refuse this person now, until a time. */
  #denied = new Map<string, number>();
  #listeners = new Set<(record: AnswerRecord) => void>();

  constructor(private readonly environment: Environment) {
    if (environment.shelves.length < 2) this.durable.value = false;
  }

  /** Sends the answers of this person from now on; what others left here waits for them. */
  async workFor(annotator: string) {
    this.#annotator = annotator;
    await this.#count();
    this.wake();
  }

  /** Calls `listener` for each record that is stored or refused, by whichever tab. */
  listen(listener: (record: AnswerRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Keeps the answer, then sends it. It outlives the page from when this returns, where the browser
   * keeps anything. Fulfilled when it is on a shelf.
   */
  async add(record: NewRecord): Promise<AnswerRecord> {
    this.environment.journal.write(record);
    this.waiting.value += 1;
    const kept = await this.#keep(record);
    this.environment.journal.erase(record.answerId);
    this.wake();
    return kept;
  }

  /** Takes over what pages that were left, or are just doing it, have not put on a shelf. */
  async takeOver() {
    for (const record of this.environment.journal.records()) await this.add(record);
  }

  async #keep(record: NewRecord): Promise<AnswerRecord> {
    const { shelves } = this.environment;
    for (const shelf of shelves.slice(0, -1)) {
      try {
        return await shelf.add(record);
      } catch {
        this.durable.value = false;
      }
    }
    return shelves[shelves.length - 1]!.add(record);
  }

  /** Takes an answer back that was never sent. False: the service may have it. */
  withdraw(answerId: string): Promise<boolean> {
    return this.environment.alone(async () => {
      const [shelf, record] = await this.#find(answerId);
      if (!record || record.state !== 'pending' || record.sent) return false;
      await shelf!.remove(record.seq);
      await this.#count();
      return true;
    });
  }

  /** Forgets a record, because its answer was taken back. */
  async forget(answerId: string) {
    const [shelf, record] = await this.#find(answerId);
    if (record) await shelf!.remove(record.seq);
  }

  /** The last answers of this person in a queue, newest first. */
  async history(queue: string, limit: number): Promise<AnswerRecord[]> {
    const parts = await Promise.all(
      this.environment.shelves.map((shelf) => shelf.last(this.#annotator, queue, limit)),
    );
    return parts
      .flat()
      .sort((a, b) => b.time - a.time)
      .slice(0, limit);
  }

  /** Tries at once: something was added, the network is back, somebody signed in. */
  wake() {
    clearTimeout(this.#timer);
    this.#again = true;
    if (!this.#sending) void this.#sendAll();
  }

  /** Another tab has changed a record. */
  async heard(record: AnswerRecord) {
    if (record.annotator !== this.#annotator) return;
    for (const listener of this.#listeners) listener(record);
    await this.#count();
  }

  async #find(answerId: string): Promise<[Shelf?, AnswerRecord?]> {
    for (const shelf of this.environment.shelves) {
      const record = await shelf.find(answerId);
      if (record) return [shelf, record];
    }
    return [];
  }

  async #count() {
    const counts = this.environment.shelves.map((shelf) => shelf.countPending(this.#annotator));
    this.waiting.value = (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);
  }

  async #sendAll() {
    this.#sending = true;
    while (this.#again && this.#annotator) {
      this.#again = false;
      for (const shelf of this.environment.shelves) {
        if (await this.environment.alone(() => this.#sendBatch(shelf))) this.#again = true;
      }
    }
    this.#sending = false;
  }

  /** True when there may be more to send now. */
  async #sendBatch(shelf: Shelf): Promise<boolean> {
    const annotator = this.#annotator;
    const isDenied = (queue: string) => (this.#denied.get(queue) ?? 0) > Date.now();
    const batch = await shelf.take(annotator, this.#batchSize, isDenied);
    if (batch.length === 0) return false;
    const answers = batch.map((record) => fromBinary(NewAnswerSchema, record.answer));
    let results: Result[];
    try {
      results = await this.environment.submit(batch[0]!.queue, annotator, answers);
    } catch (error) {
      return this.#failed(shelf, batch, failureOf(error));
    }
    const records = batch.map((record, index) => settled(record, results[index]));
    await this.#settle(shelf, records);
    if (records.some(({ state }) => state === 'pending')) {
      this.#retryIn(this.#backOff());
      return false;
    }
    this.#failures = 0;
    this.#batchSize = batchSize;
    this.trouble.value = undefined;
    return true;
  }

  async #failed(shelf: Shelf, batch: AnswerRecord[], failure: Failure): Promise<boolean> {
    const { code, message, retryAfter = 0 } = failure;
    if (code === Code.Unauthenticated) {
      this.trouble.value = { kind: 'signed out', message };
      return false;
    }
    if (code === Code.PermissionDenied) {
      this.trouble.value = { kind: 'denied', message };
      this.#denied.set(batch[0]!.queue, Date.now() + longestDelay);
      this.#retryIn(longestDelay);
      return true;
    }
    if (isPassing(code)) {
      this.trouble.value = { kind: 'away', message };
      this.#retryIn(Math.max(retryAfter, this.#backOff()));
      return false;
    }
    // One bad answer fails the call for all: which it is, is found by sending each alone.
    if (batch.length > 1) {
      this.#batchSize = 1;
      return true;
    }
    await this.#settle(shelf, [{ ...batch[0]!, state: 'refused', problem: message }]);
    return true;
  }

  /** Longer after each failure, and not at the same time in every browser. */
  #backOff(): number {
    const delay = Math.min(firstDelay * 2 ** this.#failures++, longestDelay);
    return delay * (1 + Math.random() / 4);
  }

  #retryIn(delay: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), delay);
  }

  async #settle(shelf: Shelf, records: AnswerRecord[]) {
    await shelf.put(records);
    await this.#count();
    for (const record of records) {
      if (record.state === 'pending') continue;
      for (const listener of this.#listeners) listener(record);
      this.environment.tell(record);
    }
  }
}

function settled(record: AnswerRecord, result: Result | undefined): AnswerRecord {
  const outcome = result?.result;
  if (outcome?.case === 'stored') {
    const { revision, late, surplus } = outcome.value;
    return { ...record, state: 'stored', revision, late, surplus };
  }
  // gRPC's codes are Connect's.
  if (outcome?.case !== 'error' || isPassing(outcome.value.code)) return record;
  return { ...record, state: 'refused', problem: outcome.value.message };
}

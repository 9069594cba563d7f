// A person's place of work at one queue: the card on it, the next ones ahead, the answers given.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { batch, signal } from '@preact/signals';
import {
  NewAnswerSchema,
  TaskSchema,
  type LeaseTasksResponse,
  type NoTask,
  type Task,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { failureOf, isPassing, type Failure } from '../api/errors';
import { uuid } from '../api/ids';
import type { AnswerRecord, NewRecord, Outbox } from '../outbox';
import { draftOf, newAnswer, type Draft } from './draft';
import { answered, none, takenBack } from './statistics';

/** What is on the desk: a task, and what was answered to it before it was taken back. */
export interface Card {
  task: Task;
  earlier?: Draft;
}

/** An answer that was given here. */
export interface Given {
  answerId: string;
  task: Task;
  draft: Draft;
  time: number;
  state: AnswerRecord['state'];
  revision?: bigint;
  late?: boolean;
  problem?: string;
}

/** What the desk calls of the service, and of the outbox. */
export interface Environment {
  /** `held` is renewed by it. */
  lease(held: Task[], maxTasks: number, ttlMs: number, waitMs: number): Promise<LeaseTasksResponse>;
  /** `held` is kept, and renewed. */
  release(tasks: Task[], held: Task[]): Promise<unknown>;
  /** Gives tasks back, or keeps them for the next page. `last`: the page is being left. */
  leave(tasks: Task[], last: boolean): void;
  undo(requestId: string, revision: bigint): Promise<{ task?: Task | undefined }>;
  /** Called whenever the tasks in the person's hands are others. */
  holding(tasks: Task[]): void;
  /** Tasks that are in the person's hands from a page before. */
  kept: Task[];
  outbox: Pick<
    Outbox,
    'add' | 'withdraw' | 'forget' | 'listen' | 'history' | 'durable' | 'waiting'
  >;
}

/** Tasks in the person's hands, the one on the desk with them. */
const inHand = 8;
/** So few that more are fetched. */
const few = 5;
const leaseMs = 10 * 60_000;
const waitMs = 20_000;
const renewMs = leaseMs / 4;
const historyLength = 50;

export class Desk {
  readonly card = signal<Card | undefined>(undefined);
  /** Why there is no card. */
  readonly nothing = signal<NoTask | undefined>(undefined);
  /** Why none can be fetched, until somebody changes something or the service is back. */
  readonly problem = signal<Failure | undefined>(undefined);
  /** An answer is being taken back, or must be acknowledged before the next one may be given. */
  readonly busy = signal(false);
  /** Newest first. */
  readonly given = signal<Given[]>([]);
  readonly statistics = signal(none);

  #ahead: Card[] = [];
  #shown = 0;
  #fetching = false;
  #closed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  readonly #remembered: Promise<void>;
  readonly #renewal: ReturnType<typeof setInterval>;
  readonly #unlisten: () => void;

  constructor(
    private readonly queue: string,
    private readonly annotator: string,
    private readonly environment: Environment,
  ) {
    this.#unlisten = environment.outbox.listen((record) => this.#heard(record));
    this.#renewal = setInterval(() => this.#renew(), renewMs);
    this.#remembered = this.#remember().catch(() => undefined);
    this.#hold(environment.kept);
    this.fetch();
  }

  /** Answers the card on the desk, and lays the next one there. Any other card is left alone. */
  answer(card: Card, draft: Draft) {
    if (card !== this.card.value || this.busy.value) return;
    const answerId = uuid();
    const time = Date.now();
    const took = performance.now() - this.#shown;
    const record: NewRecord = {
      answerId,
      annotator: this.annotator,
      queue: this.queue,
      answer: toBinary(NewAnswerSchema, newAnswer(answerId, card.task, draft, took)),
      task: toBinary(TaskSchema, card.task),
      time,
    };
    const given: Given = { answerId, task: card.task, draft, time, state: 'pending' };
    batch(() => {
      this.given.value = [given, ...this.given.value].slice(0, historyLength);
      this.statistics.value = answered(this.statistics.value, draft.verdict, time, took);
      // What the browser does not keep must be acknowledged before the next one.
      if (this.environment.outbox.durable.value) this.#next();
      else this.busy.value = true;
    });
    void this.environment.outbox.add(record);
    this.fetch();
  }

  /** Takes an answer back, the last one if none is named, and lays its task on the desk again. */
  async undo(answerId?: string): Promise<'done' | 'nothing' | 'away' | 'refused'> {
    const given = this.given.value.find(
      (one) => one.state !== 'refused' && (!answerId || one.answerId === answerId),
    );
    if (!given || this.busy.value) return 'nothing';
    this.busy.value = true;
    try {
      const task = await this.#takeBack(given);
      if (!task) return 'away';
      batch(() => {
        this.given.value = this.given.value.filter((one) => one.answerId !== given.answerId);
        this.statistics.value = takenBack(this.statistics.value, given.draft.verdict);
        if (this.card.value) this.#ahead.unshift(this.card.value);
        this.#lay({ task, earlier: given.draft });
      });
      return 'done';
    } catch (error) {
      return isPassing(failureOf(error).code) ? 'away' : 'refused';
    } finally {
      this.busy.value = false;
    }
  }

  /** The task, in the person's hands again; undefined while it is not known what came of it. */
  async #takeBack(given: Given): Promise<Task | undefined> {
    const { outbox } = this.environment;
    if (given.state === 'pending' && (await outbox.withdraw(given.answerId))) return given.task;
    const revision = given.revision ?? (await this.#revisionOf(given.answerId));
    if (revision === undefined) return undefined;
    const { task } = await this.environment.undo(uuid(), revision);
    await outbox.forget(given.answerId);
    return task;
  }

  /** The revision of an answer that is on its way; undefined when it does not arrive soon. */
  #revisionOf(answerId: string): Promise<bigint | undefined> {
    const known = this.given.value.find((one) => one.answerId === answerId)?.revision;
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const stop = (revision?: bigint) => {
        clearTimeout(timer);
        unlisten();
        resolve(revision);
      };
      const unlisten = this.environment.outbox.listen((record) => {
        if (record.answerId === answerId) stop(record.revision);
      });
      const timer = setTimeout(stop, 3000);
    });
  }

  /** Fetches tasks if there are few. */
  fetch() {
    clearTimeout(this.#retry);
    if (!this.#fetching && !this.#closed) void this.#fetchAll();
  }

  /** Leaves all tasks. `last`: the page is being left. */
  close(last = false) {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#renewal);
    this.#unlisten();
    const tasks = this.#held();
    this.#ahead = [];
    this.card.value = undefined;
    this.environment.holding([]);
    if (tasks.length > 0) this.environment.leave(tasks, last);
  }

  #held(): Task[] {
    const cards = this.card.value ? [this.card.value, ...this.#ahead] : this.#ahead;
    return cards.map(({ task }) => task);
  }

  async #fetchAll() {
    this.#fetching = true;
    try {
      while (!this.#closed && this.#held().length < few) {
        // The first call says why there is nothing; the next one waits for something.
        const waits = this.#held().length === 0 && this.nothing.value !== undefined;
        const held = this.#held();
        const wanted = inHand - held.length;
        const reply = await this.environment.lease(held, wanted, leaseMs, waits ? waitMs : 0);
        this.#failures = 0;
        await this.#remembered;
        if (this.#closed) {
          if (reply.tasks.length > 0) await this.environment.release(reply.tasks, []);
          return;
        }
        this.#take(reply);
        if (reply.tasks.length > 0) continue;
        if (this.#held().length === 0) {
          // The service does not wait where only a person can change it.
          const isFinal = this.nothing.value && !reply.noTask?.retryTime;
          this.#retryIn(isFinal ? 15_000 : 200);
        }
        return;
      }
    } catch (error) {
      const failure = failureOf(error);
      this.problem.value = failure;
      if (isPassing(failure.code)) {
        this.#retryIn(
          Math.max(failure.retryAfter ?? 0, Math.min(500 * 2 ** this.#failures++, 10_000)),
        );
      }
    } finally {
      this.#fetching = false;
    }
  }

  #take({ tasks, noTask }: LeaseTasksResponse) {
    batch(() => {
      this.problem.value = undefined;
      // While answers are on their way their tasks count as leased, which is nothing to tell.
      this.nothing.value = this.environment.outbox.waiting.value > 0 ? undefined : noTask;
      this.#hold(tasks);
    });
  }

  /** Tasks whose lease had ended come again: those that are here, and those that are answered. */
  #hold(tasks: Task[]) {
    const answered = this.given.value.filter(({ state }) => state === 'pending');
    const known = [...this.#held(), ...answered.map(({ task }) => task)];
    const others = tasks.filter((task) => !known.some(({ taskId }) => taskId === task.taskId));
    this.#ahead.push(...others.map((task) => ({ task })));
    if (!this.card.value && others.length > 0) this.#next();
    else this.environment.holding(this.#held());
  }

  #retryIn(delay: number) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.fetch(), delay);
  }

  #next() {
    this.#lay(this.#ahead.shift());
  }

  #lay(card: Card | undefined) {
    this.card.value = card;
    if (!card) this.nothing.value = undefined;
    this.#shown = performance.now();
    this.environment.holding(this.#held());
  }

  /** By a call that gives nothing back. */
  #renew() {
    if (!this.card.value || document.hidden) return;
    this.environment.release([], this.#held()).catch(() => undefined);
  }

  #heard(record: AnswerRecord) {
    if (record.queue !== this.queue) return;
    const before = this.given.value;
    const { state, revision, late, problem } = record;
    this.given.value = before.map((given) =>
      given.answerId === record.answerId
        ? {
            ...given,
            state,
            ...(revision !== undefined && { revision }),
            ...(late && { late }),
            ...(problem && { problem }),
          }
        : given,
    );
    const isOwn = before.some(({ answerId }) => answerId === record.answerId);
    if (isOwn && this.busy.value && before[0]?.answerId === record.answerId) this.#acknowledged();
  }

  /** Of an answer that had to be acknowledged before the next one. */
  #acknowledged() {
    if (this.environment.outbox.durable.value) return;
    batch(() => {
      this.busy.value = false;
      this.#next();
    });
    this.fetch();
  }

  /** The answers given before this page was opened. */
  async #remember() {
    const records = await this.environment.outbox.history(this.queue, historyLength);
    const known = new Set(this.given.value.map(({ answerId }) => answerId));
    const earlier = records.filter(({ answerId }) => !known.has(answerId)).map(givenOf);
    this.given.value = [...this.given.value, ...earlier].slice(0, historyLength);
  }
}

/** What a record says of an answer. */
export function givenOf(record: AnswerRecord): Given {
  const { answerId, time, state, revision, late, problem } = record;
  return {
    answerId,
    time,
    state,
    task: fromBinary(TaskSchema, record.task),
    draft: draftOf(fromBinary(NewAnswerSchema, record.answer)),
    ...(revision !== undefined && { revision }),
    ...(late && { late }),
    ...(problem && { problem }),
  };
}

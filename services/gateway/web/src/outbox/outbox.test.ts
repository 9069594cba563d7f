import 'fake-indexeddb/auto';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  NewAnswerSchema,
  SubmitAnswersResponse_ResultSchema,
  type NewAnswer,
} from '@gen/winnow/annotation/v1/annotation_pb';
import { uuid } from '../api/ids';
import { DiskShelf } from './disk_shelf';
import { Journal } from './journal';
import { MemoryShelf } from './memory_shelf';
import { Outbox } from './outbox';
import type { AnswerRecord, NewRecord, Shelf } from './record';

/** A service that stores each answer id once, and fails as it is told to. */
class FakeService {
  stored: string[] = [];
  calls = 0;
  /** Called before storing: throws to lose the request. */
  before: (answers: NewAnswer[]) => void | Promise<void> = () => undefined;
  /** Called after storing: throws to lose the reply. */
  after: () => void = () => undefined;
  errors = new Map<string, { code: number; message: string }>();

  submit = async (_queue: string, _annotator: string, answers: NewAnswer[]) => {
    ++this.calls;
    await this.before(answers);
    const results = answers.map(({ answerId }) => {
      const error = this.errors.get(answerId);
      if (error) {
        return create(SubmitAnswersResponse_ResultSchema, {
          result: { case: 'error', value: error },
        });
      }
      if (!this.stored.includes(answerId)) this.stored.push(answerId);
      const revision = BigInt(this.stored.indexOf(answerId) + 1);
      return create(SubmitAnswersResponse_ResultSchema, {
        result: { case: 'stored', value: { revision } },
      });
    });
    this.after();
    return results;
  };
}

const answerOf = (queue = 'q', annotator = 'anna'): NewRecord => {
  const answerId = uuid();
  return {
    answerId,
    annotator,
    queue,
    answer: toBinary(NewAnswerSchema, create(NewAnswerSchema, { answerId })),
    task: new Uint8Array(),
    time: Date.now(),
  };
};

let chain = Promise.resolve<unknown>(undefined);
const alone = <Value>(work: () => Promise<Value>): Promise<Value> => {
  const result = chain.then(work);
  chain = result.catch(() => undefined);
  return result;
};

let service: FakeService;
let database = 0;
let shelf: Shelf;

const outboxOver = (shelves: Shelf[], tell: (record: AnswerRecord) => void = () => undefined) =>
  new Outbox({ shelves, journal: new Journal(localStorage), submit: service.submit, alone, tell });

beforeEach(async () => {
  service = new FakeService();
  localStorage.clear();
  shelf = await DiskShelf.open(`test${++database}`);
});

const lost = () => {
  throw new ConnectError('the connection broke', Code.Unavailable);
};

describe('an outbox', () => {
  it('sends in the order of answering, each once', async () => {
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    await outbox.workFor('anna');
    const records = Array.from({ length: 450 }, () => answerOf());
    await Promise.all(records.map((record) => outbox.add(record)));
    await vi.waitFor(() => expect(outbox.waiting.value).toBe(0));
    expect(service.stored).toEqual(records.map(({ answerId }) => answerId));
    expect(service.calls).toBeLessThan(50);
  });

  it('repeats what may have been lost, and what was stored unheard counts once', async () => {
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    await outbox.workFor('anna');
    service.after = lost;
    const record = answerOf();
    await outbox.add(record);
    await vi.waitFor(() => expect(outbox.trouble.value?.kind).toBe('away'));
    expect(outbox.waiting.value).toBe(1);
    service.after = () => undefined;
    await vi.waitFor(() => expect(outbox.waiting.value).toBe(0), 5000);
    expect(service.stored).toEqual([record.answerId]);
    expect(outbox.trouble.value).toBeUndefined();
  });

  it('goes on after the page was closed in the middle', async () => {
    service.before = lost;
    const closed = outboxOver([shelf, new MemoryShelf()]);
    await closed.workFor('anna');
    const records = [answerOf(), answerOf(), answerOf('other')];
    for (const record of records) await closed.add(record);
    service.before = () => undefined;
    const reopened = outboxOver([await DiskShelf.open(`test${database}`), new MemoryShelf()]);
    await reopened.workFor('anna');
    await vi.waitFor(() => expect(reopened.waiting.value).toBe(0));
    expect(service.stored).toEqual(records.map(({ answerId }) => answerId));
  });

  it('has an answer from when it was given, before it is on a shelf', async () => {
    const stuck: Shelf = Object.assign(new MemoryShelf(), { add: () => new Promise(() => {}) });
    const left = outboxOver([stuck, new MemoryShelf()]);
    const records = [answerOf(), answerOf()];
    records[0]!.task = new Uint8Array(200_000).map((_, index) => index);
    for (const record of records) void left.add(record);
    const next = outboxOver([shelf, new MemoryShelf()]);
    await next.takeOver();
    await next.takeOver();
    expect(localStorage).toHaveLength(0);
    const kept = await shelf.find(records[0]!.answerId);
    expect([...kept!.task]).toEqual([...records[0]!.task]);
    await next.workFor('anna');
    await vi.waitFor(() => expect(next.waiting.value).toBe(0));
    expect(service.stored).toEqual(records.map(({ answerId }) => answerId));
  });

  it('sends nothing in the name of somebody else', async () => {
    service.before = lost;
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    await outbox.workFor('anna');
    const record = answerOf();
    await outbox.add(record);
    await vi.waitFor(() => expect(outbox.trouble.value?.kind).toBe('away'));
    await outbox.workFor('ben');
    service.before = () => undefined;
    expect(outbox.waiting.value).toBe(0);
    outbox.wake();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(service.stored).toEqual([]);
    await outbox.workFor('anna');
    await vi.waitFor(() => expect(service.stored).toEqual([record.answerId]));
  });

  it('waits for the sign-in, and says so', async () => {
    service.before = () => {
      throw new ConnectError('no token', Code.Unauthenticated);
    };
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    await outbox.workFor('anna');
    await outbox.add(answerOf());
    await vi.waitFor(() => expect(outbox.trouble.value?.kind).toBe('signed out'));
    service.before = () => undefined;
    await outbox.workFor('anna');
    await vi.waitFor(() => expect(outbox.waiting.value).toBe(0));
    expect(service.stored).toHaveLength(1);
  });

  it('tells what the service refuses, keeps it in the history, and sends the others', async () => {
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    const heard: AnswerRecord[] = [];
    outbox.listen((record) => heard.push(record));
    const [good, bad] = [answerOf(), answerOf()];
    service.errors.set(bad.answerId, { code: Code.FailedPrecondition, message: 'lease lost' });
    await outbox.workFor('anna');
    await outbox.add(bad);
    await outbox.add(good);
    await vi.waitFor(() => expect(outbox.waiting.value).toBe(0));
    expect(service.stored).toEqual([good.answerId]);
    expect(heard.map(({ state, problem }) => [state, problem])).toEqual([
      ['refused', 'lease lost'],
      ['stored', undefined],
    ]);
    const history = await outbox.history('q', 10);
    expect(history.map(({ state }) => state).sort()).toEqual(['refused', 'stored']);
  });

  it('finds the one bad answer that fails a whole call', async () => {
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    const records = Array.from({ length: 5 }, () => answerOf());
    const bad = records[2]!.answerId;
    service.before = (answers) => {
      if (answers.some(({ answerId }) => answerId === bad)) {
        throw new ConnectError('answers[2]: no UUID', Code.InvalidArgument);
      }
    };
    for (const record of records) await shelf.add(record);
    await outbox.workFor('anna');
    await vi.waitFor(() => expect(outbox.waiting.value).toBe(0));
    expect(service.stored).toEqual(
      records.map(({ answerId }) => answerId).filter((id) => id !== bad),
    );
    expect((await shelf.find(bad))!.state).toBe('refused');
  });

  it('is not stopped by a queue that the person may not answer now', async () => {
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    const denied = service.submit;
    const answers = [answerOf('closed'), answerOf('open')];
    const submit = async (queue: string, person: string, batch: NewAnswer[]) => {
      if (queue === 'closed') throw new ConnectError('not on queue', Code.PermissionDenied);
      return denied(queue, person, batch);
    };
    Object.assign(outbox['environment'], { submit });
    await outbox.workFor('anna');
    for (const record of answers) await outbox.add(record);
    await vi.waitFor(() => expect(service.stored).toEqual([answers[1]!.answerId]));
    expect(outbox.waiting.value).toBe(1);
  });

  it('withdraws only what was never sent', async () => {
    const outbox = outboxOver([shelf, new MemoryShelf()]);
    const unsent = answerOf();
    await outbox.add(unsent);
    expect(await outbox.withdraw(unsent.answerId)).toBe(true);
    service.after = lost;
    await outbox.workFor('anna');
    const sent = answerOf();
    await outbox.add(sent);
    await vi.waitFor(() => expect(outbox.trouble.value?.kind).toBe('away'));
    expect(await outbox.withdraw(sent.answerId)).toBe(false);
    service.after = () => undefined;
    await vi.waitFor(() => expect(outbox.waiting.value).toBe(0), 5000);
    expect(service.stored).toEqual([sent.answerId]);
  });

  it('goes on in memory when the browser keeps nothing (more), and says so', async () => {
    const full: Shelf = {
      ...new MemoryShelf(),
      add: () => Promise.reject(new DOMException('full', 'QuotaExceededError')),
      take: async () => [],
      put: async () => undefined,
      remove: async () => undefined,
      countPending: async () => 0,
      find: async () => undefined,
      last: async () => [],
    };
    const outbox = outboxOver([full, new MemoryShelf()]);
    expect(outbox.durable.value).toBe(true);
    await outbox.workFor('anna');
    const record = answerOf();
    await outbox.add(record);
    expect(outbox.durable.value).toBe(false);
    await vi.waitFor(() => expect(service.stored).toEqual([record.answerId]));
    expect(outboxOver([new MemoryShelf()]).durable.value).toBe(false);
  });

  it('shares one shelf with another tab: one sends at a time, both hear of it', async () => {
    let concurrent = 0;
    service.before = async () => {
      expect(++concurrent).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      --concurrent;
    };
    const tabs: Outbox[] = [];
    for (const index of [0, 1]) {
      tabs.push(
        outboxOver([shelf, new MemoryShelf()], (record) => void tabs[1 - index]!.heard(record)),
      );
    }
    const heard = [0, 0];
    tabs.forEach((tab, index) => tab.listen(() => void ++heard[index]!));
    for (const tab of tabs) await tab.workFor('anna');
    await Promise.all(tabs.flatMap((tab) => Array.from({ length: 40 }, () => tab.add(answerOf()))));
    await vi.waitFor(() => expect(tabs.map(({ waiting }) => waiting.value)).toEqual([0, 0]));
    expect(service.stored).toHaveLength(80);
    expect(heard).toEqual([80, 80]);
  });
});

import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  LeaseTasksResponseSchema,
  NoTaskReason,
  type Task,
} from '@gen/winnow/annotation/v1/annotation_pb';
import type { AnswerRecord, NewRecord } from '../outbox';
import { Desk } from './desk';
import { Verdict } from './draft';
import { teachTask } from './testing';

/** Keeps answers until it is told what came of them. */
class FakeOutbox {
  durable = signal(true);
  waiting = signal(0);
  records: AnswerRecord[] = [];
  canWithdraw = false;
  forgotten: string[] = [];
  listeners = new Set<(record: AnswerRecord) => void>();

  add = async (record: NewRecord) => {
    const kept = { ...record, seq: this.records.length + 1, state: 'pending' as const, sent: true };
    this.records.push(kept);
    return kept;
  };
  withdraw = async () => this.canWithdraw;
  forget = async (answerId: string) => void this.forgotten.push(answerId);
  listen = (listener: (record: AnswerRecord) => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  history = async () => [] as AnswerRecord[];

  settle(index: number, how: Partial<AnswerRecord>) {
    for (const listener of [...this.listeners]) listener({ ...this.records[index]!, ...how });
  }
}

/** A queue of so many tasks. */
class FakeQueue {
  open: Task[];
  leases: number[] = [];
  named: Task[][] = [];
  released: Task[] = [];
  held: Task[] = [];
  failure: ConnectError | undefined;

  constructor(tasks: number) {
    this.open = Array.from({ length: tasks }, (_, index) => teachTask(`text ${index}`, 'text'));
  }
  lease = async (held: Task[], maxTasks: number) => {
    if (this.failure) throw this.failure;
    this.leases.push(maxTasks);
    this.named.push(held);
    const tasks = this.open.splice(0, maxTasks);
    const noTask =
      tasks.length < maxTasks ? { reason: NoTaskReason.EXHAUSTED, message: 'all done' } : undefined;
    return create(LeaseTasksResponseSchema, { tasks, ...(noTask && { noTask }) });
  };
  release = async (tasks: Task[]) => void this.released.push(...tasks);
  leave = (tasks: Task[]) => void this.released.push(...tasks);
  kept: Task[] = [];
  undone: bigint[] = [];
  undo = async (_: string, revision: bigint) => {
    if (this.failure) throw this.failure;
    this.undone.push(revision);
    return { task: teachTask('again', 'again') };
  };
  holding = (tasks: Task[]) => void (this.held = tasks);
}

let outbox: FakeOutbox;
let desk: Desk;
const open = (queue: FakeQueue) => {
  desk = new Desk('q', 'anna', { ...queue, holding: queue.holding, outbox });
  return vi.waitFor(() => expect(desk.card.value).toBeDefined());
};
const text = () => desk.card.value?.task.text;
const accept = () => desk.answer(desk.card.value!, { verdict: Verdict.ACCEPT });

beforeEach(() => void (outbox = new FakeOutbox()));
afterEach(() => desk.close());

describe('a desk', () => {
  it('has the next card at once, and fetches more before there are none', async () => {
    const queue = new FakeQueue(100);
    await open(queue);
    for (let n = 0; n < 60; ++n) {
      expect(text()).toBe(`text ${n}`);
      accept();
      expect(text()).toBe(`text ${n + 1}`);
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(queue.leases.length).toBeLessThan(30);
    expect(outbox.records).toHaveLength(60);
    expect(desk.statistics.value).toMatchObject({ answers: 60, accepted: 60, streak: 60 });
  });

  it('says why there is nothing more', async () => {
    await open(new FakeQueue(1));
    accept();
    expect(desk.card.value).toBeUndefined();
    await vi.waitFor(() => expect(desk.nothing.value?.message).toBe('all done'));
  });

  it('asks for the reason again when its own answers have arrived', async () => {
    const queue = new FakeQueue(1);
    await open(queue);
    outbox.waiting.value = 1;
    accept();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(desk.nothing.value).toBeUndefined();
    outbox.waiting.value = 0;
    await vi.waitFor(() => expect(desk.nothing.value?.message).toBe('all done'));
  });

  it('takes back an answer that was never sent, without the service', async () => {
    const queue = new FakeQueue(3);
    await open(queue);
    outbox.canWithdraw = true;
    accept();
    expect(await desk.undo()).toBe('done');
    expect(text()).toBe('text 0');
    expect(desk.card.value!.earlier).toEqual({ verdict: Verdict.ACCEPT });
    expect(queue.undone).toEqual([]);
    expect(desk.given.value).toEqual([]);
    accept();
    expect(text()).toBe('text 1');
  });

  it('takes back a stored answer by its revision, also one on its way', async () => {
    const queue = new FakeQueue(3);
    await open(queue);
    accept();
    accept();
    outbox.settle(0, { state: 'stored', revision: 11n });
    expect(await desk.undo(outbox.records[0]!.answerId)).toBe('done');
    expect(text()).toBe('again');
    const undoing = desk.undo(outbox.records[1]!.answerId);
    await Promise.resolve();
    outbox.settle(1, { state: 'stored', revision: 12n });
    expect(await undoing).toBe('done');
    expect(queue.undone).toEqual([11n, 12n]);
    expect(outbox.forgotten).toHaveLength(2);
  });

  it('keeps what cannot be taken back now', async () => {
    const queue = new FakeQueue(3);
    await open(queue);
    accept();
    outbox.settle(0, { state: 'stored', revision: 1n });
    queue.failure = new ConnectError('gone', Code.Unavailable);
    desk['environment'].undo = queue.undo;
    expect(await desk.undo()).toBe('away');
    expect(desk.given.value).toHaveLength(1);
    expect(text()).toBe('text 1');
  });

  it('keeps an answer that was refused in the history, and goes on', async () => {
    await open(new FakeQueue(3));
    accept();
    outbox.settle(0, { state: 'refused', problem: 'the lease was lost' });
    expect(desk.given.value[0]).toMatchObject({ state: 'refused', problem: 'the lease was lost' });
    expect(await desk.undo()).toBe('nothing');
    expect(text()).toBe('text 1');
  });

  it('waits for each acknowledgement where the browser keeps nothing', async () => {
    outbox.durable.value = false;
    await open(new FakeQueue(5));
    accept();
    accept();
    expect(text()).toBe('text 0');
    expect(outbox.records).toHaveLength(1);
    outbox.settle(0, { state: 'stored', revision: 1n });
    expect(text()).toBe('text 1');
    accept();
    expect(outbox.records).toHaveLength(2);
  });

  it('tells which tasks it holds, and gives them back when it is left', async () => {
    const queue = new FakeQueue(20);
    await open(queue);
    expect(queue.held).toHaveLength(8);
    accept();
    expect(queue.held.map((task) => task.text)).not.toContain('text 0');
    const held = [...queue.held];
    desk.close();
    expect(queue.released).toEqual(held);
    expect(queue.held).toEqual([]);
  });

  it('names what it has at hand with each call for more', async () => {
    const queue = new FakeQueue(20);
    await open(queue);
    expect(queue.named).toEqual([[]]);
    for (let answer = 0; answer < 4; ++answer) accept();
    await vi.waitFor(() => expect(queue.named).toHaveLength(2));
    expect(queue.named[1]!.map((task) => task.text)).toEqual([
      'text 4',
      'text 5',
      'text 6',
      'text 7',
    ]);
  });

  it('goes on with what the page before kept, and has no task twice', async () => {
    const queue = new FakeQueue(10);
    const [first, second, third] = queue.open;
    queue.kept = [first!, second!];
    queue.failure = new ConnectError('down', Code.Unavailable);
    await open(queue);
    expect([text(), queue.held.length]).toEqual(['text 0', 2]);
    accept();
    // The leases have ended: what is answered, and what is in hand, is open again.
    queue.failure = undefined;
    await vi.waitFor(() => expect(queue.held).toHaveLength(6), 3000);
    expect(queue.held.slice(0, 2)).toEqual([second, third]);
  });

  it('says what is wrong, and tries again where that may help', async () => {
    const queue = new FakeQueue(3);
    queue.failure = new ConnectError('down', Code.Unavailable);
    desk = new Desk('q', 'anna', { ...queue, lease: () => queue.lease([], 8), outbox });
    await vi.waitFor(() => expect(desk.problem.value?.message).toBe('down'));
    queue.failure = undefined;
    await vi.waitFor(() => expect(text()).toBe('text 0'), 3000);
    expect(desk.problem.value).toBeUndefined();
  });
});

// The outbox of this browser, shared by its tabs.
import { effect } from '@preact/signals';
import { annotation } from '../api/annotation';
import { annotator, session } from '../api/session';
import { DiskShelf } from './disk_shelf';
import { Journal } from './journal';
import { MemoryShelf } from './memory_shelf';
import { Outbox } from './outbox';
import type { AnswerRecord, Shelf } from './record';

export type { AnswerRecord, NewRecord } from './record';
export type { Outbox } from './outbox';

const timeoutMs = 15_000;

async function shelves(): Promise<Shelf[]> {
  try {
    // Asks that the answers are not the first to go when the disk of this machine gets full.
    void navigator.storage?.persist?.();
    return [await DiskShelf.open(), new MemoryShelf()];
  } catch {
    return [new MemoryShelf()];
  }
}

function localJournal(): Journal {
  try {
    return new Journal(localStorage);
  } catch {
    return new Journal(undefined);
  }
}

// Without Web Locks (plain HTTP from another machine) two tabs may send the same answer, which does
// no harm.
async function alone<Value>(work: () => Promise<Value>): Promise<Value> {
  return navigator.locks ? await navigator.locks.request('winnow.outbox', work) : work();
}

async function open(): Promise<Outbox> {
  const channel = new BroadcastChannel('winnow.outbox');
  const outbox = new Outbox({
    shelves: await shelves(),
    journal: localJournal(),
    alone,
    tell: (record) => channel.postMessage(record),
    submit: async (queue, person, answers) => {
      const request = { queue, annotator: person, answers };
      return (await annotation.submitAnswers(request, { timeoutMs })).results;
    },
  });
  channel.onmessage = ({ data }) => void outbox.heard(data as AnswerRecord);
  await outbox.takeOver();
  addEventListener('online', () => outbox.wake());
  addEventListener('beforeunload', (event) => {
    // What the browser does not keep would be lost: it asks the person first.
    if (!outbox.durable.value && outbox.waiting.value > 0) event.preventDefault();
  });
  effect(() => {
    // Also when the same person is back after their sign-in had ended.
    if (session.value.state !== 'out' && annotator.value) void outbox.workFor(annotator.value);
  });
  return outbox;
}

let opened: Promise<Outbox> | undefined;

export const openOutbox = () => (opened ??= open());

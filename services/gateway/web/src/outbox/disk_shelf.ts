import type { AnswerRecord, NewRecord, Shelf } from './record';

const store = 'answers';
/** Records that are not pending are forgotten beyond so many. */
const kept = 300;

const done = <Value>(request: IDBRequest<Value>) =>
  new Promise<Value>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as Error);
  });

const committed = (transaction: IDBTransaction) =>
  new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error as Error);
  });

/** Keeps records in the browser's IndexedDB, which all tabs share. */
export class DiskShelf implements Shelf {
  private constructor(private readonly database: IDBDatabase) {}

  /** Rejects where the browser keeps nothing for this site. */
  static async open(name = 'winnow'): Promise<DiskShelf> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      const answers = request.result.createObjectStore(store, {
        keyPath: 'seq',
        autoIncrement: true,
      });
      answers.createIndex('state', ['annotator', 'state', 'seq']);
      answers.createIndex('answerId', 'answerId', { unique: true });
    };
    const shelf = new DiskShelf(await done(request));
    await shelf.#forgetOld();
    return shelf;
  }

  async add(record: NewRecord) {
    const transaction = this.#transaction('readwrite');
    const answers = transaction.objectStore(store);
    const there: AnswerRecord | undefined = await done(
      answers.index('answerId').get(record.answerId),
    );
    if (there) return there;
    const full = { ...record, state: 'pending' as const, sent: false };
    const seq = (await done(answers.add(full))) as number;
    await committed(transaction);
    return { ...full, seq };
  }

  async take(annotator: string, limit: number, skip: (queue: string) => boolean) {
    const transaction = this.#transaction('readwrite');
    const answers = transaction.objectStore(store);
    const pending: AnswerRecord[] = await done(
      answers.index('state').getAll(stateRange(annotator, 'pending'), 5000),
    );
    const first = pending.find(({ queue }) => !skip(queue));
    const batch = pending.filter(({ queue }) => queue === first?.queue).slice(0, limit);
    for (const record of batch) {
      record.sent = true;
      answers.put(record);
    }
    await committed(transaction);
    return batch;
  }

  async put(records: AnswerRecord[]) {
    const transaction = this.#transaction('readwrite');
    for (const record of records) transaction.objectStore(store).put(record);
    await committed(transaction);
  }

  async remove(seq: number) {
    const transaction = this.#transaction('readwrite');
    transaction.objectStore(store).delete(seq);
    await committed(transaction);
  }

  async countPending(annotator: string) {
    return done(this.#index('state').count(stateRange(annotator, 'pending')));
  }

  async find(answerId: string) {
    return done<AnswerRecord | undefined>(this.#index('answerId').get(answerId));
  }

  async last(annotator: string, queue: string, limit: number) {
    const found: AnswerRecord[] = [];
    await this.#eachBackwards((record) => {
      if (record.annotator === annotator && record.queue === queue) found.push(record);
      return found.length < limit;
    });
    return found;
  }

  async #forgetOld() {
    const old: number[] = [];
    let settled = 0;
    await this.#eachBackwards((record) => {
      if (record.state !== 'pending' && ++settled > kept) old.push(record.seq);
      return true;
    });
    for (const seq of old) await this.remove(seq);
  }

  /** Visits the records from the newest to the oldest, until told to stop. */
  #eachBackwards(visit: (record: AnswerRecord) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = this.#transaction('readonly').objectStore(store).openCursor(null, 'prev');
      request.onerror = () => reject(request.error as Error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (cursor && visit(cursor.value as AnswerRecord)) cursor.continue();
        else resolve();
      };
    });
  }

  #transaction(mode: IDBTransactionMode) {
    // Strict: on the disk when it is committed, not only in the system's memory.
    return this.database.transaction(store, mode, { durability: 'strict' });
  }

  #index(name: string) {
    return this.#transaction('readonly').objectStore(store).index(name);
  }
}

const stateRange = (annotator: string, state: string) =>
  IDBKeyRange.bound([annotator, state], [annotator, state, Infinity]);

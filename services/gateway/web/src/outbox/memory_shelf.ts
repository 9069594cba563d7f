import type { AnswerRecord, NewRecord, Shelf } from './record';

/** Keeps records until the page is left: where the browser keeps nothing. */
export class MemoryShelf implements Shelf {
  #records: AnswerRecord[] = [];
  #last = 0;

  async add(record: NewRecord) {
    const there = await this.find(record.answerId);
    if (there) return there;
    const kept: AnswerRecord = { ...record, seq: ++this.#last, state: 'pending', sent: false };
    this.#records.push(kept);
    return kept;
  }

  async take(annotator: string, limit: number, skip: (queue: string) => boolean) {
    const pending = this.#pending(annotator).filter(({ queue }) => !skip(queue));
    const batch = pending.filter(({ queue }) => queue === pending[0]!.queue).slice(0, limit);
    for (const record of batch) record.sent = true;
    return batch;
  }

  async put(records: AnswerRecord[]) {
    this.#records = this.#records.map((old) => records.find(({ seq }) => seq === old.seq) ?? old);
  }

  async remove(seq: number) {
    this.#records = this.#records.filter((record) => record.seq !== seq);
  }

  async countPending(annotator: string) {
    return this.#pending(annotator).length;
  }

  async find(answerId: string) {
    return this.#records.find((record) => record.answerId === answerId);
  }

  async last(annotator: string, queue: string, limit: number) {
    return this.#records
      .filter((record) => record.annotator === annotator && record.queue === queue)
      .reverse()
      .slice(0, limit);
  }

  #pending(annotator: string) {
    return this.#records.filter(
      (record) => record.annotator === annotator && record.state === 'pending',
    );
  }
}

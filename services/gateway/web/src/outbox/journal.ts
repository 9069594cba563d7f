import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire';
import type { NewRecord } from './record';

const prefix = 'winnow.answer.';

/**
 * What was answered and is on no shelf yet. A shelf takes some milliseconds, in which the page may
 * be left; this is written before the key press is over.
 */
export class Journal {
  /** `storage` is undefined where the browser keeps nothing for this site. */
  constructor(private readonly storage: Storage | undefined) {}

  /** Keeps a record until `erase`; where there is no room, until the page is left. */
  write(record: NewRecord) {
    const { answer, task, ...rest } = record;
    const text = JSON.stringify({
      ...rest,
      answer: base64Encode(answer),
      task: base64Encode(task),
    });
    try {
      this.storage?.setItem(prefix + record.answerId, text);
    } catch {
      // The shelf may have room all the same.
    }
  }

  erase(answerId: string) {
    this.storage?.removeItem(prefix + answerId);
  }

  /** In the order of answering. */
  records(): NewRecord[] {
    const keys = Object.keys(this.storage ?? {}).filter((key) => key.startsWith(prefix));
    return keys
      .map((key) => JSON.parse(this.storage!.getItem(key)!) as Written)
      .map((written) => ({
        ...written,
        answer: base64Decode(written.answer),
        task: base64Decode(written.task),
      }))
      .sort((a, b) => a.time - b.time);
  }
}

type Written = Omit<NewRecord, 'answer' | 'task'> & { answer: string; task: string };

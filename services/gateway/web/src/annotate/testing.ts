// Tasks for tests.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { TaskSchema, type Task } from '@gen/winnow/annotation/v1/annotation_pb';

let last = 0;

export function taskOf(init: Exclude<MessageInitShape<typeof TaskSchema>, Task>): Task {
  const taskId = (++last).toString(16).padStart(32, '0');
  return create(TaskSchema, { taskId, queue: 'q', fencingToken: 7n, ...init });
}

/** Asks whether `words`, which are in the text, are a job title. */
export function teachTask(text: string, words: string, score?: number): Task {
  const start = [...text.slice(0, text.indexOf(words))].length;
  const end = start + [...words].length;
  return taskOf({
    text,
    strategy: 'uncertainty',
    modelVersion: 'job_titles@3',
    body: {
      case: 'question',
      value: { span: { start, end, label: 'job_title', ...(score !== undefined && { score }) } },
    },
  });
}

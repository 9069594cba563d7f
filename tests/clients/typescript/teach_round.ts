// One teach round: import texts, make a queue, lease, answer, take back, list the log.
//
//   node dist/teach_round.js HOST:PORT
import assert from "node:assert";
import { randomUUID } from "node:crypto";

import { create } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import {
  AnnotationService,
  type ImportSourceRequest,
  ImportSourceRequestSchema,
  QueueState,
  SourceFormat,
  type Task,
  TaskKind,
} from "./gen/winnow/annotation/v1/annotation_pb.js";
import { Verdict } from "./gen/winnow/common/v1/common_pb.js";

const TEXTS = `{"text": "Nurse wanted in Leeds"}
{"text": "We look for a nurse and a driver"}
{"text": "Driver for night shifts"}
`;
// There is no model yet: patterns ask, until the answers have taught one.
const PATTERNS = `{"label": "job_title", "pattern": [{"lower": "nurse"}]}
{"label": "job_title", "pattern": [{"lower": "driver"}]}
`;
const ME = "ada";

type Service = Client<typeof AnnotationService>;

// An id makes a call that is repeated harmless: a repetition gets the first reply again.
async function* parts(): AsyncIterable<ImportSourceRequest> {
  const header = { requestId: randomUUID(), source: "ads", format: SourceFormat.JSONL };
  yield create(ImportSourceRequestSchema, { part: { case: "header", value: header } });
  const chunk = new TextEncoder().encode(TEXTS);
  yield create(ImportSourceRequestSchema, { part: { case: "chunk", value: chunk } });
}

async function makeQueue(service: Service) {
  await service.createQueue({
    requestId: randomUUID(),
    spec: {
      name: "titles",
      kind: TaskKind.TEACH,
      source: "ads",
      dataset: "title_answers",
      labels: ["job_title"],
      model: "blank:en",
      patterns: PATTERNS,
    },
  });
  const queue = await service.getQueue({ name: "titles", wait: true });
  assert.equal(queue.status?.state, QueueState.OPEN);
}

async function answer(service: Service, task: Task, verdict: Verdict) {
  const reply = await service.submitAnswers({
    queue: "titles",
    annotator: ME,
    answers: [
      {
        answerId: randomUUID(),
        taskId: task.taskId,
        fencingToken: task.fencingToken,
        verdict,
      },
    ],
  });
  // Each answer has a result of its own.
  const result = reply.results[0].result;
  assert(result.case === "stored");
  return result.value;
}

async function main(address: string) {
  const transport = createGrpcTransport({ baseUrl: `http://${address}`, defaultTimeoutMs: 60_000 });
  const service = createClient(AnnotationService, transport);
  const imported = await service.importSource(parts());
  assert.equal(imported.numAdded, 3n);
  await makeQueue(service);

  const leased = await service.leaseTasks({ queue: "titles", annotator: ME, maxTasks: 2 });
  assert.equal(leased.tasks.length, 2);
  for (const task of leased.tasks) {
    assert(task.body.case === "question" && task.body.value.span !== undefined);
    const span = task.body.value.span;
    // Offsets count code points.
    const found = [...task.text].slice(span.start, span.end).join("");
    console.log(`'${found}' a ${span.label}? ('${task.text}')`);
  }
  await answer(service, leased.tasks[0], Verdict.ACCEPT);
  const mistaken = await answer(service, leased.tasks[1], Verdict.REJECT);

  const undone = await service.undoAnswer({
    requestId: randomUUID(),
    queue: "titles",
    annotator: ME,
  });
  assert.equal(undone.undoneRevision, mistaken.revision);
  assert(undone.task !== undefined);
  await answer(service, undone.task, Verdict.ACCEPT);

  const log = await service.listAnswers({ dataset: "title_answers" });
  const kinds = log.entries.map((entry) => entry.entry.case);
  assert.deepEqual(kinds, ["answer", "answer", "undo", "answer"]);
  const dataset = await service.getDataset({ name: "title_answers" });
  assert.equal(dataset.numAccepted, 2n);
  assert.equal(dataset.numRejected, 0n);
  console.log("a teach round in TypeScript: 3 answers, 1 undo");
}

await main(process.argv[2]);

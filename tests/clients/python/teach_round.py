"""One teach round: import texts, make a queue, lease, answer, take back, list the log, and answer
the rest on a stream.

    teach_round.py HOST:PORT
"""

import queue
import sys
import uuid

import grpc

from winnow.annotation.v1 import annotation_pb2 as api
from winnow.annotation.v1 import annotation_pb2_grpc
from winnow.common.v1 import common_pb2 as common

TEXTS = b"""{"text": "Nurse wanted in Leeds"}
{"text": "We look for a nurse and a driver"}
{"text": "Driver for night shifts"}
"""
# There is no model yet: patterns ask, until the answers have taught one.
PATTERNS = b"""{"label": "job_title", "pattern": [{"lower": "nurse"}]}
{"label": "job_title", "pattern": [{"lower": "driver"}]}
"""
ME = "ada"


def new_id():
    """Makes a call that is repeated harmless: a repetition gets the first reply again."""
    return str(uuid.uuid4())


def import_texts(service):
    def parts():
        yield api.ImportSourceRequest(header=api.ImportSourceRequest.Header(
            request_id=new_id(), source="ads", format=api.SOURCE_FORMAT_JSONL))
        yield api.ImportSourceRequest(chunk=TEXTS)

    imported = service.ImportSource(parts(), timeout=60)
    assert imported.num_added == 3, imported


def make_queue(service):
    service.CreateQueue(api.CreateQueueRequest(request_id=new_id(), spec=api.QueueSpec(
        name="titles", kind=api.TASK_KIND_TEACH, source="ads", dataset="title_answers",
        labels=["job_title"], model="blank:en", patterns=PATTERNS.decode())), timeout=60)
    queue = service.GetQueue(api.GetQueueRequest(name="titles", wait=True), timeout=60)
    assert queue.status.state == api.QUEUE_STATE_OPEN, queue


def lease(service, number):
    return service.LeaseTasks(
        api.LeaseTasksRequest(queue="titles", annotator=ME, max_tasks=number), timeout=60)


def answer(service, task, verdict):
    reply = service.SubmitAnswers(api.SubmitAnswersRequest(
        queue="titles", annotator=ME, answers=[api.NewAnswer(
            answer_id=new_id(), task_id=task.task_id, fencing_token=task.fencing_token,
            verdict=verdict)]), timeout=60)
    # Each answer has a result of its own.
    assert reply.results[0].HasField("stored"), reply
    return reply.results[0].stored


def annotate(service):
    """Answers what is left, by one stream: tasks come ahead, and each answer is acknowledged."""
    requests = queue.SimpleQueue()
    requests.put(api.AnnotateRequest(start=api.AnnotateRequest.Start(
        queue="titles", annotator=ME, num_tasks_ahead=2)))
    num_acknowledged = 0
    for response in service.Annotate(iter(requests.get, None), timeout=60):
        if response.HasField("task"):
            requests.put(api.AnnotateRequest(answer=api.NewAnswer(
                answer_id=new_id(), task_id=response.task.task_id,
                fencing_token=response.task.fencing_token, verdict=common.VERDICT_ACCEPT)))
        elif response.HasField("acknowledgement"):
            assert response.acknowledgement.result.HasField("stored"), response
            num_acknowledged += 1
        elif response.no_task.reason == api.NO_TASK_REASON_EXHAUSTED:
            requests.put(None)  # Closes our side, and the server ends the stream.
    return num_acknowledged


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        service = annotation_pb2_grpc.AnnotationServiceStub(channel)
        import_texts(service)
        make_queue(service)

        leased = lease(service, 2)
        assert len(leased.tasks) == 2, leased
        for task in leased.tasks:
            span = task.question.span
            print(f"{task.text[span.start:span.end]!r} a {span.label}? ({task.text!r})")
            assert span.label == "job_title" and task.strategy == "patterns", task
        answer(service, leased.tasks[0], common.VERDICT_ACCEPT)
        mistaken = answer(service, leased.tasks[1], common.VERDICT_REJECT)

        undone = service.UndoAnswer(api.UndoAnswerRequest(
            request_id=new_id(), queue="titles", annotator=ME), timeout=60)
        assert undone.undone_revision == mistaken.revision, undone
        assert undone.task.task_id == leased.tasks[1].task_id, undone
        answer(service, undone.task, common.VERDICT_ACCEPT)

        log = service.ListAnswers(api.ListAnswersRequest(dataset="title_answers"), timeout=60)
        kinds = [entry.WhichOneof("entry") for entry in log.entries]
        assert kinds == ["answer", "answer", "undo", "answer"], log
        assert not log.has_more, log
        dataset = service.GetDataset(api.GetDatasetRequest(name="title_answers"), timeout=60)
        assert (dataset.num_accepted, dataset.num_rejected) == (2, 0), dataset

        # An error is a status, with google.rpc details for programs.
        try:
            service.GetQueue(api.GetQueueRequest(name="title"), timeout=60)
            raise AssertionError("there is no queue 'title'")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
            print(error.details())
        num_more = annotate(service)
        assert num_more > 0
    print(f"a teach round in Python: 3 answers, 1 undo, {num_more} answers on a stream")


if __name__ == "__main__":
    main()

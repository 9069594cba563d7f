package org.winnow.example;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.winnow.annotation.v1.AnnotationServiceGrpc;
import org.winnow.annotation.v1.AnnotationServiceGrpc.AnnotationServiceBlockingStub;
import org.winnow.annotation.v1.CreateQueueRequest;
import org.winnow.annotation.v1.GetDatasetRequest;
import org.winnow.annotation.v1.GetQueueRequest;
import org.winnow.annotation.v1.ImportSourceRequest;
import org.winnow.annotation.v1.ImportSourceResponse;
import org.winnow.annotation.v1.LeaseTasksRequest;
import org.winnow.annotation.v1.ListAnswersRequest;
import org.winnow.annotation.v1.NewAnswer;
import org.winnow.annotation.v1.QueueSpec;
import org.winnow.annotation.v1.QueueState;
import org.winnow.annotation.v1.SourceFormat;
import org.winnow.annotation.v1.SubmitAnswersRequest;
import org.winnow.annotation.v1.SubmitAnswersResponse;
import org.winnow.annotation.v1.Task;
import org.winnow.annotation.v1.TaskKind;
import org.winnow.annotation.v1.UndoAnswerRequest;
import org.winnow.common.v1.Span;
import org.winnow.common.v1.Verdict;

/** One teach round: import texts, make a queue, lease, answer, take back, list the log. */
public final class TeachRound {
  private static final String TEXTS =
      """
      {"text": "Nurse wanted in Leeds"}
      {"text": "We look for a nurse and a driver"}
      {"text": "Driver for night shifts"}
      """;
  // There is no model yet: patterns ask, until the answers have taught one.
  private static final String PATTERNS =
      """
      {"label": "job_title", "pattern": [{"lower": "nurse"}]}
      {"label": "job_title", "pattern": [{"lower": "driver"}]}
      """;
  private static final String ME = "ada";

  /** An id makes a call that is repeated harmless: a repetition gets the first reply again. */
  private static String newId() {
    return UUID.randomUUID().toString();
  }

  private static void expect(boolean ok, Object what) {
    if (!ok) throw new AssertionError("not as expected: " + what);
  }

  private static void importTexts(ManagedChannel channel) {
    CompletableFuture<ImportSourceResponse> imported = new CompletableFuture<>();
    StreamObserver<ImportSourceRequest> parts =
        AnnotationServiceGrpc.newStub(channel)
            .importSource(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ImportSourceResponse response) {
                    imported.complete(response);
                  }

                  @Override
                  public void onError(Throwable error) {
                    imported.completeExceptionally(error);
                  }

                  @Override
                  public void onCompleted() {}
                });
    parts.onNext(
        ImportSourceRequest.newBuilder()
            .setHeader(
                ImportSourceRequest.Header.newBuilder()
                    .setRequestId(newId())
                    .setSource("ads")
                    .setFormat(SourceFormat.SOURCE_FORMAT_JSONL))
            .build());
    parts.onNext(ImportSourceRequest.newBuilder().setChunk(ByteString.copyFromUtf8(TEXTS)).build());
    parts.onCompleted();
    expect(imported.join().getNumAdded() == 3, imported);
  }

  private static void makeQueue(AnnotationServiceBlockingStub service) {
    service.createQueue(
        CreateQueueRequest.newBuilder()
            .setRequestId(newId())
            .setSpec(
                QueueSpec.newBuilder()
                    .setName("titles")
                    .setKind(TaskKind.TASK_KIND_TEACH)
                    .setSource("ads")
                    .setDataset("title_answers")
                    .addLabels("job_title")
                    .setModel("blank:en")
                    .setPatterns(PATTERNS))
            .build());
    var queue =
        service.getQueue(GetQueueRequest.newBuilder().setName("titles").setWait(true).build());
    expect(queue.getStatus().getState() == QueueState.QUEUE_STATE_OPEN, queue);
  }

  private static SubmitAnswersResponse.Stored answer(
      AnnotationServiceBlockingStub service, Task task, Verdict verdict) {
    var reply =
        service.submitAnswers(
            SubmitAnswersRequest.newBuilder()
                .setQueue("titles")
                .setAnnotator(ME)
                .addAnswers(
                    NewAnswer.newBuilder()
                        .setAnswerId(newId())
                        .setTaskId(task.getTaskId())
                        .setFencingToken(task.getFencingToken())
                        .setVerdict(verdict))
                .build());
    // Each answer has a result of its own.
    expect(reply.getResults(0).hasStored(), reply);
    return reply.getResults(0).getStored();
  }

  private static void play(AnnotationServiceBlockingStub service) {
    makeQueue(service);
    var leased =
        service.leaseTasks(
            LeaseTasksRequest.newBuilder()
                .setQueue("titles")
                .setAnnotator(ME)
                .setMaxTasks(2)
                .build());
    expect(leased.getTasksCount() == 2, leased);
    for (Task task : leased.getTasksList()) {
      Span span = task.getQuestion().getSpan();
      // Offsets count code points.
      int start = task.getText().offsetByCodePoints(0, span.getStart());
      int end = task.getText().offsetByCodePoints(0, span.getEnd());
      System.out.printf(
          "'%s' a %s? ('%s')%n",
          task.getText().substring(start, end), span.getLabel(), task.getText());
    }
    answer(service, leased.getTasks(0), Verdict.VERDICT_ACCEPT);
    var mistaken = answer(service, leased.getTasks(1), Verdict.VERDICT_REJECT);

    var undone =
        service.undoAnswer(
            UndoAnswerRequest.newBuilder()
                .setRequestId(newId())
                .setQueue("titles")
                .setAnnotator(ME)
                .build());
    expect(undone.getUndoneRevision() == mistaken.getRevision(), undone);
    answer(service, undone.getTask(), Verdict.VERDICT_ACCEPT);

    var log =
        service.listAnswers(ListAnswersRequest.newBuilder().setDataset("title_answers").build());
    expect(log.getEntriesCount() == 4 && log.getEntries(2).hasUndo(), log);
    var dataset =
        service.getDataset(GetDatasetRequest.newBuilder().setName("title_answers").build());
    expect(dataset.getNumAccepted() == 2 && dataset.getNumRejected() == 0, dataset);
    System.out.println("a teach round in Java: 3 answers, 1 undo");
  }

  public static void main(String[] arguments) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(arguments[0], InsecureChannelCredentials.create()).build();
    try {
      importTexts(channel);
      play(AnnotationServiceGrpc.newBlockingStub(channel));
    } finally {
      channel.shutdownNow();
    }
  }
}

// AnnotationService.Annotate and WatchQueue on a real server: people who work, and those who do not
// read, are lost, send nonsense or are too many.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/people_writer.h"
#include "common/access/testing.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/corpus/ids.h"
#include "common/models/model_store.h"
#include "common/rpc/access_control.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "common/rpc/streams.h"
#include "common/tasks/testing_workplace.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "services/annotation/annotation_service.h"

namespace winnow::annotation {
namespace {

using access::Role;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr absl::Duration kTestDeadline = absl::Seconds(30);

// A client's end of the stream. Not thread-safe.
class Annotator {
 public:
  explicit Annotator(v1::AnnotationService::Stub& stub) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kTestDeadline));
    stream_ = stub.Annotate(&context_);
  }
  ~Annotator() {
    if (!has_finished_) Cancel();
  }

  void Send(const v1::AnnotateRequest& request) { stream_->Write(request); }
  void Start(const std::string& annotator, uint32_t num_tasks_ahead = 1) {
    v1::AnnotateRequest request;
    request.mutable_start()->set_queue("q");
    request.mutable_start()->set_annotator(annotator);
    request.mutable_start()->set_num_tasks_ahead(num_tasks_ahead);
    request.mutable_start()->mutable_ttl()->set_seconds(absl::ToInt64Seconds(tasks::kMaxLease));
    Send(request);
  }
  // The id of the answer.
  std::string Answer(const v1::Task& task) {
    v1::AnnotateRequest request;
    request.mutable_answer()->set_answer_id(rpc::NewRequestId());
    request.mutable_answer()->set_task_id(task.task_id());
    request.mutable_answer()->set_fencing_token(task.fencing_token());
    request.mutable_answer()->set_verdict(winnow::common::v1::VERDICT_ACCEPT);
    Send(request);
    return request.answer().answer_id();
  }

  v1::AnnotateResponse Read() {
    v1::AnnotateResponse response;
    EXPECT_TRUE(stream_->Read(&response)) << "the stream has ended";
    return response;
  }
  // The next that is no reason for having no task, which may change at any moment.
  v1::AnnotateResponse ReadPastReasons() {
    v1::AnnotateResponse response = Read();
    while (response.has_no_task()) response = Read();
    return response;
  }
  v1::Task ReadTask() {
    const v1::AnnotateResponse response = Read();
    EXPECT_TRUE(response.has_task()) << response.ShortDebugString();
    return response.task();
  }
  v1::SubmitAnswersResponse::Result ReadAcknowledgement(const std::string& id) {
    const v1::AnnotateResponse response = Read();
    EXPECT_EQ(response.acknowledgement().answer_id(), id) << response.ShortDebugString();
    return response.acknowledgement().result();
  }
  v1::NoTaskReason ReadReason() {
    const v1::AnnotateResponse response = Read();
    EXPECT_TRUE(response.has_no_task()) << response.ShortDebugString();
    return response.no_task().reason();
  }

  void CloseSide() { stream_->WritesDone(); }
  void Cancel() {
    context_.TryCancel();
    Finish().IgnoreError();
  }
  // Reads what is left.
  absl::Status Finish() {
    has_finished_ = true;
    v1::AnnotateResponse response;
    while (stream_->Read(&response)) {
    }
    return rpc::FromGrpc(stream_->Finish());
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AnnotateRequest, v1::AnnotateResponse>> stream_;
  bool has_finished_ = false;
};

class AnnotateTest : public access::AccessTest {
 protected:
  void TearDown() override {
    // As Composition::Stop.
    streams_.Stop();
    workplace_.waiters().Stop();
    server_->Shutdown();
  }

  std::unique_ptr<v1::AnnotationService::Stub> Connect(const std::string& token = "") {
    return v1::AnnotationService::NewStub(*rpc::Connect(absl::StrCat("127.0.0.1:", server_->port()),
                                                        {.token = token, .own_connection = true}));
  }
  std::string AddPerson(const std::string& name, Role role) {
    const std::string token = writer_->Add(name, role).value_or("");
    control_->people().Refresh();
    return token;
  }
  void AddTasks(int num_tasks) {
    for (const std::string& text : tasks::Texts(num_tasks)) workplace_.AddTask(text);
  }
  // A second after the other, as long as it takes the server to look.
  void LetTimePassUntilLogged(absl::string_view key, absl::string_view value) {
    const auto is_it = [&](const LogRecord& record) { return FieldOf(record, key) == value; };
    while (true) {
      const std::vector<LogRecord> records = log_.records();
      if (std::any_of(records.begin(), records.end(), is_it)) return;
      workplace_.clock().Advance(absl::Seconds(1));
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  // The status of a stream whose client sends these messages.
  absl::Status StatusOf(const std::vector<v1::AnnotateRequest>& requests) {
    Annotator worker(*stub_);
    for (const v1::AnnotateRequest& request : requests) worker.Send(request);
    worker.CloseSide();
    return worker.Finish();
  }
  static v1::AnnotateRequest StartOf(const std::string& queue, const std::string& annotator) {
    v1::AnnotateRequest request;
    request.mutable_start()->set_queue(queue);
    request.mutable_start()->set_annotator(annotator);
    return request;
  }
  CapturedLog log_;
  tasks::TestWorkplace workplace_;
  metrics::Registry registry_;
  const std::unique_ptr<access::PeopleWriter> writer_ = *access::PeopleWriter::Open(directory());
  const std::unique_ptr<rpc::AccessControl> control_ =
      *rpc::AccessControl::Open(directory(), registry_);
  const models::ModelStore store_{directory()};
  models::ModelCache models_{&store_};
  ImportTurns import_turns_;
  // Four, so that a test may have too many.
  rpc::Streams streams_{workplace_.clock(), {.max_streams = 4}, absl::Milliseconds(2)};
  AnnotationServiceImpl service_{workplace_.corpus(),
                                 workplace_.shared(),
                                 streams_,
                                 models_,
                                 import_turns_,
                                 directory(),
                                 workplace_.clock(),
                                 [] { return absl::OkStatus(); },
                                 rpc::Handlers(registry_, control_->environment())};
  const std::unique_ptr<rpc::Server> server_ =
      *rpc::Server::Start({.address = "127.0.0.1:0"}, {&service_});
  const std::unique_ptr<v1::AnnotationService::Stub> stub_ = Connect();
};

TEST_F(AnnotateTest, TwoPeopleShareTheTasksAndAreToldWhenThereIsNothing) {
  AddTasks(4);
  Annotator anna(*stub_), bert(*stub_);
  anna.Start("anna", 2);
  const v1::Task first = anna.ReadTask(), second = anna.ReadTask();
  bert.Start("bert", 5);
  const v1::Task third = bert.ReadTask(), fourth = bert.ReadTask();
  EXPECT_EQ(bert.ReadReason(), v1::NO_TASK_REASON_ALL_LEASED);
  const std::set<std::string> ids = {first.task_id(), second.task_id(), third.task_id(),
                                     fourth.task_id()};
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_TRUE(anna.ReadAcknowledgement(anna.Answer(first)).has_stored());
  EXPECT_EQ(anna.ReadReason(), v1::NO_TASK_REASON_ALL_LEASED);
  anna.CloseSide();
  EXPECT_TRUE(anna.Finish().ok());
  EXPECT_EQ(bert.ReadTask().task_id(), second.task_id()) << "what anna left";
  EXPECT_EQ(bert.ReadReason(), v1::NO_TASK_REASON_ALL_LEASED);
  workplace_.AddTask("another text");
  EXPECT_EQ(bert.ReadTask().text(), "another text");
}

TEST_F(AnnotateTest, AnswersAreAcknowledgedInTheirOrderEachWithItsResult) {
  AddTasks(20);
  Annotator anna(*stub_);
  anna.Start("anna", 10);
  std::vector<v1::Task> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(anna.ReadTask());
  // One with a stale token, one that nobody knows, one without sense.
  tasks[2].set_fencing_token(tasks[2].fencing_token() + 1);
  tasks[5].set_task_id(std::string(32, 'f'));
  tasks[7].set_task_id("nonsense");
  std::vector<std::string> sent, acknowledged;
  std::vector<std::string> refused;
  for (const v1::Task& task : tasks) sent.push_back(anna.Answer(task));
  while (acknowledged.size() < sent.size()) {
    const v1::AnnotateResponse response = anna.Read();
    if (!response.has_acknowledgement()) continue;
    const v1::AnnotateResponse::Acknowledgement& given = response.acknowledgement();
    acknowledged.push_back(given.answer_id());
    if (given.result().has_error())
      refused.push_back(winnow::common::v1::ErrorReason_Name(given.result().error().reason()));
  }
  EXPECT_EQ(acknowledged, sent);
  EXPECT_THAT(refused, ElementsAre("ERROR_REASON_LEASE_LOST", "ERROR_REASON_UNKNOWN_TASK",
                                   "ERROR_REASON_INVALID_INPUT"));
  EXPECT_EQ(corpus::AnswersOf(workplace_.corpus().reader(), "d").size(), 7u);
}

TEST_F(AnnotateTest, AnswersAreTakenBackAndTasksReleasedOnTheStream) {
  AddTasks(1);
  Annotator anna(*stub_);
  anna.Start("anna");
  const v1::Task task = anna.ReadTask();
  const auto stored = anna.ReadAcknowledgement(anna.Answer(task));
  EXPECT_EQ(anna.ReadReason(), v1::NO_TASK_REASON_EXHAUSTED);
  v1::AnnotateRequest undo;
  undo.mutable_undo()->set_request_id("no id");
  anna.Send(undo);
  EXPECT_EQ(anna.Read().undone().error().reason(), winnow::common::v1::ERROR_REASON_INVALID_INPUT);
  undo.mutable_undo()->set_request_id(rpc::NewRequestId());
  anna.Send(undo);
  // The stream looks for a task meanwhile, and finds that all are leased.
  const v1::AnnotateResponse undone = anna.ReadPastReasons();
  EXPECT_EQ(undone.undone().request_id(), undo.undo().request_id());
  EXPECT_EQ(undone.undone().undone().undone_revision(), stored.stored().revision());
  v1::AnnotateRequest release;
  release.mutable_release()->set_task_id(task.task_id());
  release.mutable_release()->set_fencing_token(undone.undone().undone().task().fencing_token());
  anna.Send(release);
  const v1::Task again = anna.ReadPastReasons().task();
  EXPECT_EQ(again.task_id(), task.task_id()) << "nobody else wants it";
  EXPECT_TRUE(anna.ReadAcknowledgement(anna.Answer(again)).has_stored());
}

TEST_F(AnnotateTest, AStreamBeginsWithOneStart) {
  v1::AnnotateRequest answer;
  answer.mutable_answer()->set_answer_id(rpc::NewRequestId());
  for (const std::vector<v1::AnnotateRequest>& requests :
       {std::vector<v1::AnnotateRequest>(),
        {answer},
        {v1::AnnotateRequest()},
        {StartOf("q", "anna"), StartOf("q", "anna")}}) {
    const absl::Status status = StatusOf(requests);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("must be start"));
  }
  const absl::Status empty = StatusOf({StartOf("q", "anna"), v1::AnnotateRequest()});
  EXPECT_TRUE(absl::IsInvalidArgument(empty)) << empty;
}

TEST_F(AnnotateTest, EverythingWrongWithTheStartIsNamed) {
  v1::AnnotateRequest bad = StartOf("../q", "an\nna");
  EXPECT_THAT(Violations::Of(StatusOf({bad})),
              ElementsAre(Field(&Violation::where, "start.queue"),
                          Field(&Violation::where, "start.annotator")));
  bad = StartOf("q", "anna");
  bad.mutable_start()->set_num_tasks_ahead(101);
  bad.mutable_start()->mutable_ttl()->set_seconds(-1);
  EXPECT_THAT(Violations::Of(StatusOf({bad})),
              ElementsAre(Field(&Violation::where, "start.num_tasks_ahead"),
                          Field(&Violation::where, "start.ttl")));
  EXPECT_THAT(Violations::Of(StatusOf({StartOf("q", "")})),
              ElementsAre(Field(&Violation::where, "annotator")));
  v1::AnnotateRequest release;
  release.mutable_release()->set_task_id("nonsense");
  EXPECT_THAT(Violations::Of(StatusOf({StartOf("q", "anna"), release})),
              ElementsAre(Field(&Violation::where, "release.task_id")));
}

TEST_F(AnnotateTest, AQueueThatHandsNothingOutEndsTheStream) {
  // The client's side stays open.
  Annotator lost(*stub_);
  lost.Send(StartOf("nowhere", "anna"));
  EXPECT_EQ(ReasonOf(lost.Finish()), "UNKNOWN_QUEUE");
  workplace_.SetMode(storage::v1::QUEUE_MODE_ARCHIVED);
  Annotator late(*stub_);
  late.Start("anna");
  const absl::Status archived = late.Finish();
  EXPECT_TRUE(absl::IsFailedPrecondition(archived)) << archived;
  EXPECT_EQ(ReasonOf(archived), "QUEUE_ARCHIVED");
}

TEST_F(AnnotateTest, AStreamIsInItsCallersNameAndEndsWithTheirToken) {
  AddTasks(1);
  const std::string anna = AddPerson("anna", Role::kAdmin);
  const std::string bert = AddPerson("bert", Role::kAnnotator);
  EXPECT_EQ(ReasonOf(StatusOf({StartOf("q", "anna")})), "NO_TOKEN");
  const auto stub = Connect(bert);
  Annotator other(*stub);
  other.Start("anna");
  const absl::Status wrong = other.Finish();
  EXPECT_TRUE(absl::IsPermissionDenied(wrong)) << wrong;
  EXPECT_EQ(ReasonOf(wrong), "WRONG_PERSON");
  Annotator own(*stub);
  own.Start("");
  const v1::Task task = own.ReadTask();
  ASSERT_TRUE(writer_->Disable("bert").ok());
  control_->people().Refresh();
  LetTimePassUntilLogged("reason", "DISABLED");
  EXPECT_EQ(ReasonOf(own.Finish()), "DISABLED");
  const auto admin = Connect(anna);
  Annotator after(*admin);
  after.Start("");
  EXPECT_EQ(after.ReadTask().task_id(), task.task_id());
}

TEST_F(AnnotateTest, TheTasksOfAClientThatIsLostGoToOthers) {
  AddTasks(1);
  Annotator anna(*stub_);
  anna.Start("anna");
  const v1::Task task = anna.ReadTask();
  Annotator bert(*stub_);
  bert.Start("bert");
  EXPECT_EQ(bert.ReadReason(), v1::NO_TASK_REASON_ALL_LEASED);
  anna.Cancel();
  EXPECT_EQ(bert.ReadTask().task_id(), task.task_id());
}

TEST_F(AnnotateTest, AClientThatDoesNotReadIsDropped) {
  // More than the window of a connection that does not grow.
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "word ";
  for (int i = 0; i < 4; ++i) workplace_.AddTask(absl::StrCat(text, i));
  grpc::ChannelArguments arguments = rpc::ChannelArguments();
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 << 10);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto stub = v1::AnnotationService::NewStub(grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials(), arguments));
  Annotator anna(*stub);
  anna.Start("anna", 4);
  const absl::Time begin = workplace_.clock().SteadyNow();
  LetTimePassUntilLogged("code", "DEADLINE_EXCEEDED");
  EXPECT_GE(workplace_.clock().SteadyNow() - begin, absl::Minutes(1));
  EXPECT_LT(workplace_.clock().SteadyNow() - begin, tasks::kMaxLease) << "no lease was lost";
  Annotator bert(*stub_);
  bert.Start("bert", 4);
  for (int i = 0; i < 4; ++i) bert.ReadTask();
  const absl::Status dropped = anna.Finish();
  EXPECT_TRUE(absl::IsDeadlineExceeded(dropped)) << dropped;
}

TEST_F(AnnotateTest, MoreStreamsThanThereMayBeAreToldWhenToComeBack) {
  std::vector<std::unique_ptr<Annotator>> workers;
  for (int i = 0; i < 4; ++i) {
    workers.push_back(std::make_unique<Annotator>(*stub_));
    workers.back()->Start(absl::StrCat("person", i));
    workers.back()->ReadReason();
  }
  const absl::Status refused = StatusOf({StartOf("q", "anna")});
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_GT(RetryAfterOf(refused).value_or(absl::ZeroDuration()), absl::ZeroDuration());
  grpc::ClientContext context;
  v1::WatchQueueRequest request;
  request.set_name("q");
  const absl::Status watch = rpc::FromGrpc(stub_->WatchQueue(&context, request)->Finish());
  EXPECT_TRUE(absl::IsResourceExhausted(watch)) << watch;
  workers.pop_back();
  absl::Status status = refused;
  while (absl::IsResourceExhausted(status)) status = StatusOf({StartOf("q", "anna")});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(AnnotateTest, AServerThatStopsEndsStreamsAndTakesTasksBack) {
  AddTasks(1);
  Annotator anna(*stub_), bert(*stub_);
  anna.Start("anna");
  anna.ReadTask();
  bert.Start("bert");
  bert.ReadReason();
  streams_.Stop();
  EXPECT_TRUE(absl::IsUnavailable(anna.Finish()));
  EXPECT_TRUE(absl::IsUnavailable(bert.Finish()));
  const auto queue = workplace_.queues().Wait("q");
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ((*queue)->Facts()->num_leased, 0u);
  EXPECT_TRUE(absl::IsUnavailable(StatusOf({StartOf("q", "anna")})));
}

TEST_F(AnnotateTest, AWatcherIsToldOfChangesUntilTheQueueIsGone) {
  grpc::ClientContext context;
  v1::WatchQueueRequest request;
  request.set_name("q");
  const auto watch = stub_->WatchQueue(&context, request);
  v1::Queue queue;
  ASSERT_TRUE(watch->Read(&queue));
  EXPECT_EQ(workplace_.queues().FindOpen("q"), nullptr) << "watching opens nothing";
  AddTasks(1);
  Annotator anna(*stub_);
  anna.Start("anna");
  anna.ReadAcknowledgement(anna.Answer(anna.ReadTask()));
  while (queue.status().num_answers() == 0) ASSERT_TRUE(watch->Read(&queue));
  ASSERT_TRUE(workplace_.queues().Delete({}, "q").ok());
  while (watch->Read(&queue)) {
  }
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(watch->Finish())), "UNKNOWN_QUEUE");
}

}  // namespace
}  // namespace winnow::annotation

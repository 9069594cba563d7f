// The end of a server: soon, whatever is under way.
#include <signal.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "services/cli/shell/session.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

// Far below the ten seconds for which calls used to be waited for; a second is the aim.
constexpr absl::Duration kSoon = absl::Seconds(6);

class ShutdownTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto rows = ExampleLines("job_titles_gold.jsonl", 200);
    ASSERT_TRUE(rows.ok()) << rows.status();
    ASSERT_TRUE(ImportDataset(session(), "base", *rows, annotation::v1::COVERAGE_COMPLETE).ok());
  }
  void TearDown() override {
    for (std::thread& caller : callers_) caller.join();
  }
  Session& session() { return server_->session(); }

  // A training that goes on for minutes, and somebody who watches it.
  void WatchATraining() {
    training::v1::CreateTrainingJobRequest request;
    request.set_request_id(cli::NewRequestId());
    *request.mutable_spec() = TrainingSpecOf("base", "blank:en", "titles");
    request.mutable_spec()->set_epochs(1000);
    grpc::ClientContext context;
    training::v1::TrainingJob job;
    ASSERT_TRUE(session().training().CreateTrainingJob(&context, request, &job).ok());
    callers_.emplace_back([this, id = job.id()] {
      grpc::ClientContext watch_context;
      training::v1::GetTrainingJobRequest watch;
      watch.set_id(id);
      const auto reader = session().training().WatchTrainingJob(&watch_context, watch);
      training::v1::TrainingJob seen;
      while (reader->Read(&seen)) running_.NotifyIf(seen.progress().num_done() > 0);
      EXPECT_FALSE(reader->Finish().ok());
    });
    running_.Wait();
  }

  // An upload, and a stream of predictions, that do not go on.
  void LeaveStreamsOpen() {
    callers_.emplace_back([this] {
      grpc::ClientContext context;
      annotation::v1::ImportSourceResponse response;
      const auto writer = session().annotation().ImportSource(&context, &response);
      annotation::v1::ImportSourceRequest request;
      request.mutable_header()->set_request_id(cli::NewRequestId());
      request.mutable_header()->set_source("pool");
      writer->Write(request);
      open_.NotifyIf(true);
      EXPECT_FALSE(writer->Finish().ok());
    });
    callers_.emplace_back([this] {
      grpc::ClientContext context;
      const auto stream = session().evaluation().PredictStream(&context);
      evaluation::v1::PredictResponse response;
      EXPECT_FALSE(stream->Read(&response));
      EXPECT_FALSE(stream->Finish().ok());
    });
    open_.Wait();
  }

  // Waits for an event on another thread.
  class Event {
   public:
    void NotifyIf(bool happened) {
      MutexLock lock(mutex_);
      happened_ |= happened;
      changed_.NotifyAll();
    }
    void Wait() {
      MutexLock lock(mutex_);
      while (!happened_) changed_.Wait(mutex_);
    }

   private:
    Mutex mutex_;
    CondVar changed_;
    bool happened_ WINNOW_GUARDED_BY(mutex_) = false;
  };

  // Somebody at work with a task in hand, and somebody who waits for one.
  void LeavePeopleAtWork() {
    ASSERT_TRUE(ImportSource(session(), "ads", R"({"text":"Nurse wanted"})").ok());
    annotation::v1::CreateQueueRequest request;
    request.set_request_id(cli::NewRequestId());
    request.mutable_spec()->set_name("q");
    request.mutable_spec()->set_kind(annotation::v1::TASK_KIND_MANUAL);
    request.mutable_spec()->set_source("ads");
    request.mutable_spec()->set_dataset("answers");
    request.mutable_spec()->add_labels(kJobTitle);
    const auto queue = cli::Call(session().annotation(),
                                 &annotation::v1::AnnotationService::Stub::CreateQueue, request);
    ASSERT_TRUE(queue.ok()) << queue.status();
    using Response = annotation::v1::AnnotateResponse;
    callers_.emplace_back([this] { Work("anna", working_, &Response::has_task); });
    working_.Wait();
    callers_.emplace_back([this] { Work("bert", waiting_, &Response::has_no_task); });
    waiting_.Wait();
  }
  // Returns when the server ends the stream.
  void Work(const std::string& person, Event& event,
            bool (annotation::v1::AnnotateResponse::*awaited)() const) {
    grpc::ClientContext context;
    const auto stream = session().annotation().Annotate(&context);
    annotation::v1::AnnotateRequest start;
    start.mutable_start()->set_queue("q");
    start.mutable_start()->set_annotator(person);
    stream->Write(start);
    annotation::v1::AnnotateResponse response;
    while (stream->Read(&response)) event.NotifyIf((response.*awaited)());
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
  Event running_;
  Event open_;
  Event working_;
  Event waiting_;
  std::vector<std::thread> callers_;
};

TEST_F(ShutdownTest, ComesSoonWhileAJobIsWatchedAndStreamsAreOpen) {
  WatchATraining();
  LeaveStreamsOpen();
  LeavePeopleAtWork();
  const auto begin = std::chrono::steady_clock::now();
  server_->process().Signal(SIGTERM);
  const absl::StatusOr<int> ended = server_->process().Wait();
  const absl::Duration took = absl::FromChrono(std::chrono::steady_clock::now() - begin);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(*ended, 0) << server_->process().err();
  EXPECT_LT(took, kSoon);
  RecordProperty("milliseconds", static_cast<int>(absl::ToInt64Milliseconds(took)));

  // What somebody had in hand was given back, not kept until its lease ends.
  for (std::thread& caller : callers_) caller.join();
  callers_.clear();
  server_ = *WinnowServer::Start(scratch_ / "data");
  annotation::v1::LeaseTasksRequest request;
  request.set_queue("q");
  request.set_annotator("cora");
  const auto leased = cli::Call(session().annotation(),
                                &annotation::v1::AnnotationService::Stub::LeaseTasks, request);
  ASSERT_TRUE(leased.ok()) << leased.status();
  EXPECT_EQ(leased->tasks_size(), 1);
}

TEST_F(ShutdownTest, ASecondSignalEndsTheProcessAtOnce) {
  LeaveStreamsOpen();
  server_->process().Signal(SIGTERM);
  ASSERT_TRUE(server_->process().AwaitLine("draining").ok());
  server_->process().Signal(SIGINT);
  const absl::StatusOr<int> ended = server_->process().Wait();
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(*ended, -SIGINT);
}

}  // namespace
}  // namespace winnow::integration

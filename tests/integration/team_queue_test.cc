// A queue for several people, as clients see it: overlap, waiting, pause, quota and progress.
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using annotation::v1::AnnotationService;
using ::testing::HasSubstr;

class TeamQueueTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    Session& session = server_->session();
    ASSERT_TRUE(ImportDataset(session, "base", *ExampleLines("job_titles_gold.jsonl", 60),
                              annotation::v1::COVERAGE_COMPLETE)
                    .ok());
    ASSERT_TRUE(ImportSource(session, "pool", *ExampleLines("job_titles_raw.jsonl", 60)).ok());
    ASSERT_TRUE(Train(session, TrainingSpecOf("base", "blank:en", "titles")).ok());
  }

  static annotation::v1::QueueSpec SpecOf(uint32_t overlap) {
    annotation::v1::QueueSpec spec;
    spec.set_name("q");
    spec.set_kind(annotation::v1::TASK_KIND_TEACH);
    spec.set_source("pool");
    spec.set_dataset("answers");
    spec.set_model("titles");
    spec.add_labels(kJobTitle);
    spec.set_overlap(overlap);
    // Each task once, and nothing again.
    spec.set_check_share(0);
    return spec;
  }
  absl::StatusOr<annotation::v1::Queue> Create(const annotation::v1::QueueSpec& spec) {
    annotation::v1::CreateQueueRequest request;
    request.set_request_id(cli::NewRequestId());
    *request.mutable_spec() = spec;
    return cli::Call(server_->session().annotation(), &AnnotationService::Stub::CreateQueue,
                     request, cli::kLongCall);
  }
  void CreateQueue(uint32_t overlap) {
    const auto queue = Create(SpecOf(overlap));
    ASSERT_TRUE(queue.ok()) << queue.status();
  }
  absl::StatusOr<annotation::v1::LeaseTasksResponse> Lease(const std::string& person,
                                                           int64_t wait_seconds = 0) {
    annotation::v1::LeaseTasksRequest request;
    request.set_queue("q");
    request.set_annotator(person);
    if (wait_seconds > 0) request.mutable_wait()->set_seconds(wait_seconds);
    return cli::Call(server_->session().annotation(), &AnnotationService::Stub::LeaseTasks,
                     request);
  }
  void Answer(const std::string& person, const annotation::v1::Task& task) {
    annotation::v1::SubmitAnswersRequest request;
    request.set_queue("q");
    request.set_annotator(person);
    annotation::v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(cli::NewRequestId());
    answer.set_task_id(task.task_id());
    answer.set_fencing_token(task.fencing_token());
    answer.set_verdict(common::v1::VERDICT_ACCEPT);
    const auto reply = cli::Call(server_->session().annotation(),
                                 &AnnotationService::Stub::SubmitAnswers, request);
    ASSERT_TRUE(reply.ok()) << reply.status();
    ASSERT_TRUE(reply->results(0).has_stored()) << reply->ShortDebugString();
    EXPECT_FALSE(reply->results(0).stored().surplus());
  }
  // Answers as long as there is something for the person; the tasks.
  std::set<std::string> AnswerAll(const std::string& person) {
    std::set<std::string> tasks;
    while (true) {
      const auto leased = Lease(person);
      EXPECT_TRUE(leased.ok()) << leased.status();
      if (!leased.ok()) return tasks;
      if (leased->tasks().empty()) {
        if (leased->no_task().reason() != annotation::v1::NO_TASK_REASON_SEARCHING) return tasks;
        absl::SleepFor(absl::Milliseconds(20));
        continue;
      }
      EXPECT_TRUE(tasks.insert(leased->tasks(0).task_id()).second) << "asked twice";
      Answer(person, leased->tasks(0));
    }
  }
  Finished Winnow(std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", server_->address()});
    return RunToEnd("winnow", words);
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(TeamQueueTest, EachTaskIsForTwoAndNeverForAThird) {
  CreateQueue(2);
  const std::set<std::string> anna = AnswerAll("anna");
  const std::set<std::string> bert = AnswerAll("bert");
  EXPECT_GT(anna.size(), 20u);
  EXPECT_EQ(anna, bert);
  EXPECT_TRUE(AnswerAll("cora").empty());
  const auto queue = GetQueue(server_->session(), "q");
  ASSERT_TRUE(queue.ok()) << queue.status();
  ASSERT_EQ(queue->status().people_size(), 2);
  EXPECT_EQ(queue->status().people(0).name(), "anna");
  EXPECT_EQ(queue->status().people(0).num_answers(), anna.size());
  EXPECT_EQ(queue->status().num_surplus_answers(), 0u);
}

TEST_F(TeamQueueTest, WhoWaitsGetsTheTaskThatSomebodyGivesBack) {
  CreateQueue(1);
  AnswerAll("anna");
  // The last answer is taken back, and its task held.
  annotation::v1::UndoAnswerRequest undo;
  undo.set_request_id(cli::NewRequestId());
  undo.set_queue("q");
  undo.set_annotator("anna");
  const auto undone =
      cli::Call(server_->session().annotation(), &AnnotationService::Stub::UndoAnswer, undo);
  ASSERT_TRUE(undone.ok()) << undone.status();
  absl::StatusOr<annotation::v1::LeaseTasksResponse> waited;
  absl::Time came;
  std::thread bert([&] {
    waited = Lease("bert", 30);
    came = absl::Now();
  });
  absl::SleepFor(absl::Milliseconds(300));
  annotation::v1::ReleaseTasksRequest release;
  release.set_queue("q");
  release.set_annotator("anna");
  release.add_tasks()->set_task_id(undone->task().task_id());
  release.mutable_tasks(0)->set_fencing_token(undone->task().fencing_token());
  const auto released =
      cli::Call(server_->session().annotation(), &AnnotationService::Stub::ReleaseTasks, release);
  const absl::Time given_back = absl::Now();
  bert.join();
  ASSERT_TRUE(released.ok()) << released.status();
  ASSERT_TRUE(waited.ok()) << waited.status();
  ASSERT_EQ(waited->tasks_size(), 1);
  EXPECT_EQ(waited->tasks(0).task_id(), undone->task().task_id());
  RecordProperty("waited_ms", absl::StrCat(absl::ToInt64Milliseconds(came - given_back)));
}

TEST_F(TeamQueueTest, AManagerPausesItAndChangesWhoGetsHowMuch) {
  CreateQueue(1);
  const auto held = Lease("anna");
  ASSERT_TRUE(held.ok()) << held.status();
  Finished set = Winnow({"queue", "set", "q", "--pause"});
  ASSERT_EQ(set.exit_code, 0) << set;
  EXPECT_EQ(Lease("bert")->no_task().reason(), annotation::v1::NO_TASK_REASON_PAUSED);
  Answer("anna", held->tasks(0));
  set = Winnow({"queue", "set", "q", "--resume", "--people", "anna,bert", "--quota", "2"});
  ASSERT_EQ(set.exit_code, 0) << set;
  EXPECT_TRUE(absl::IsPermissionDenied(Lease("cora").status()));
  Answer("anna", Lease("anna")->tasks(0));
  const auto reached = Lease("anna");
  ASSERT_TRUE(reached.ok()) << reached.status();
  EXPECT_EQ(reached->no_task().reason(), annotation::v1::NO_TASK_REASON_QUOTA);
  EXPECT_TRUE(reached->no_task().has_retry_time());

  const Finished progress = Winnow({"progress", "q"});
  EXPECT_EQ(progress.exit_code, 0) << progress;
  EXPECT_THAT(progress.out, HasSubstr("anna"));
  ASSERT_EQ(Winnow({"queue", "set", "q", "--archive"}).exit_code, 0);
  EXPECT_EQ(ReasonOf(Lease("bert").status()), "QUEUE_ARCHIVED");
  const Finished refused = Winnow({"queue", "set", "q", "--quota", "3"});
  EXPECT_EQ(refused.exit_code, 2) << refused;
  EXPECT_THAT(Winnow({"progress"}).out, HasSubstr("archived"));
  const Finished bad = Winnow({"queue", "set", "q", "--resume", "--overlap", "0"});
  EXPECT_EQ(bad.exit_code, 2) << bad;
}

TEST_F(TeamQueueTest, GoldTasksTellHowReliablePeopleAreAndCountForNothing) {
  annotation::v1::QueueSpec spec = SpecOf(1);
  spec.add_labels("place");
  spec.add_gold_datasets("base");
  spec.set_patterns(R"({"label":"place","pattern":"Berlin"})");
  spec.mutable_labels()->DeleteSubrange(0, 1);
  const auto refused = Create(spec);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  EXPECT_THAT(refused.status().message(), HasSubstr("gold_datasets"));

  spec = SpecOf(1);
  spec.add_gold_datasets("base");
  spec.set_check_share(0.5);
  const auto created = Create(spec);
  ASSERT_TRUE(created.ok()) << created.status();
  for (int i = 0; i < 20; ++i) {
    const auto leased = Lease("anna");
    ASSERT_TRUE(leased.ok()) << leased.status();
    ASSERT_EQ(leased->tasks_size(), 1) << leased->no_task().message();
    EXPECT_EQ(leased->tasks(0).strategy() == "audit" ? "uncertainty" : leased->tasks(0).strategy(),
              "uncertainty");
    Answer("anna", leased->tasks(0));
  }
  const auto queue = GetQueue(server_->session(), "q");
  ASSERT_TRUE(queue.ok()) << queue.status();
  const annotation::v1::PersonProgress& anna = queue->status().people(0);
  EXPECT_GT(anna.num_gold_checks(), 3u);
  EXPECT_EQ(queue->status().num_answers(), 20 - anna.num_gold_checks());
  EXPECT_EQ(queue->status().num_surplus_answers(), 0u);
  const auto log = ListLog(server_->session(), "answers");
  ASSERT_TRUE(log.ok()) << log.status();
  uint64_t num_checks = 0;
  for (const annotation::v1::LogEntry& entry : *log)
    num_checks += entry.answer().has_check() && entry.answer().check().gold_dataset() == "base";
  EXPECT_EQ(num_checks, anna.num_gold_checks());
  EXPECT_THAT(Winnow({"progress", "q"}).out,
              HasSubstr(absl::StrCat(anna.num_gold_agreed(), " of ", num_checks)));
}

TEST_F(TeamQueueTest, AWatcherIsToldOfEachChange) {
  CreateQueue(1);
  ASSERT_TRUE(GetQueue(server_->session(), "q").ok());
  grpc::ClientContext context;
  annotation::v1::WatchQueueRequest request;
  request.set_name("q");
  const auto stream = server_->session().annotation().WatchQueue(&context, request);
  annotation::v1::Queue queue;
  ASSERT_TRUE(stream->Read(&queue));
  EXPECT_EQ(queue.status().num_answers(), 0u);
  const auto held = Lease("anna");
  ASSERT_TRUE(held.ok()) << held.status();
  Answer("anna", held->tasks(0));
  while (queue.status().num_answers() == 0) ASSERT_TRUE(stream->Read(&queue));
  EXPECT_EQ(queue.status().people(0).name(), "anna");
  context.TryCancel();
}

TEST_F(TeamQueueTest, AListTellsHowQueuesStandAndOpensNone) {
  const auto in_list = [this] {
    annotation::v1::ListQueuesRequest request;
    request.set_with_status(true);
    const auto reply =
        cli::Call(server_->session().annotation(), &AnnotationService::Stub::ListQueues, request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply->queues(0).status();
  };
  CreateQueue(1);
  const auto held = Lease("anna");
  ASSERT_TRUE(held.ok()) << held.status();
  Answer("anna", held->tasks(0));
  EXPECT_EQ(in_list().state(), annotation::v1::QUEUE_STATE_OPEN);
  EXPECT_EQ(in_list().people(0).num_answers(), 1u);

  server_->Kill();
  auto again = WinnowServer::Start(scratch_ / "data");
  ASSERT_TRUE(again.ok()) << again.status();
  server_ = *std::move(again);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(in_list().state(), annotation::v1::QUEUE_STATE_CLOSED);
  ASSERT_TRUE(GetQueue(server_->session(), "q").ok());
  EXPECT_EQ(in_list().num_answers(), 1u);
}

}  // namespace
}  // namespace winnow::integration

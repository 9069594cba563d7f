// kill -9 in the middle of teaching: nothing acknowledged is lost, and the working model is the
// same, bit for bit.
#include <signal.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::Answer;
using annotation::v1::Queue;
using annotation::v1::Task;

constexpr size_t kBaseRows = 60;
constexpr size_t kPoolTexts = 150;
constexpr char kQueue[] = "teach";
constexpr char kAnswers[] = "answers";

// A model trained on a few rows, and a queue in which it asks about a pool whose gold is known.
absl::Status Prepare(Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const std::string base, ExampleLines("job_titles_gold.jsonl", kBaseRows));
  WINNOW_ASSIGN_OR_RETURN(const std::string pool, ExampleLines("job_titles_raw.jsonl", kPoolTexts));
  WINNOW_ASSIGN_OR_RETURN(const std::string gold,
                          ExampleLines("job_titles_raw_gold.jsonl", kPoolTexts));
  WINNOW_RETURN_IF_ERROR(
      ImportDataset(session, "base", base, annotation::v1::COVERAGE_COMPLETE).status());
  WINNOW_RETURN_IF_ERROR(
      ImportDataset(session, "gold", gold, annotation::v1::COVERAGE_COMPLETE).status());
  WINNOW_RETURN_IF_ERROR(ImportSource(session, "pool", pool).status());
  WINNOW_RETURN_IF_ERROR(Train(session, TrainingSpecOf("base", "blank:en", "titles")).status());
  return CreateTeachingQueue(session, kQueue, "titles", "pool", kAnswers).status();
}

// What must not depend on a restart; leases do, and are left out.
std::string Describe(const Queue& queue) {
  return absl::StrCat(queue.model_version(), " step ", queue.learner_step(), " digest ",
                      queue.working_model_digest(), ": ", queue.num_answers(), " answers, ",
                      queue.num_accepted(), " accepted, ", queue.num_audit_answers(), " audit, ",
                      queue.num_hidden_candidates(), " hidden");
}

// Questions with their scores to the last bit.
std::vector<std::string> Describe(const std::vector<Task>& tasks) {
  std::vector<std::string> lines;
  for (const Task& task : tasks) {
    lines.push_back(absl::StrCat(task.task_id(), " ", task.strategy(), " ", task.model_version(),
                                 " step ", task.learner_step(), " '", task.text(), "' [",
                                 task.span().start(), ", ", task.span().end(), ") ",
                                 absl::Hex(std::bit_cast<uint64_t>(task.span().score()))));
  }
  return lines;
}

std::vector<std::string> Serialized(const std::vector<Answer>& answers) {
  std::vector<std::string> lines;
  for (const Answer& answer : answers) lines.push_back(answer.SerializeAsString());
  return lines;
}

class RestartTest : public testing::Test {
 protected:
  void Start(const std::string& data) {
    server_.reset();
    absl::StatusOr<std::unique_ptr<WinnowServer>> server = WinnowServer::Start(scratch_ / data);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  Session& session() { return server_->session(); }

  // Answers `n` questions from gold.
  void TeachFromGold(size_t n) {
    const absl::StatusOr<cli::Gold> gold = cli::Gold::Load(session(), "gold");
    ASSERT_TRUE(gold.ok()) << gold.status();
    const auto tasks = Teach(session(), kQueue, *gold, n);
    ASSERT_TRUE(tasks.ok()) << tasks.status();
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(RestartTest, TheWorkingModelIsTheSameBitForBit) {
  constexpr size_t kBefore = 37, kAfter = 16;
  constexpr uint32_t kQuestions = 25;
  Start("killed");
  ASSERT_EQ(Prepare(session()), absl::OkStatus());
  TeachFromGold(kBefore);
  const auto tasks = Lease(session(), kQueue, kQuestions);
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  ASSERT_EQ(tasks->size(), kQuestions);
  const auto queue = GetQueue(session(), kQueue);
  ASSERT_TRUE(queue.ok()) << queue.status();
  // The middle of teaching: steps were taken, and some answers wait for the next one.
  ASSERT_GE(queue->learner_step(), 2u);
  const auto answers = ListAnswers(session(), kAnswers);
  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->size(), kBefore);
  server_->Kill();

  Start("killed");
  const auto queue_after = GetQueue(session(), kQueue);
  ASSERT_TRUE(queue_after.ok()) << queue_after.status();
  EXPECT_EQ(Describe(*queue_after), Describe(*queue));
  const auto tasks_after = Lease(session(), kQueue, kQuestions);
  ASSERT_TRUE(tasks_after.ok()) << tasks_after.status();
  EXPECT_EQ(Describe(*tasks_after), Describe(*tasks));
  const auto answers_after = ListAnswers(session(), kAnswers);
  ASSERT_TRUE(answers_after.ok()) << answers_after.status();
  EXPECT_EQ(Serialized(*answers_after), Serialized(*answers));

  // And it goes on as if it had been there all the time. Leases are given back first, by one more
  // restart.
  server_->Kill();
  Start("killed");
  TeachFromGold(kAfter);
  const auto killed = GetQueue(session(), kQueue);
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_GT(killed->learner_step(), queue->learner_step());
  Start("undisturbed");
  ASSERT_EQ(Prepare(session()), absl::OkStatus());
  TeachFromGold(kBefore + kAfter);
  const auto undisturbed = GetQueue(session(), kQueue);
  ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
  EXPECT_EQ(Describe(*killed), Describe(*undisturbed));
}

// Leases and answers without pause until the server is gone. Every acknowledged answer goes to
// `acknowledged`: its revision, and the request that it came with.
class BusyAnnotator {
 public:
  BusyAnnotator(const std::string& address, const std::string& name)
      : name_(name), thread_([this, address] { Work(address); }) {}
  ~BusyAnnotator() { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  std::map<uint64_t, annotation::v1::SubmitAnswersRequest> acknowledged() const {
    MutexLock lock(mutex_);
    return acknowledged_;
  }

 private:
  void Work(const std::string& address) {
    const absl::StatusOr<std::unique_ptr<Session>> session = cli::ConnectTo(address);
    while (session.ok()) {
      annotation::v1::LeaseTasksRequest lease;
      lease.set_queue(kQueue);
      lease.set_annotator(name_);
      grpc::ClientContext lease_context;
      annotation::v1::LeaseTasksResponse leased;
      if (!(*session)->annotation().LeaseTasks(&lease_context, lease, &leased).ok() ||
          leased.tasks().empty())
        return;

      annotation::v1::SubmitAnswersRequest submit;
      submit.set_queue(kQueue);
      submit.set_annotator(name_);
      annotation::v1::NewAnswer& answer = *submit.add_answers();
      answer.set_answer_id(cli::NewRequestId());
      answer.set_task_id(leased.tasks(0).task_id());
      answer.set_fencing_token(leased.tasks(0).fencing_token());
      answer.set_verdict(leased.tasks(0).span().start() == 0 ? common::v1::VERDICT_ACCEPT
                                                             : common::v1::VERDICT_REJECT);
      grpc::ClientContext submit_context;
      annotation::v1::SubmitAnswersResponse submitted;
      if (!(*session)->annotation().SubmitAnswers(&submit_context, submit, &submitted).ok()) return;
      MutexLock lock(mutex_);
      if (submitted.results(0).code() == 0) acknowledged_[submitted.results(0).revision()] = submit;
    }
  }

  const std::string name_;
  mutable Mutex mutex_;
  std::map<uint64_t, annotation::v1::SubmitAnswersRequest> acknowledged_ WINNOW_GUARDED_BY(mutex_);
  std::thread thread_;
};

TEST_F(RestartTest, EveryAcknowledgedAnswerIsThereAndNoTaskIsAnsweredTwice) {
  constexpr int kAnnotators = 4;
  constexpr size_t kAnswersBeforeTheKill = 60;
  Start("data");
  ASSERT_EQ(Prepare(session()), absl::OkStatus());
  std::map<uint64_t, annotation::v1::SubmitAnswersRequest> acknowledged;
  {
    std::vector<std::unique_ptr<BusyAnnotator>> annotators;
    for (int i = 0; i < kAnnotators; ++i) {
      annotators.push_back(
          std::make_unique<BusyAnnotator>(server_->address(), absl::StrCat("annotator", i)));
    }
    const absl::Time deadline = absl::Now() + absl::Minutes(2);
    for (size_t n = 0; n < kAnswersBeforeTheKill && absl::Now() < deadline;
         absl::SleepFor(absl::Milliseconds(1))) {
      n = 0;
      for (const auto& annotator : annotators) n += annotator->acknowledged().size();
    }
    server_->Kill();
    for (const auto& annotator : annotators) {
      annotator->Join();
      acknowledged.merge(annotator->acknowledged());
    }
  }
  ASSERT_GE(acknowledged.size(), kAnswersBeforeTheKill);

  Start("data");
  const auto answers = ListAnswers(session(), kAnswers);
  ASSERT_TRUE(answers.ok()) << answers.status();
  std::set<std::string> task_ids;
  for (const Answer& answer : *answers) {
    EXPECT_TRUE(task_ids.insert(answer.task_id()).second)
        << "answered twice: " << answer.ShortDebugString();
  }
  for (const auto& [revision, request] : acknowledged) {
    const auto answer =
        std::find_if(answers->begin(), answers->end(),
                     [&](const Answer& candidate) { return candidate.revision() == revision; });
    ASSERT_NE(answer, answers->end()) << revision;
    EXPECT_EQ(answer->task_id(), request.answers(0).task_id());
    EXPECT_EQ(answer->verdict(), request.answers(0).verdict());
    EXPECT_EQ(answer->annotator(), request.annotator());
    // A client that lost the reply sends it again, and is told what it was.
    const auto again =
        cli::Call(session().annotation(), &AnnotationService::Stub::SubmitAnswers, request);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->results(0).code(), 0) << again->results(0).message();
    EXPECT_EQ(again->results(0).revision(), revision);
  }
  EXPECT_EQ(ListAnswers(session(), kAnswers)->size(), answers->size());
}

TEST_F(RestartTest, ATrainingThatWasKilledRunsAgainAndMakesOneVersion) {
  Start("data");
  ASSERT_EQ(Prepare(session()), absl::OkStatus());
  training::v1::CreateTrainingJobRequest create;
  create.set_request_id("again");
  *create.mutable_spec() = TrainingSpecOf("base", "titles", "titles");
  create.mutable_spec()->set_epochs(50);
  const auto job = cli::Call(session().training(),
                             &training::v1::TrainingService::Stub::CreateTrainingJob, create);
  ASSERT_TRUE(job.ok()) << job.status();
  server_->Kill();

  Start("data");
  const auto same = cli::Call(session().training(),
                              &training::v1::TrainingService::Stub::CreateTrainingJob, create);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->id(), job->id());
  training::v1::GetTrainingJobRequest watch;
  watch.set_id(job->id());
  grpc::ClientContext context;
  const auto reader = session().training().WatchTrainingJob(&context, watch);
  training::v1::TrainingJob last;
  while (reader->Read(&last)) {
  }
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.state(), training::v1::JOB_STATE_SUCCEEDED) << last.error();
  EXPECT_EQ(last.report().model_version(), "titles@2");
  const auto models =
      cli::Call(session().training(), &training::v1::TrainingService::Stub::ListModels, {});
  ASSERT_TRUE(models.ok()) << models.status();
  ASSERT_EQ(models->models_size(), 1);
  EXPECT_EQ(models->models(0).versions_size(), 2);
}

}  // namespace
}  // namespace winnow::integration

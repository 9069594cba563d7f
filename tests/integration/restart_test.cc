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
using annotation::v1::LogEntry;
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
  const annotation::v1::QueueStatus& status = queue.status();
  return absl::StrCat(status.model_version(), " step ", status.learner_step(), " digest ",
                      status.working_model_digest(), ": ", status.num_answers(), " answers, ",
                      status.num_accepted(), " accepted, ", status.num_audit_answers(), " audit, ",
                      status.num_hidden_candidates(), " hidden");
}

// Questions with their scores to the last bit.
std::vector<std::string> Describe(const std::vector<Task>& tasks) {
  std::vector<std::string> lines;
  for (const Task& task : tasks) {
    lines.push_back(
        absl::StrCat(task.task_id(), " ", task.strategy(), " ", task.model_version(), " step ",
                     task.learner_step(), " '", task.text(), "' [", task.question().span().start(),
                     ", ", task.question().span().end(), ") ",
                     absl::Hex(std::bit_cast<uint64_t>(task.question().span().score()))));
  }
  return lines;
}

std::vector<std::string> Serialized(const std::vector<LogEntry>& log) {
  std::vector<std::string> lines;
  for (const LogEntry& entry : log) lines.push_back(entry.SerializeAsString());
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
  Start("undisturbed");
  ASSERT_EQ(Prepare(session()), absl::OkStatus());
  TeachFromGold(kBefore);
  const auto queue = GetQueue(session(), kQueue);
  ASSERT_TRUE(queue.ok()) << queue.status();
  // The middle of teaching: steps were taken, and some answers wait for the next one.
  ASSERT_GE(queue->status().learner_step(), 2u);
  const auto tasks = Lease(session(), kQueue, kQuestions);
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  ASSERT_EQ(tasks->size(), kQuestions);
  TeachFromGold(kAfter);
  const auto queue_at_the_end = GetQueue(session(), kQueue);
  ASSERT_TRUE(queue_at_the_end.ok()) << queue_at_the_end.status();

  Start("killed");
  ASSERT_EQ(Prepare(session()), absl::OkStatus());
  TeachFromGold(kBefore);
  const auto log = ListLog(session(), kAnswers);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->size(), kBefore);
  server_->Kill();
  Start("killed");
  const auto queue_after = GetQueue(session(), kQueue);
  ASSERT_TRUE(queue_after.ok()) << queue_after.status();
  EXPECT_EQ(Describe(*queue_after), Describe(*queue));
  const auto tasks_after = Lease(session(), kQueue, kQuestions);
  ASSERT_TRUE(tasks_after.ok()) << tasks_after.status();
  EXPECT_EQ(Describe(*tasks_after), Describe(*tasks));
  const auto log_after = ListLog(session(), kAnswers);
  ASSERT_TRUE(log_after.ok()) << log_after.status();
  EXPECT_EQ(Serialized(*log_after), Serialized(*log));

  // And it goes on as if it had been there all the time, the leases from before included.
  server_->Kill();
  Start("killed");
  TeachFromGold(kAfter);
  const auto killed = GetQueue(session(), kQueue);
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_GT(killed->status().learner_step(), queue->status().learner_step());
  EXPECT_EQ(killed->status().num_leased(), kQuestions);
  EXPECT_EQ(Describe(*killed), Describe(*queue_at_the_end));
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
      answer.set_verdict(leased.tasks(0).question().span().start() == 0
                             ? common::v1::VERDICT_ACCEPT
                             : common::v1::VERDICT_REJECT);
      grpc::ClientContext submit_context;
      annotation::v1::SubmitAnswersResponse submitted;
      if (!(*session)->annotation().SubmitAnswers(&submit_context, submit, &submitted).ok()) return;
      MutexLock lock(mutex_);
      const auto& result = submitted.results(0);
      if (result.has_stored()) acknowledged_[result.stored().revision()] = submit;
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
  const auto log = ListLog(session(), kAnswers);
  ASSERT_TRUE(log.ok()) << log.status();
  std::vector<Answer> answers;
  for (const LogEntry& entry : *log) answers.push_back(entry.answer());
  std::set<std::string> task_ids;
  for (const Answer& answer : answers) {
    EXPECT_TRUE(task_ids.insert(answer.task_id()).second)
        << "answered twice: " << answer.ShortDebugString();
  }
  for (const auto& [revision, request] : acknowledged) {
    const auto answer = std::find_if(answers.begin(), answers.end(), [&](const Answer& candidate) {
      return candidate.revision() == revision;
    });
    ASSERT_NE(answer, answers.end()) << revision;
    EXPECT_EQ(answer->task_id(), request.answers(0).task_id());
    EXPECT_EQ(answer->verdict(), request.answers(0).verdict());
    EXPECT_EQ(answer->annotator(), request.annotator());
    // A client that lost the reply sends it again, and is told what it was.
    const auto again =
        cli::Call(session().annotation(), &AnnotationService::Stub::SubmitAnswers, request);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->results(0).stored().revision(), revision)
        << again->results(0).error().message();
  }
  EXPECT_EQ(ListLog(session(), kAnswers)->size(), answers.size());
}

TEST_F(RestartTest, ATrainingThatWasKilledRunsAgainAndMakesOneVersion) {
  Start("data");
  ASSERT_EQ(Prepare(session()), absl::OkStatus());
  training::v1::CreateTrainingJobRequest create;
  create.set_request_id(cli::NewRequestId());
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
  EXPECT_EQ(last.state(), training::v1::JOB_STATE_SUCCEEDED) << last.error().message();
  EXPECT_EQ(last.report().model_version(), "titles@2");
  const auto models =
      cli::Call(session().training(), &training::v1::TrainingService::Stub::ListModels, {});
  ASSERT_TRUE(models.ok()) << models.status();
  ASSERT_EQ(models->models_size(), 1);
  EXPECT_EQ(models->models(0).num_versions(), 2u);
}

}  // namespace
}  // namespace winnow::integration

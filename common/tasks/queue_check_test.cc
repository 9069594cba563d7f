// Checks of people, through a queue.
#include "common/base/status.h"
#include "common/tasks/queue.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using storage::v1::Verdict;
using ::testing::HasSubstr;

constexpr auto kAccept = storage::v1::VERDICT_ACCEPT;
constexpr auto kReject = storage::v1::VERDICT_REJECT;

class QueueCheckTest : public testing::Test {
 protected:
  QueueCheckTest() {
    record_.set_name("q");
    record_.set_kind(storage::v1::TASK_KIND_TEACH);
    record_.set_dataset("d");
    record_.add_labels("job");
    record_.set_strategy("random");
    record_.set_overlap(1);
    record_.set_check_share(0.5);
    std::vector<storage::v1::Example> examples;
    for (const std::string& text : Texts(400)) {
      tasks_.push_back(MakeTask(text));
      examples.push_back(corpus::MakeExample(text));
    }
    Change([&](corpus::Transaction& transaction) {
      WINNOW_RETURN_IF_ERROR(transaction.PutQueue(record_));
      return transaction.AppendTasks("q", tasks_, examples).status();
    });
  }

  void Open() {
    queue_.reset();
    queue_ = *Queue::Open(record_, *corpus_, clock_, std::make_unique<FakeStream>(tasks_));
  }
  template <typename Fn>
  void Change(const Fn& fn) {
    const absl::Status changed = corpus_->Change(fn);
    ASSERT_TRUE(changed.ok()) << changed;
  }
  // A gold set in which the first word of each text is a job.
  void MakeGold(int num_texts) {
    record_.add_gold_datasets("gold");
    std::vector<storage::v1::Answer> answers;
    std::vector<storage::v1::Example> examples;
    for (int i = 0; i < num_texts; ++i) {
      examples.push_back(corpus::MakeExample(absl::StrCat("gold ", i)));
      answers.push_back(corpus::MakeAnswer(examples.back().text()));
      answers.back().clear_decisions();
      *answers.back().add_decisions()->mutable_span() = corpus::MakeSpan(0, 4, "job");
    }
    Change([&](corpus::Transaction& transaction) {
      return transaction.AppendAnswers("gold", answers, examples).status();
    });
  }
  LeasedTask Next(const std::string& person = "ann") {
    const auto leased = Lease(*queue_, person);
    EXPECT_TRUE(leased.ok()) << leased.status();
    if (!leased.ok() || leased->tasks.empty()) return {};
    return leased->tasks[0];
  }
  storage::v1::StoredAnswer Answer(const LeasedTask& task, Verdict verdict = kAccept) {
    const auto stored = Submit(*queue_, task.lease, verdict);
    EXPECT_TRUE(stored.ok()) << stored.status();
    return stored.value_or(storage::v1::StoredAnswer());
  }
  // The next check of the person, who accepts what comes before.
  LeasedTask NextCheck(const std::string& person = "ann") {
    for (int i = 0; i < 300; ++i) {
      LeasedTask task = Next(person);
      if (task.lease.task().has_check()) return task;
      Answer(task);
    }
    ADD_FAILURE() << "no check";
    return {};
  }
  PersonFacts FactsOf(const std::string& person) { return queue_->Facts()->people[person]; }

  FakeClock clock_;
  storage::v1::Queue record_;
  std::vector<storage::v1::Task> tasks_;
  corpus::Disk disk_;
  std::unique_ptr<corpus::Corpus> corpus_ = *corpus::Corpus::Open(disk_.Attach(), clock_);
  std::unique_ptr<Queue> queue_;
};

TEST_F(QueueCheckTest, AnOwnTaskComesAgainLooksLikeAnotherAndCountsForNothing) {
  Open();
  const LeasedTask check = NextCheck();
  const storage::v1::Task& task = check.lease.task();
  const uint64_t earlier = task.check().own_revision();
  const auto first = corpus_->reader().GetAnswer("d", earlier);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(task.example_id(), first->example_id());
  EXPECT_EQ(task.question().span().label(), "job");
  EXPECT_EQ(task.question().score(), 0.5);
  EXPECT_EQ(task.selection().strategy(), "random");
  EXPECT_GT(task.view().end(), 0u);

  const QueueFacts before = *queue_->Facts();
  EXPECT_FALSE(Answer(check, kReject).surplus()) << "it would tell that it was a check";
  const QueueFacts after = *queue_->Facts();
  EXPECT_EQ(after.num_rejected, before.num_rejected);
  EXPECT_EQ(after.num_surplus, before.num_surplus);
  EXPECT_EQ(after.people.at("ann").checks.num_own, 1u);
  EXPECT_EQ(after.people.at("ann").checks.num_own_agreed, 0u);
  EXPECT_EQ(corpus_->reader().GetDataset("d")->num_rejected(), 0u);
}

TEST_F(QueueCheckTest, AGoldTaskIsAskedFromTheBeginning) {
  MakeGold(5);
  Open();
  const LeasedTask check = NextCheck();
  EXPECT_EQ(check.lease.task().check().gold_dataset(), "gold");
  EXPECT_THAT(check.example.text(), HasSubstr("gold"));
  Answer(check, kAccept);
  EXPECT_EQ(FactsOf("ann").checks.num_gold, 1u);
  EXPECT_EQ(FactsOf("ann").checks.num_gold_agreed, 1u);
}

TEST_F(QueueCheckTest, ACheckIsForItsPersonAlone) {
  MakeGold(5);
  Open();
  const LeasedTask check = NextCheck("ann");
  clock_.Advance(absl::Hours(1));
  for (int i = 0; i < 100; ++i) {
    const LeasedTask task = Next("bob");
    ASSERT_NE(task.lease.task().id(), check.lease.task().id());
    Answer(task);
  }
  // Late, and understood.
  EXPECT_TRUE(Answer(check).late());
}

TEST_F(QueueCheckTest, TheTaskInWhosePlaceItCameIsNextAndNoTaskIsLost) {
  MakeGold(50);
  Open();
  std::set<std::string> asked;
  int num_checks = 0;
  for (LeasedTask task = Next(); !task.lease.task().id().empty(); task = Next()) {
    if (task.lease.task().has_check()) {
      ++num_checks;
    } else {
      asked.insert(task.example.text());
    }
    Answer(task);
  }
  EXPECT_EQ(asked.size(), 400u);
  EXPECT_GT(num_checks, 50);
}

TEST_F(QueueCheckTest, WhatChecksFoundAndACheckInHandOutliveARestart) {
  MakeGold(50);
  Open();
  Answer(NextCheck(), kReject);
  const LeasedTask held = NextCheck();
  clock_.Advance(absl::Seconds(1));
  queue_.reset();
  corpus_.reset();
  corpus_ = *corpus::Corpus::Open(disk_.Attach(), clock_);
  Open();
  EXPECT_EQ(FactsOf("ann").checks.num_gold, 1u);
  EXPECT_EQ(FactsOf("ann").checks.num_gold_agreed, 0u);
  Answer(held, held.lease.task().check().verdict());
  EXPECT_EQ(FactsOf("ann").checks.num_gold + FactsOf("ann").checks.num_own, 2u);
  EXPECT_EQ(FactsOf("ann").checks.num_gold_agreed + FactsOf("ann").checks.num_own_agreed, 1u);
}

TEST_F(QueueCheckTest, ACheckThatIsTakenBackIsACheckAgain) {
  MakeGold(50);
  Open();
  const LeasedTask check = NextCheck();
  Answer(check, kReject);
  const auto undone = Undo(*queue_, "ann", "u1");
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->task.lease.task().id(), check.lease.task().id());
  EXPECT_EQ(undone->task.example.text(), check.example.text());
  EXPECT_EQ(FactsOf("ann").checks.num_gold, 0u);
  Answer(undone->task, kAccept);
  EXPECT_EQ(corpus_->reader().GetDataset("d")->num_rejected(), 0u);
  EXPECT_EQ(FactsOf("ann").checks.num_gold_agreed, 1u);
}

TEST_F(QueueCheckTest, WhoFallsBelowTheBarGetsNothingUntilItIsLowered) {
  MakeGold(100);
  record_.set_min_agreement(0.9);
  Open();
  for (uint64_t i = 0; i < kMinChecks; ++i) Answer(NextCheck(), kReject);
  const Emptiness paused = Lease(*queue_, "ann")->emptiness;
  EXPECT_EQ(paused.reason, NoTask::kPaused);
  EXPECT_THAT(paused.message, HasSubstr("'ann'"));
  EXPECT_TRUE(FactsOf("ann").checks.is_below_bar);
  EXPECT_FALSE(Lease(*queue_, "bob")->tasks.empty());
  record_.set_min_agreement(0);
  Open();
  EXPECT_FALSE(Lease(*queue_, "ann")->tasks.empty());
}

TEST_F(QueueCheckTest, AGoldSetThatIsGoneStopsNobody) {
  record_.add_gold_datasets("gone");
  Open();
  EXPECT_FALSE(Lease(*queue_, "ann")->tasks.empty());
}

}  // namespace
}  // namespace winnow::tasks

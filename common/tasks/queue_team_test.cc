// Who gets tasks of a queue, how many, and what is told of it.
#include "common/base/status.h"
#include "common/tasks/queue.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using ::testing::HasSubstr;

class QueueTeamTest : public testing::Test {
 protected:
  QueueTeamTest() {
    record_.set_name("q");
    record_.set_kind(storage::v1::TASK_KIND_TEACH);
    record_.set_dataset("d");
    record_.set_overlap(1);
  }

  void Open() {
    queue_.reset();
    std::vector<storage::v1::Task> tasks;
    std::vector<storage::v1::Example> examples;
    for (const std::string& text : Texts(20)) {
      tasks.push_back(MakeTask(text));
      examples.push_back(corpus::MakeExample(text));
    }
    const absl::Status stored = corpus_->Change([&](corpus::Transaction& transaction) {
      WINNOW_RETURN_IF_ERROR(transaction.PutQueue(record_));
      return transaction.AppendTasks("q", tasks, examples).status();
    });
    ASSERT_TRUE(stored.ok()) << stored;
    queue_ = *Queue::Open(record_, *corpus_, clock_, std::make_unique<FakeStream>(tasks));
  }
  void AnswerOne(const std::string& person) {
    const auto leased = Lease(*queue_, person);
    ASSERT_TRUE(leased.ok()) << leased.status();
    ASSERT_EQ(leased->tasks.size(), 1u) << leased->emptiness.message;
    ASSERT_TRUE(Submit(*queue_, leased->tasks[0].lease).ok());
  }

  FakeClock clock_{absl::FromCivil(absl::CivilSecond(2026, 3, 1, 23, 0, 0), absl::UTCTimeZone())};
  storage::v1::Queue record_;
  std::unique_ptr<corpus::Corpus> corpus_ =
      *corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
  std::unique_ptr<Queue> queue_;
};

TEST_F(QueueTeamTest, IsForThoseWhomItNames) {
  record_.add_people("anna");
  record_.add_people("bert");
  Open();
  AnswerOne("anna");
  const auto refused = Lease(*queue_, "cora");
  EXPECT_TRUE(absl::IsPermissionDenied(refused.status())) << refused.status();
  EXPECT_EQ(ReasonOf(refused.status()), "NOT_ON_QUEUE");
}

TEST_F(QueueTeamTest, WhoIsNotNamedAnyMoreMayStillAnswerWhatTheyHold) {
  Open();
  const LeaseReply held = *Lease(*queue_, "cora");
  record_.add_people("anna");
  Open();
  EXPECT_TRUE(Submit(*queue_, held.tasks[0].lease).ok());
}

TEST_F(QueueTeamTest, PausedItTakesAnswersAndHandsOutNothing) {
  Open();
  const LeaseReply held = *Lease(*queue_, "anna");
  record_.set_mode(storage::v1::QUEUE_MODE_PAUSED);
  Open();
  EXPECT_EQ(Lease(*queue_, "bert")->emptiness.reason, NoTask::kPaused);
  EXPECT_TRUE(Submit(*queue_, held.tasks[0].lease).ok());
  record_.set_mode(storage::v1::QUEUE_MODE_ARCHIVED);
  Open();
  EXPECT_EQ(ReasonOf(Lease(*queue_, "bert").status()), "QUEUE_ARCHIVED");
}

TEST_F(QueueTeamTest, AQuotaIsOfAPersonAndADay) {
  record_.set_daily_quota(2);
  Open();
  AnswerOne("anna");
  // What is in their hands counts, too.
  ASSERT_EQ(Lease(*queue_, "anna")->tasks.size(), 1u);
  const Emptiness reached = Lease(*queue_, "anna")->emptiness;
  EXPECT_EQ(reached.reason, NoTask::kQuota);
  EXPECT_THAT(reached.message, HasSubstr("of one person in a day: 2"));
  EXPECT_EQ(absl::FormatTime(absl::RFC3339_full, reached.retry_at, absl::UTCTimeZone()),
            "2026-03-02T00:00:00+00:00");
  AnswerOne("bert");
  clock_.Advance(absl::Hours(2));
  AnswerOne("anna");
  EXPECT_EQ(queue_->Facts()->people["anna"].num_today, 1u);
  EXPECT_EQ(queue_->Facts()->people["anna"].num_answers, 2u);
}

TEST_F(QueueTeamTest, AnAnswerTakenBackDoesNotCountForTheQuota) {
  record_.set_daily_quota(1);
  Open();
  AnswerOne("anna");
  EXPECT_EQ(Lease(*queue_, "anna")->emptiness.reason, NoTask::kQuota);
  const auto undone = Undo(*queue_, "anna", "u1");
  ASSERT_TRUE(undone.ok()) << undone.status();
  ASSERT_TRUE(Submit(*queue_, undone->task.lease).ok());
  EXPECT_EQ(queue_->Facts()->people["anna"].num_answers, 1u);
}

TEST_F(QueueTeamTest, WhoWaitsIsAskedAgainOnAnotherDay) {
  record_.set_daily_quota(1);
  Open();
  AnswerOne("anna");
  ASSERT_EQ(Lease(*queue_, "anna")->emptiness.reason, NoTask::kQuota);
  const uint64_t generation = queue_->Generation();
  EXPECT_EQ(queue_->Generation(), generation);
  clock_.Advance(absl::Hours(24));
  EXPECT_NE(queue_->Generation(), generation);
}

TEST_F(QueueTeamTest, TellsWhoHasDoneWhatAndHowFastPeopleAre) {
  record_.set_overlap(2);
  Open();
  for (int i = 0; i < 9; ++i) AnswerOne("anna");
  EXPECT_EQ(queue_->Facts()->pace, absl::ZeroDuration());
  const absl::Time first = clock_.Now();
  clock_.Advance(absl::Minutes(3));
  AnswerOne("bert");
  ASSERT_EQ(Lease(*queue_, "bert", 2)->tasks.size(), 2u);
  const QueueFacts facts = *queue_->Facts();
  EXPECT_EQ(facts.people.at("anna").num_answers, 9u);
  EXPECT_EQ(facts.people.at("anna").last_answer, first);
  EXPECT_EQ(facts.people.at("bert").num_leased, 2u);
  // Nine that Anna began, of which Bert has answered one and holds two.
  EXPECT_EQ(facts.num_begun, 6u);
  EXPECT_EQ(facts.pace, absl::Seconds(1));
}

}  // namespace
}  // namespace winnow::tasks

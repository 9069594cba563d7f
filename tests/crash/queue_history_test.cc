// The judge of queue_crash_test: it finds what is planted, and nothing in a history that is right.
#include "tests/crash/queue_history.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace winnow::integration {
namespace {

using annotation::v1::LogEntry;

constexpr char kQueue[] = "queue";

absl::Time At(int seconds) { return absl::FromUnixSeconds(seconds); }

class QueueHistoryTest : public testing::Test {
 protected:
  // A person has the task from then on for ten seconds.
  void Lease(const std::string& annotator, const std::string& task, int since) {
    history_.held.push_back({kQueue, task, annotator, At(since), At(since + 10)});
  }
  void Answer(const std::string& annotator, const std::string& task, int at, bool surplus = false) {
    annotation::v1::Answer& answer = *log_.emplace_back().mutable_answer();
    answer.set_revision(log_.size());
    answer.set_queue(kQueue);
    answer.set_task_id(task);
    answer.set_annotator(annotator);
    answer.set_verdict(common::v1::VERDICT_ACCEPT);
    answer.set_surplus(surplus);
    answer.mutable_answer_time()->set_seconds(at);
    AnswerGiven& given =
        history_.given.emplace_back(AnswerGiven{kQueue, task, annotator, answer.verdict(), {}});
    given.stored.set_revision(answer.revision());
    given.stored.set_surplus(surplus);
  }
  void Undo(uint64_t revision, int at) {
    annotation::v1::Undo& undo = *log_.emplace_back().mutable_undo();
    undo.set_revision(log_.size());
    undo.set_undone_revision(revision);
    undo.mutable_undo_time()->set_seconds(at);
    history_.taken_back.push_back({kQueue, revision});
  }
  QueueFindings Find(uint32_t overlap = 1) const {
    return Compare(
        kQueue, [overlap](const std::string&) { return overlap; }, log_, history_);
  }

  QueueHistory history_;
  std::vector<LogEntry> log_;
};

TEST_F(QueueHistoryTest, FindsNothingWhereAllIsRight) {
  Lease("ada", "t", 0);
  Answer("ada", "t", 1);
  Lease("ada", "t", 2);
  Undo(1, 2);
  Lease("bob", "t", 12);
  Answer("bob", "t", 13);
  Answer("ada", "t", 14, /*surplus=*/true);
  const QueueFindings findings = Find();
  EXPECT_TRUE(findings.words.empty()) << findings.words[0];
  EXPECT_EQ(findings.num_counted, 1u);
  EXPECT_EQ(findings.num_surplus, 1u);
}

TEST_F(QueueHistoryTest, FindsALostAnswer) {
  Answer("ada", "t", 1);
  log_.clear();
  EXPECT_EQ(Find().num_lost, 1u);
}

TEST_F(QueueHistoryTest, FindsAnAnswerThatIsNotAsItWasGiven) {
  Answer("ada", "t", 1);
  log_[0].mutable_answer()->set_verdict(common::v1::VERDICT_REJECT);
  EXPECT_EQ(Find().num_lost, 1u);
}

TEST_F(QueueHistoryTest, FindsADoubledAnswer) {
  Answer("ada", "t", 1);
  Answer("ada", "t", 1);
  history_.given.pop_back();
  const QueueFindings findings = Find();
  EXPECT_EQ(findings.num_doubled, 1u);
  EXPECT_EQ(findings.num_answered_again, 1u);
  EXPECT_EQ(findings.num_counted_too_often, 1u);
}

TEST_F(QueueHistoryTest, FindsOneRevisionForTwoAnswers) {
  Answer("ada", "t", 1);
  history_.given.push_back(history_.given[0]);
  EXPECT_EQ(Find().num_doubled, 1u);
}

TEST_F(QueueHistoryTest, FindsLostAndDoubledUndos) {
  Answer("ada", "t", 1);
  Undo(1, 2);
  history_.taken_back.clear();
  EXPECT_EQ(Find().num_doubled, 1u);
  history_.taken_back.push_back({kQueue, 1});
  log_.pop_back();
  EXPECT_EQ(Find().num_lost, 1u);
}

TEST_F(QueueHistoryTest, FindsATaskThatIsHeldByMorePeopleThanItsOverlap) {
  Lease("ada", "t", 0);
  Lease("bob", "t", 9);
  EXPECT_EQ(Find(1).num_held_too_often, 1u);
  EXPECT_EQ(Find(2).num_held_too_often, 0u);
}

TEST_F(QueueHistoryTest, FindsATaskThatIsLeasedWhenItIsAnswered) {
  Lease("ada", "t", 0);
  Answer("ada", "t", 1);
  Lease("bob", "t", 2);
  EXPECT_EQ(Find(1).num_held_too_often, 1u);
  EXPECT_EQ(Find(2).num_held_too_often, 0u);
}

TEST_F(QueueHistoryTest, FindsATaskThatIsHandedToWhomHasAnsweredIt) {
  Lease("ada", "t", 0);
  Answer("ada", "t", 1);
  Lease("ada", "t", 3);
  EXPECT_EQ(Find().num_handed_again, 1u);
  // Unless they took it back.
  Undo(1, 2);
  EXPECT_EQ(Find().num_handed_again, 0u);
}

TEST_F(QueueHistoryTest, FindsAnswersThatAreWronglyMarked) {
  Answer("ada", "t", 1, /*surplus=*/true);
  Answer("bob", "t", 2);
  EXPECT_EQ(Find().num_wrongly_marked, 1u);
  Answer("cid", "t", 3, /*surplus=*/true);
  EXPECT_EQ(Find(1).num_wrongly_marked, 1u);
  EXPECT_EQ(Find(2).num_wrongly_marked, 2u);
}

TEST_F(QueueHistoryTest, FindsAnAnswerThatIsLateTooEarly) {
  Lease("ada", "t", 0);
  for (const int at : {5, 12}) {
    log_.clear();
    history_.given.clear();
    Answer("ada", "t", at);
    log_[0].mutable_answer()->set_late(true);
    history_.given[0].stored.set_late(true);
    EXPECT_EQ(Find().num_wrongly_marked, at == 5 ? 1u : 0u);
  }
}

TEST_F(QueueHistoryTest, FindsAnAnswerThatOvertookAnother) {
  Answer("ada", "t", 1);
  Answer("bob", "u", 2);
  history_.given[1].sent = At(2);
  history_.given[1].acknowledged = At(3);
  history_.given[0].acknowledged = At(5);
  history_.given[0].sent = At(1);
  EXPECT_EQ(Find().num_out_of_order, 0u) << "at the same time";
  history_.given[0].sent = At(4);
  EXPECT_EQ(Find().num_out_of_order, 1u);
}

TEST_F(QueueHistoryTest, FindsATaskThatWasKeptFromWhomItIsOpenFor) {
  Lease("ada", "t", 0);
  Answer("ada", "t", 1);
  Lease("ada", "lost", 2);
  history_.told_nothing = {{kQueue, "ada"}, {kQueue, "bob"}};
  EXPECT_EQ(Find(1).num_kept_back, 2u) << "nobody has answered what Ada lost";
  Answer("ada", "lost", 3);
  EXPECT_EQ(Find(1).num_kept_back, 0u);
  EXPECT_EQ(Find(2).num_kept_back, 2u) << "Bob could answer both";
}

}  // namespace
}  // namespace winnow::integration

// What the queue owes to several people, to those who take an answer back, and to the log.
#include "common/base/status.h"
#include "common/tasks/queue.h"
#include "common/tasks/stored_stream.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using storage::v1::StoredAnswer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using LeaseRecord = storage::v1::Lease;

constexpr absl::Duration kTtl = absl::Minutes(5);

// Several people on a task.

TEST(QueueLogTest, OverlapTwoMeansTwoDifferentPeople) {
  TestQueue q(Texts(2), /*overlap=*/2);
  EXPECT_THAT(q.Take("ann", 3), SizeIs(2));
  EXPECT_THAT(q.Take("ann", 3), IsEmpty());
  const std::vector<LeaseRecord> of_bob = q.Take("bob", 3);
  EXPECT_THAT(of_bob, SizeIs(2));
  EXPECT_EQ(q.Lease("cem").emptiness.reason, NoTask::kAllLeased);
  ASSERT_TRUE(q.Submit(of_bob[0]).ok());
  EXPECT_THAT(q.Take("cem", 3), IsEmpty());
  // What ann lost goes to cem, and bob is not asked again.
  q.clock().Advance(kTtl);
  EXPECT_THAT(q.TakeTexts("bob", 3), ElementsAre("text 1"));
  EXPECT_THAT(q.TakeTexts("cem", 3), ElementsAre("text 0", "text 1"));
}

TEST(QueueLogTest, OverlapThreeIsFilledAfterARestart) {
  TestQueue q(Texts(2), /*overlap=*/3);
  ASSERT_TRUE(q.Submit(q.Take("ann")[0]).ok());
  const LeaseRecord of_bob = q.Take("bob")[0];
  EXPECT_EQ(of_bob.task().id(), MakeTask("text 0").id());
  q.Restart();
  EXPECT_THAT(q.TakeTexts("cem"), ElementsAre("text 0"));
  EXPECT_THAT(q.TakeTexts("dan"), ElementsAre("text 1"));
  EXPECT_THAT(q.TakeTexts("ann", 2), ElementsAre("text 1"));
  ASSERT_TRUE(q.Submit(of_bob).ok());
  EXPECT_THAT(q.TakeTexts("eve", 2), ElementsAre("text 1"));
}

TEST(QueueLogTest, TwoQueuesOnOneDataSetDoNotAnswerATaskBeyondItsOverlap) {
  for (const uint32_t overlap : {1u, 2u}) {
    TestQueue q(Texts(1), overlap);
    const std::unique_ptr<Queue> other = q.OpenOther();
    // Neither knows the leases of the other.
    const std::vector<std::string> people = {"ann", "bob", "cem", "dan"};
    int num_counted = 0;
    std::vector<std::pair<Queue*, LeaseRecord>> leases;
    for (uint32_t i = 0; i < 2 * overlap; ++i) {
      Queue& queue = i % 2 == 0 ? q.queue() : *other;
      leases.emplace_back(&queue, Lease(queue, people[i])->tasks.at(0).lease);
    }
    for (const auto& [queue, lease] : leases) num_counted += !Submit(*queue, lease)->surplus();
    EXPECT_EQ(num_counted, static_cast<int>(overlap));
    EXPECT_THAT(Lease(*other, "eve")->tasks, IsEmpty());
  }
}

TEST(QueueLogTest, WhatAnotherQueueHasBegunIsOfferedToOtherPeopleOnly) {
  TestQueue q(Texts(2), /*overlap=*/2);
  const std::unique_ptr<Queue> other = q.OpenOther();
  ASSERT_TRUE(q.Submit(q.Take("ann")[0]).ok());
  EXPECT_EQ(Lease(*other, "ann", 2)->tasks.at(0).example.text(), "text 1");
  EXPECT_EQ(Lease(*other, "bob", 2)->tasks.size(), 2u);
}

TEST(QueueLogTest, AnImportedAnswerToSomethingElseIsNoTaskOfAQueueWithOverlap) {
  TestQueue q(Texts(1), /*overlap=*/2);
  ASSERT_TRUE(corpus::Append(q.corpus(), "d", "text 0").ok());
  q.Change([](corpus::Transaction& transaction) {
    return corpus::Append(transaction, "d", "another text").status();
  });
  EXPECT_THAT(q.TakeTexts("ann", 5), ElementsAre("text 0"));
  EXPECT_THAT(q.TakeTexts("bob", 5), ElementsAre("text 0"));
}

// Taking back.

TEST(QueueLogTest, UndoLeasesTheTaskAgain) {
  TestQueue q(Texts(2));
  const std::vector<LeaseRecord> leases = q.Take("ann", 2);
  const uint64_t first = q.Submit(leases[0])->revision();
  ASSERT_TRUE(q.Submit(leases[1], storage::v1::VERDICT_REJECT).ok());
  const Queue::Undone undone = *Undo(q.queue(), "ann", "u1", first);
  EXPECT_EQ(undone.revision, first);
  EXPECT_EQ(undone.task.example.text(), "text 0");
  EXPECT_EQ(undone.task.lease.task().DebugString(), leases[0].task().DebugString());
  EXPECT_NE(undone.task.lease.token(), leases[0].token());
  EXPECT_THAT(q.TakeTexts("bob"), IsEmpty());
  EXPECT_EQ(q.Facts().num_accepted, 0u);
  EXPECT_TRUE(q.Submit(undone.task.lease, storage::v1::VERDICT_IGNORE).ok());
  EXPECT_EQ(q.Facts().num_ignored, 1u);
}

TEST(QueueLogTest, UndoTakesAnAuditAnswerOutOfItsCount) {
  TestQueue q({"text 0"});
  q.SetTasks({MakeTask("text 0", "audit")});
  ASSERT_TRUE(q.Submit(q.Take("ann")[0]).ok());
  EXPECT_EQ(q.Facts().num_audit_answers, 1u);
  ASSERT_TRUE(Undo(q.queue(), "ann").ok());
  EXPECT_EQ(q.Facts().num_audit_answers, 0u);
}

TEST(QueueLogTest, UndoTakesBackTheAnnotatorsOwnAnswersFromTheLastToTheFirst) {
  TestQueue q(Texts(3));
  for (const LeaseRecord& lease : q.Take("ann", 2)) ASSERT_TRUE(q.Submit(lease).ok());
  const uint64_t of_bob = q.Submit(q.Take("bob")[0])->revision();
  EXPECT_TRUE(absl::IsNotFound(Undo(q.queue(), "ann", "u0", of_bob).status()));
  EXPECT_EQ(Undo(q.queue(), "ann", "u1")->task.example.text(), "text 1");
  EXPECT_EQ(Undo(q.queue(), "ann", "u2")->task.example.text(), "text 0");
  EXPECT_TRUE(absl::IsNotFound(Undo(q.queue(), "ann", "u3").status()));
}

TEST(QueueLogTest, ARepeatedUndoReturnsTheSameLease) {
  TestQueue q(Texts(2));
  for (const LeaseRecord& lease : q.Take("ann", 2)) ASSERT_TRUE(q.Submit(lease).ok());
  const Queue::Undone first = *Undo(q.queue(), "ann", "u1");
  q.Restart();
  const Queue::Undone again = *Undo(q.queue(), "ann", "u1");
  EXPECT_EQ(again.revision, first.revision);
  EXPECT_EQ(again.task.lease.DebugString(), first.task.lease.DebugString());
  EXPECT_EQ(again.task.example.text(), "text 1");
  EXPECT_TRUE(q.Submit(first.task.lease).ok());
}

TEST(QueueLogTest, AnAnswerIsUndoneAfterARestartAndItsLeaseSurvivesTheNextOne) {
  TestQueue q(Texts(1));
  ASSERT_TRUE(q.Submit(q.Take("ann")[0]).ok());
  q.Restart();
  const Queue::Undone undone = *Undo(q.queue(), "ann");
  q.Restart();
  EXPECT_THAT(q.TakeTexts("bob"), IsEmpty());
  EXPECT_FALSE(q.Submit(undone.task.lease)->late());
  EXPECT_EQ(q.Facts().num_accepted, 1u);
}

TEST(QueueLogTest, AnUndoThatCannotBeWrittenChangesNothing) {
  TestQueue q(Texts(1));
  ASSERT_TRUE(q.Submit(q.Take("ann")[0]).ok());
  q.disk().FailWrites(true);
  EXPECT_FALSE(Undo(q.queue(), "ann").ok());
  EXPECT_EQ(q.Facts().num_accepted, 1u);
  EXPECT_EQ(q.Facts().num_leased, 0u);
}

// The log and restarts.

TEST(QueueLogTest, NothingAnsweredIsAskedAgainAfterARestart) {
  TestQueue q(Texts(4));
  const std::vector<LeaseRecord> leases = q.Take("ann", 3);
  ASSERT_TRUE(q.Submit(leases[0]).ok());
  ASSERT_TRUE(q.Submit(leases[1], storage::v1::VERDICT_IGNORE).ok());
  ASSERT_TRUE(q.Submit(leases[2]).ok());
  ASSERT_TRUE(Undo(q.queue(), "ann").ok());
  const QueueFacts before = q.Facts();
  q.Restart();
  const QueueFacts after = q.Facts();
  EXPECT_EQ(after.num_accepted, before.num_accepted);
  EXPECT_EQ(after.num_rejected, before.num_rejected);
  EXPECT_EQ(after.num_ignored, before.num_ignored);
  EXPECT_EQ(after.num_leased, before.num_leased);
  const LeaseRecord fresh = q.Take("bob", 4)[0];
  EXPECT_EQ(fresh.task().id(), MakeTask("text 3").id());
  for (const LeaseRecord& lease : leases) EXPECT_GT(fresh.token(), lease.token());
  // The undo gave the task another token.
  EXPECT_EQ(ReasonOf(q.Submit(leases[2]).status()), "LEASE_LOST");
  EXPECT_EQ(Undo(q.queue(), "ann")->task.example.text(), "text 1");
}

TEST(QueueLogTest, ALeaseSurvivesARestart) {
  TestQueue q(Texts(2));
  const LeaseRecord lease = q.Take("ann")[0];
  q.Restart();
  EXPECT_EQ(q.Facts().num_leased, 1u);
  EXPECT_THAT(q.TakeTexts("bob", 2), ElementsAre("text 1"));
  const absl::StatusOr<StoredAnswer> stored = q.Submit(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_FALSE(stored->late());
}

TEST(QueueLogTest, WhatAnotherQueueOrAnImportAnswersIsNotAskedAgain) {
  TestQueue q(Texts(4));
  const std::unique_ptr<Queue> other = q.OpenOther();
  ASSERT_TRUE(Submit(*other, Lease(*other, "ann")->tasks.at(0).lease).ok());
  q.Import("text 1");
  EXPECT_THAT(q.TakeTexts("ann", 4), ElementsAre("text 2", "text 3"));
  EXPECT_EQ(q.Facts().num_accepted, 0u);
}

// A stored stream does not look back by itself.
TEST(QueueLogTest, ATaskWhoseAnswerElsewhereIsTakenBackIsAsked) {
  TestQueue q(Texts(2));
  q.Change([&](corpus::Transaction& transaction) {
    return transaction.AppendTasks("q", {MakeTask("text 0"), MakeTask("text 1")}).status();
  });
  q.Import("text 0", "ann");
  const std::unique_ptr<Queue> stored =
      *Queue::Open(q.record(), q.corpus(), q.clock(), *StoredStream::Open(q.record(), q.corpus()));
  EXPECT_EQ(Lease(*stored, "bob")->tasks.at(0).example.text(), "text 1");
  q.Change([&](corpus::Transaction& transaction) {
    return transaction.Undo("d", q.Stored()[0].revision(), "ann").status();
  });
  const LeaseReply reply = *Lease(*stored, "bob");
  ASSERT_THAT(reply.tasks, SizeIs(1));
  EXPECT_EQ(reply.tasks[0].example.text(), "text 0");
}

TEST(QueueLogTest, ATaskAnsweredTwiceStaysAnsweredWhenOneAnswerIsUndone) {
  for (const std::string importer : {"", "ann"}) {
    TestQueue q(Texts(1));
    ASSERT_TRUE(q.Submit(q.Take("ann")[0]).ok());
    q.Import("text 0", importer);
    ASSERT_TRUE(Undo(q.queue(), "ann").ok());
    q.clock().Advance(2 * kTtl);
    EXPECT_THAT(q.TakeTexts("ann"), IsEmpty()) << importer;
  }
}

TEST(QueueLogTest, ADroppedDataSetIsForgotten) {
  TestQueue q(Texts(2));
  for (const LeaseRecord& lease : q.Take("ann", 2)) ASSERT_TRUE(q.Submit(lease).ok());
  EXPECT_EQ(q.Facts().num_accepted, 2u);
  q.Change([](corpus::Transaction& transaction) { return transaction.DropDataset("d"); });
  const int num_restarts = q.stream().num_restarts();
  EXPECT_EQ(q.Facts().num_accepted, 0u);
  EXPECT_EQ(q.stream().num_restarts(), num_restarts + 1);
  q.Import("text 1");
  EXPECT_THAT(q.TakeTexts("ann", 2), ElementsAre("text 0"));
}

}  // namespace
}  // namespace winnow::tasks

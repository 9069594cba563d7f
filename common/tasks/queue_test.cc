#include "common/tasks/queue.h"

#include <thread>

#include "common/base/status.h"
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

std::string Show(const storage::v1::Span& span) {
  return absl::StrCat(span.start(), "-", span.end(), " ", span.label());
}

std::vector<LeaseRecord> LeasesOnDisk(TestQueue& q) {
  std::vector<LeaseRecord> leases;
  EXPECT_TRUE(q.corpus()
                  .reader()
                  .ForEachLease("q",
                                [&](const LeaseRecord& lease) {
                                  leases.push_back(lease);
                                  return true;
                                })
                  .ok());
  return leases;
}

// Leasing.

TEST(QueueTest, ATaskIsLeasedToOneUntilItsDeadline) {
  TestQueue q(Texts(3));
  const LeaseReply first = q.Lease("ann");
  ASSERT_THAT(first.tasks, SizeIs(1));
  EXPECT_EQ(first.tasks[0].example.text(), "text 0");
  EXPECT_EQ(first.tasks[0].lease.annotator(), "ann");
  EXPECT_EQ(first.tasks[0].lease.task().view().end(), 6u);
  EXPECT_EQ(first.tasks[0].lease.expires_unix_micros(), absl::ToUnixMicros(q.clock().Now() + kTtl));
  EXPECT_THAT(q.TakeTexts("bob"), ElementsAre("text 1"));
  EXPECT_EQ(q.Facts().num_leased, 2u);
  q.clock().Advance(kTtl);
  EXPECT_EQ(q.Facts().num_leased, 0u);
  EXPECT_THAT(q.TakeTexts("cem", 5), ElementsAre("text 0", "text 1", "text 2"));
}

TEST(QueueTest, WhatAPersonGivesBackIsForOthersAtOnceAndAlsoAfterARestart) {
  TestQueue q(Texts(3));
  const std::vector<LeaseRecord> held = q.Take("ann", 2);
  const auto of = [](const LeaseRecord& lease) {
    return HeldTask{corpus::Id(lease.task().id()), lease.token()};
  };
  HeldTask other_token = of(held[1]);
  ++other_token.token;
  EXPECT_EQ(*GiveBack(q.queue(), "ann", {of(held[0]), other_token}), 1u);
  EXPECT_EQ(*GiveBack(q.queue(), "ann", {of(held[0])}), 0u) << "it is given back already";
  EXPECT_EQ(*GiveBack(q.queue(), "bob", {of(held[1])}), 0u) << "it is not bob's";
  EXPECT_EQ(q.Facts().num_leased, 1u);
  EXPECT_THAT(LeasesOnDisk(q), SizeIs(1));
  q.Restart();
  EXPECT_THAT(q.TakeTexts("bob", 3), ElementsAre("text 0", "text 2"));
  EXPECT_TRUE(q.Submit(held[1]).ok());
}

TEST(QueueTest, ALeaseBearsAClockThatIsSet) {
  TestQueue q(Texts(3));
  const LeaseRecord lease = q.Take("ann", 1, kTtl)[0];
  q.clock().Jump(absl::Hours(1));
  EXPECT_EQ(q.Facts().num_leased, 1u);
  const auto stored = q.Submit(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_FALSE(stored->late());
  // What is told is by the clock as it is set now.
  const LeaseReply next = q.Lease("ann");
  EXPECT_EQ(next.tasks[0].lease.expires_unix_micros(), absl::ToUnixMicros(q.clock().Now() + kTtl));
  q.clock().Jump(-absl::Hours(48));
  EXPECT_EQ(q.Lease("bob", 2).emptiness.retry_at, q.clock().Now() + kTtl);
  q.clock().Advance(kTtl);
  EXPECT_EQ(q.Facts().num_leased, 0u);
}

// Any call of the holder renews.

TEST(QueueTest, ACallOfTheHolderRenewsWhatTheyHoldAlsoOnDisk) {
  TestQueue q(Texts(3));
  const LeaseRecord lease = q.Take("ann", 1, kTtl)[0];
  q.clock().Advance(kTtl * 0.6);
  q.Take("ann", 1, kTtl);
  q.clock().Advance(kTtl * 0.6);
  q.Restart();
  EXPECT_THAT(q.TakeTexts("bob", 3), ElementsAre("text 2"));
  const auto stored = q.Submit(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_FALSE(stored->late());
}

TEST(QueueTest, AnAnswerRenewsTheOtherTasksAndDoesNotBringItsOwnBack) {
  TestQueue q(Texts(2));
  const std::vector<LeaseRecord> leases = q.Take("ann", 2, kTtl);
  q.clock().Advance(kTtl * 0.6);
  ASSERT_TRUE(q.Submit(leases[0]).ok());
  q.clock().Advance(kTtl * 0.6);
  q.Restart();
  EXPECT_EQ(q.Facts().num_leased, 1u);
  EXPECT_FALSE(q.Submit(leases[1])->late());
}

TEST(QueueTest, WhatAClientNamesIsRenewedAndAReplyThatWasLostIsNot) {
  TestQueue q(Texts(3));
  const auto lease = [&](const HeldTokens& held) {
    return tasks::Lease(q.queue(), "ann", 1, kTtl, held)->tasks[0].lease;
  };
  lease(std::vector<uint64_t>());
  const LeaseRecord held = lease(std::vector<uint64_t>());
  q.clock().Advance(kTtl * 0.6);
  EXPECT_EQ(*GiveBack(q.queue(), "ann", {}, std::vector<uint64_t>{held.token()}), 0u);
  ASSERT_TRUE(q.Submit(q.Take("ann", 1, kTtl)[0]).ok());
  q.clock().Advance(kTtl * 0.6);
  q.Restart();
  EXPECT_THAT(q.TakeTexts("bob", 3), ElementsAre("text 0"));
  EXPECT_FALSE(q.Submit(held)->late());
}

TEST(QueueTest, CallsOfOthersAndEarlyOnesRenewNothing) {
  TestQueue q(Texts(3));
  const LeaseRecord lease = q.Take("ann", 1, kTtl)[0];
  q.clock().Advance(kTtl * 0.4);
  q.Take("ann", 1, kTtl);
  q.clock().Advance(kTtl * 0.4);
  q.Take("bob", 1, kTtl);
  q.clock().Advance(kTtl * 0.3);
  EXPECT_TRUE(q.Submit(lease)->late());
}

TEST(QueueTest, ACallThatFailsRenewsOnDiskToo) {
  TestQueue q(Texts(3));
  const LeaseRecord lease = q.Take("ann", 1, kTtl)[0];
  q.clock().Advance(kTtl * 0.6);
  q.stream().FailToComplete(absl::UnavailableError("no disk"));
  EXPECT_FALSE(Lease(q.queue(), "ann").ok());
  q.clock().Advance(kTtl * 0.6);
  q.Restart();
  EXPECT_FALSE(q.Submit(lease)->late());
}

TEST(QueueTest, AGivenBackTaskIsNotRenewed) {
  TestQueue q(Texts(2));
  const std::vector<LeaseRecord> leases = q.Take("ann", 2, kTtl);
  q.clock().Advance(kTtl * 0.6);
  EXPECT_EQ(*GiveBack(q.queue(), "ann", {{corpus::Id(leases[0].task().id()), leases[0].token()}}),
            1u);
  q.Restart();
  EXPECT_EQ(q.Facts().num_leased, 1u);
}

TEST(QueueTest, AClockThatWasSetBackKeepsNoTaskForLongerThanADay) {
  TestQueue q(Texts(1));
  q.Take("ann", 1, kTtl);
  q.clock().Jump(-absl::Hours(24 * 365));
  q.Restart();
  EXPECT_EQ(q.Facts().num_leased, 1u);
  q.clock().Advance(kMaxLease);
  EXPECT_EQ(q.Facts().num_leased, 0u);
}

TEST(QueueTest, AClockThatWasSetForwardMeanwhileCostsNoAnswer) {
  TestQueue q(Texts(2));
  const LeaseRecord lease = q.Take("ann", 1, kTtl)[0];
  q.clock().Jump(absl::Hours(24 * 365));
  q.Restart();
  q.clock().Advance(absl::Minutes(4));
  q.queue().Sweep();
  const absl::StatusOr<StoredAnswer> stored = q.Submit(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_FALSE(stored->surplus());

  q.Take("ann", 1, kTtl);
  q.clock().Jump(absl::Hours(24 * 365));
  q.Restart();
  q.clock().Advance(absl::Minutes(6));
  q.queue().Sweep();
  EXPECT_THAT(LeasesOnDisk(q), IsEmpty()) << "what nobody answers is not kept forever";
}

TEST(QueueTest, TellsWhyThereIsNoTaskAndWhenToComeBack) {
  TestQueue q(Texts(2));
  const LeaseRecord first = q.Take("ann", 1, kTtl)[0];
  q.clock().Advance(absl::Seconds(1));
  const LeaseReply some = q.Lease("bob", 2, kTtl);
  EXPECT_THAT(some.tasks, SizeIs(1));
  EXPECT_EQ(some.emptiness.reason, NoTask::kAllLeased);
  EXPECT_EQ(some.emptiness.retry_at, q.clock().Now() + kTtl - absl::Seconds(1));
  const LeaseRecord second = some.tasks[0].lease;
  ASSERT_TRUE(q.Submit(first).ok());
  EXPECT_EQ(q.Lease("cem").emptiness.retry_at, q.clock().Now() + kTtl);
  ASSERT_TRUE(q.Submit(second).ok());
  const LeaseReply none = q.Lease("cem");
  EXPECT_THAT(none.tasks, IsEmpty());
  EXPECT_EQ(none.emptiness.reason, NoTask::kExhausted);
  EXPECT_EQ(none.emptiness.retry_at, absl::InfiniteFuture());
  EXPECT_EQ(none.emptiness.message, "no more");
}

TEST(QueueTest, TheStreamIsToldWhatWasAsked) {
  TestQueue q(Texts(4));
  std::vector<storage::v1::Task> tasks;
  for (int i = 0; i < 4; ++i)
    tasks.push_back(MakeTask(absl::StrCat("text ", i), i % 2 == 0 ? "audit" : "uncertainty"));
  q.SetTasks(tasks);
  const std::vector<LeaseRecord> leases = q.Take("ann", 2);
  // Before the second of them: one, an audit question.
  EXPECT_EQ(q.stream().asked().num_asked, 1u);
  EXPECT_EQ(q.stream().asked().num_audit, 1u);
  ASSERT_TRUE(q.Submit(leases[0]).ok());
  q.Take("ann");
  EXPECT_EQ(q.stream().asked().num_asked, 2u);
  EXPECT_EQ(q.stream().asked().num_audit, 1u);
  q.clock().Advance(kTtl);
  q.Take("ann", 3);
  // Lost leases are offered first and count no more until they are taken again.
  EXPECT_EQ(q.stream().asked().num_asked, 3u);
  EXPECT_EQ(q.stream().asked().num_audit, 2u);
}

TEST(QueueTest, ALeaseThatCannotBeWrittenIsNotHandedOut) {
  TestQueue q(Texts(2));
  q.disk().FailWrites(true);
  EXPECT_FALSE(Lease(q.queue(), "ann").ok());
  EXPECT_EQ(q.Facts().num_leased, 0u);
  EXPECT_THAT(LeasesOnDisk(q), IsEmpty());
  q.disk().FailWrites(false);
  q.Restart();
  EXPECT_THAT(q.TakeTexts("bob", 2), ElementsAre("text 0", "text 1"));
  EXPECT_THAT(LeasesOnDisk(q), SizeIs(2));
}

TEST(QueueTest, ATaskThatCannotBeReadIsOfferedAgain) {
  TestQueue q(Texts(2), /*overlap=*/2);
  ASSERT_TRUE(q.Submit(q.Take("ann")[0]).ok());
  q.stream().FailToComplete(absl::UnavailableError("not now"));
  EXPECT_TRUE(absl::IsUnavailable(Lease(q.queue(), "bob", 2).status()));
  EXPECT_EQ(q.Facts().num_leased, 0u);
  q.stream().FailToComplete(absl::OkStatus());
  EXPECT_THAT(q.TakeTexts("bob", 2), ElementsAre("text 1", "text 0"));
}

TEST(QueueTest, APersonReLeasingATaskTheyLostGetsTheSameToken) {
  TestQueue q(Texts(1));
  const LeaseRecord lost = q.Take("ann")[0];
  q.clock().Advance(kTtl);
  const LeaseRecord again = q.Take("ann")[0];
  EXPECT_EQ(again.token(), lost.token());
  EXPECT_GT(again.expires_unix_micros(), lost.expires_unix_micros());
  // The answer on its way when the lease was lost.
  const absl::StatusOr<StoredAnswer> stored = q.Submit(lost);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_FALSE(stored->late());
}

TEST(QueueTest, SweepForgetsLeasesLostADayAgoAndOffersTheirTasks) {
  TestQueue q(Texts(2));
  const LeaseRecord lost = q.Take("ann")[0];
  q.clock().Advance(kTtl + absl::Hours(23));
  q.queue().Sweep();
  EXPECT_THAT(LeasesOnDisk(q), SizeIs(1));
  q.clock().Advance(absl::Hours(2));
  const LeaseRecord live = q.Take("bob")[0];
  q.queue().Sweep();
  ASSERT_THAT(LeasesOnDisk(q), SizeIs(1));
  EXPECT_EQ(LeasesOnDisk(q)[0].annotator(), "bob");
  EXPECT_EQ(ReasonOf(q.Submit(lost).status()), "UNKNOWN_TASK");
  EXPECT_TRUE(q.Submit(live).ok());
  q.queue().Sweep();
  EXPECT_THAT(q.TakeTexts("ann", 2), ElementsAre("text 1"));
}

// Answering.

TEST(QueueTest, AnAnswerIsStoredWithWhoWhenAndWhatAsked) {
  TestQueue q({"text 0"});
  storage::v1::Task task = MakeTask("text 0", "audit");
  task.mutable_selection()->set_model_version("jobs@1");
  task.mutable_selection()->set_learner_step(4);
  q.SetTasks({task});
  const LeaseRecord lease = q.Take("bob")[0];
  q.clock().Advance(absl::Seconds(3));
  GivenAnswer given = AnswerTo(lease, storage::v1::VERDICT_REJECT, "a1");
  given.judgement.took = absl::Seconds(2);
  const absl::StatusOr<StoredAnswer> stored = Submit(q.queue(), "bob", {given})[0];
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_FALSE(stored->late());
  EXPECT_FALSE(stored->surplus());
  ASSERT_THAT(q.Stored(), SizeIs(1));
  const storage::v1::Answer answer = q.Stored()[0];
  EXPECT_EQ(answer.revision(), stored->revision());
  EXPECT_EQ(answer.kind(), storage::v1::TASK_KIND_TEACH);
  EXPECT_EQ(answer.verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(answer.task_id(), task.id());
  EXPECT_EQ(answer.example_id(), corpus::ExampleIdOf("text 0"));
  ASSERT_THAT(answer.decisions(), SizeIs(1));
  EXPECT_EQ(Show(answer.decisions(0).span()), "0-4 job");
  EXPECT_EQ(answer.decisions(0).verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(answer.decisions(0).score(), 0.5);
  EXPECT_EQ(answer.annotator(), "bob");
  EXPECT_EQ(answer.answered_unix_micros(), absl::ToUnixMicros(q.clock().Now()));
  EXPECT_EQ(answer.took_micros(), 2'000'000);
  EXPECT_EQ(answer.selection().DebugString(), task.selection().DebugString());
  EXPECT_EQ(answer.queue(), "q");
  EXPECT_THAT(LeasesOnDisk(q), IsEmpty());
}

TEST(QueueTest, ARejectMayMendTheBoundary) {
  TestQueue q({"text 0"});
  GivenAnswer given = AnswerTo(q.Take("ann")[0], storage::v1::VERDICT_REJECT);
  given.judgement.spans = {corpus::MakeSpan(0, 7, "job")};
  // The text has six code points.
  EXPECT_TRUE(absl::IsInvalidArgument(Submit(q.queue(), "ann", {given})[0].status()));
  given.judgement.spans = {corpus::MakeSpan(0, 6, "job")};
  ASSERT_TRUE(Submit(q.queue(), "ann", {given})[0].ok());
  const storage::v1::Answer answer = q.Stored()[0];
  EXPECT_EQ(answer.coverage(), storage::v1::COVERAGE_BINARY);
  ASSERT_THAT(answer.decisions(), SizeIs(2));
  EXPECT_EQ(Show(answer.decisions(0).span()), "0-4 job");
  EXPECT_EQ(answer.decisions(0).verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(Show(answer.decisions(1).span()), "0-6 job");
  EXPECT_EQ(answer.decisions(1).verdict(), storage::v1::VERDICT_ACCEPT);
}

TEST(QueueTest, AnAnswerIsTakenOnlyFromTheHolderWithItsToken) {
  TestQueue q(Texts(2));
  const LeaseRecord lease = q.Take("ann")[0];
  GivenAnswer given = AnswerTo(lease);
  EXPECT_EQ(ReasonOf(Submit(q.queue(), "bob", {given})[0].status()), "UNKNOWN_TASK");
  given.token = lease.token() + 1;
  EXPECT_EQ(ReasonOf(Submit(q.queue(), "ann", {given})[0].status()), "LEASE_LOST");
  given = AnswerTo(lease);
  given.task = corpus::Id(std::string(16, '0'));
  EXPECT_TRUE(absl::IsNotFound(Submit(q.queue(), "ann", {given})[0].status()));
  EXPECT_THAT(q.Stored(), IsEmpty());
  EXPECT_TRUE(q.Submit(lease).ok());
}

TEST(QueueTest, ALateAnswerIsTakenAndFlagged) {
  TestQueue q(Texts(1));
  const LeaseRecord lease = q.Take("ann")[0];
  q.clock().Advance(2 * kTtl);
  const absl::StatusOr<StoredAnswer> stored = q.Submit(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_TRUE(stored->late());
  EXPECT_FALSE(stored->surplus());
  EXPECT_TRUE(q.Stored()[0].late());
  EXPECT_THAT(q.TakeTexts("bob"), IsEmpty());
}

TEST(QueueTest, ALateAnswerIsTakenAfterARestart) {
  TestQueue q(Texts(1));
  const LeaseRecord lease = q.Take("ann")[0];
  q.clock().Advance(2 * kTtl);
  q.Restart();
  const absl::StatusOr<StoredAnswer> stored = q.Submit(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_TRUE(stored->late());
  EXPECT_FALSE(stored->surplus());
}

// The successor of AnAnswerWithALostLeaseIsRefused: nothing given is refused any more.
TEST(QueueTest, ALateAnswerIsSurplusWhenOthersHaveThePlace) {
  TestQueue q(Texts(2));
  const LeaseRecord lost = q.Take("ann")[0];
  q.clock().Advance(kTtl);
  const LeaseRecord won = q.Take("bob")[0];
  ASSERT_EQ(won.task().id(), lost.task().id());
  const absl::StatusOr<StoredAnswer> late = q.Submit(lost);
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_TRUE(late->late());
  EXPECT_TRUE(late->surplus());
  const absl::StatusOr<StoredAnswer> counted = q.Submit(won, storage::v1::VERDICT_REJECT);
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_FALSE(counted->surplus());
  const QueueFacts facts = q.Facts();
  EXPECT_EQ(facts.num_accepted, 0u);
  EXPECT_EQ(facts.num_rejected, 1u);
  EXPECT_EQ(facts.num_surplus, 1u);
  EXPECT_THAT(q.Stored(), SizeIs(2));
}

// The late flag must not depend on a first, refused try.
TEST(QueueTest, ALateAnswerThatDidNotFitIsStillLate) {
  TestQueue q(Texts(1));
  const LeaseRecord lease = q.Take("ann")[0];
  q.clock().Advance(2 * kTtl);
  EXPECT_TRUE(absl::IsInvalidArgument(q.Submit(lease, storage::v1::VERDICT_UNSPECIFIED).status()));
  EXPECT_THAT(q.TakeTexts("bob", 1, absl::ZeroDuration()), ElementsAre("text 0"));
  EXPECT_TRUE(q.Submit(lease)->late());
}

TEST(QueueTest, AnAnswerThatDoesNotFitStoresNothingAndTheOthersAreTaken) {
  TestQueue q(Texts(3));
  const std::vector<LeaseRecord> leases = q.Take("ann", 3);
  GivenAnswer slow = AnswerTo(leases[2], storage::v1::VERDICT_ACCEPT, "c");
  slow.judgement.took = kMaxTook + absl::Microseconds(1);
  const SubmitResults results = Submit(
      q.queue(), "ann",
      {AnswerTo(leases[0], storage::v1::VERDICT_UNSPECIFIED, "a"), AnswerTo(leases[1]), slow});
  EXPECT_TRUE(absl::IsInvalidArgument(results[0].status()));
  EXPECT_TRUE(results[1].ok());
  EXPECT_TRUE(absl::IsInvalidArgument(results[2].status()));
  EXPECT_THAT(q.Stored(), SizeIs(1));
  EXPECT_TRUE(q.Submit(leases[0], storage::v1::VERDICT_ACCEPT, "a").ok());
  EXPECT_TRUE(q.Submit(leases[2], storage::v1::VERDICT_ACCEPT, "c").ok());
}

TEST(QueueTest, ARepeatedAnswerIdReturnsTheFirstResult) {
  TestQueue q(Texts(2));
  const LeaseRecord lease = q.Take("ann")[0];
  const StoredAnswer first = *q.Submit(lease, storage::v1::VERDICT_ACCEPT, "a1");
  EXPECT_EQ(q.Submit(lease, storage::v1::VERDICT_ACCEPT, "a1")->revision(), first.revision());
  EXPECT_TRUE(absl::IsAlreadyExists(q.Submit(lease, storage::v1::VERDICT_REJECT, "a1").status()));
  q.Restart();
  EXPECT_EQ(q.Submit(lease, storage::v1::VERDICT_ACCEPT, "a1")->revision(), first.revision());
  const LeaseRecord other = q.Take("ann")[0];
  const GivenAnswer given = AnswerTo(other, storage::v1::VERDICT_ACCEPT, "a2");
  const SubmitResults twice = Submit(q.queue(), "ann", {given, given});
  EXPECT_EQ(twice[0]->SerializeAsString(), twice[1]->SerializeAsString());
  EXPECT_THAT(q.Stored(), SizeIs(2));
  EXPECT_EQ(q.Facts().num_accepted, 2u);
}

TEST(QueueTest, TwoAnswersToOneTaskInOneCallAreOne) {
  TestQueue q(Texts(1));
  const LeaseRecord lease = q.Take("ann")[0];
  const SubmitResults results = Submit(q.queue(), "ann",
                                       {AnswerTo(lease, storage::v1::VERDICT_ACCEPT, "a1"),
                                        AnswerTo(lease, storage::v1::VERDICT_REJECT, "a2")});
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(ReasonOf(results[1].status()), "ALREADY_ANSWERED");
  EXPECT_THAT(q.Stored(), SizeIs(1));
  EXPECT_EQ(q.Facts().num_accepted, 1u);
}

TEST(QueueTest, AnsweringATaskAgainIsToldSoAlsoWhenTheQueueHasReadTheAnswer) {
  TestQueue q(Texts(1));
  const LeaseRecord lease = q.Take("ann")[0];
  ASSERT_TRUE(q.Submit(lease).ok());
  EXPECT_EQ(ReasonOf(q.Submit(lease).status()), "ALREADY_ANSWERED");
  q.Facts();
  EXPECT_EQ(ReasonOf(q.Submit(lease).status()), "ALREADY_ANSWERED");
  q.Restart();
  EXPECT_EQ(ReasonOf(q.Submit(lease).status()), "ALREADY_ANSWERED");
}

TEST(QueueTest, OfLateAnswersToOneTaskAtTheSameTimeOneCounts) {
  constexpr int kTasks = 50;
  TestQueue q(Texts(kTasks));
  // The same tasks, lost by each of them in turn.
  std::vector<std::vector<LeaseRecord>> leases;
  for (const char* person : {"ann", "bob", "cem", "dan"}) {
    leases.push_back(q.Take(person, kTasks));
    ASSERT_THAT(leases.back(), SizeIs(kTasks));
    q.clock().Advance(kTtl);
  }
  std::atomic<int> num_taken = 0;
  std::atomic<int> num_counted = 0;
  std::vector<std::thread> people;
  for (const std::vector<LeaseRecord>& own : leases) {
    people.emplace_back([&] {
      for (const LeaseRecord& lease : own) {
        const absl::StatusOr<StoredAnswer> stored = q.Submit(lease);
        num_taken += stored.ok();
        num_counted += stored.ok() && !stored->surplus();
      }
    });
  }
  for (std::thread& person : people) person.join();
  EXPECT_EQ(num_taken, 4 * kTasks);
  EXPECT_EQ(num_counted, kTasks);
  EXPECT_EQ(q.Facts().num_accepted, kTasks);
}

}  // namespace
}  // namespace winnow::tasks

#include "common/tasks/assignments.h"

#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Lease;
using storage::v1::Task;

constexpr absl::Duration kTtl = absl::Minutes(5);

Id IdOf(const Task& task) { return Id(task.id()); }

class AssignmentsTest : public testing::Test {
 protected:
  void Take(const Task& task, absl::string_view person, absl::Duration ttl = kTtl) {
    assignments_->Take(task, person, now_, ttl);
  }
  void Advance(absl::Duration d) {
    now_ += d;
    assignments_->Expire(now_);
  }
  static storage::v1::Answer AnswerOf(const Task& task, absl::string_view person,
                                      bool surplus = false) {
    storage::v1::Answer answer = *MakeAnswer(task, {storage::v1::VERDICT_ACCEPT}, 0);
    answer.set_annotator(std::string(person));
    answer.set_surplus(surplus);
    return answer;
  }
  void Answer(const Task& task, absl::string_view person, bool surplus = false) {
    assignments_->Answered(AnswerOf(task, person, surplus), /*is_own=*/true);
  }
  void AnswerElsewhere(const Task& task, absl::string_view person) {
    assignments_->Answered(AnswerOf(task, person), /*is_own=*/false);
  }
  void Undo(const Task& task, absl::string_view person) {
    assignments_->Undone(AnswerOf(task, person), /*is_own=*/true);
  }
  bool IsOpenFor(const Task& task, absl::string_view person) const {
    return assignments_->IsOpenFor(IdOf(task), person);
  }
  // The first letter of the task offered, "-" for none.
  std::string Next(absl::string_view person) {
    const Task* next = assignments_->NextKnown(person);
    if (next == nullptr) return "-";
    for (const Task* task : {&a_, &b_, &c_, &d_}) {
      if (task->id() == next->id()) {
        EXPECT_EQ(next->DebugString(), task->DebugString());
        return std::string(1, "abcd"[task - &a_]);
      }
    }
    return "?";
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  std::unique_ptr<Assignments> assignments_ = std::make_unique<Assignments>(Overlap(1), 1);
  // One after another in memory, for Next.
  struct {
    Task a = MakeTask("a"), b = MakeTask("b"), c = MakeTask("c"), d = MakeTask("d");
  } tasks_;
  const Task &a_ = tasks_.a, &b_ = tasks_.b, &c_ = tasks_.c, &d_ = tasks_.d;
};

// Rule 1: what is open.

TEST_F(AssignmentsTest, ATaskIsOpenWhileFewerThanOverlapPeopleTakeAPlace) {
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  EXPECT_TRUE(IsOpenFor(a_, "ann"));
  Take(a_, "ann");
  EXPECT_FALSE(IsOpenFor(a_, "ann"));
  EXPECT_TRUE(IsOpenFor(a_, "bob"));
  Answer(a_, "ann");
  EXPECT_FALSE(IsOpenFor(a_, "ann"));
  EXPECT_TRUE(IsOpenFor(a_, "bob"));
  Take(a_, "bob");
  EXPECT_FALSE(IsOpenFor(a_, "cem"));
  EXPECT_TRUE(IsOpenFor(b_, "cem"));
}

TEST_F(AssignmentsTest, ASurplusAnswerTakesNoPlaceAndItsAuthorIsNotAskedAgain) {
  Take(a_, "ann");
  Answer(a_, "bob", /*surplus=*/true);
  assignments_->Release(IdOf(a_), "ann");
  EXPECT_FALSE(IsOpenFor(a_, "bob"));
  EXPECT_TRUE(assignments_->HasAnswered(IdOf(a_), "bob"));
  EXPECT_TRUE(IsOpenFor(a_, "ann"));
  EXPECT_EQ(Next("ann"), "a");
  EXPECT_EQ(Next("bob"), "-");
}

// An import may hold two answers of one person to a task.
TEST_F(AssignmentsTest, TwoAnswersOfOnePersonTakeOnePlaceAndAreTakenBackOneByOne) {
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  Answer(a_, "ann");
  AnswerElsewhere(a_, "ann");
  EXPECT_TRUE(IsOpenFor(a_, "bob"));
  Undo(a_, "ann");
  EXPECT_FALSE(IsOpenFor(a_, "ann"));
  Undo(a_, "ann");
  EXPECT_TRUE(IsOpenFor(a_, "ann"));
}

TEST_F(AssignmentsTest, WhileAnUndoIsStoredItsAuthorTakesOnePlace) {
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  Answer(a_, "ann");
  Take(a_, "ann");
  EXPECT_TRUE(IsOpenFor(a_, "bob"));
  Undo(a_, "ann");
  EXPECT_TRUE(IsOpenFor(a_, "bob"));
  EXPECT_FALSE(IsOpenFor(a_, "ann"));
}

// Rule 2: leases are lost and remembered.

TEST_F(AssignmentsTest, HoldsUntilTheDeadline) {
  Take(a_, "ann");
  EXPECT_EQ(assignments_->num_live(), 1u);
  EXPECT_EQ(assignments_->next_expiry(), now_ + kTtl);
  Advance(kTtl - absl::Microseconds(1));
  EXPECT_FALSE(IsOpenFor(a_, "bob"));
  Advance(absl::Microseconds(1));
  EXPECT_TRUE(IsOpenFor(a_, "bob"));
  EXPECT_EQ(assignments_->num_live(), 0u);
  EXPECT_EQ(assignments_->next_expiry(), absl::InfiniteFuture());
}

TEST_F(AssignmentsTest, ALostLeaseIsUnderstoodAlsoWhenTheTaskIsLeasedAgain) {
  Take(a_, "ann", absl::ZeroDuration());
  Advance(absl::ZeroDuration());
  ASSERT_NE(assignments_->Find(IdOf(a_), "ann"), nullptr);
  const uint64_t first = assignments_->Find(IdOf(a_), "ann")->token();
  Take(a_, "bob");
  EXPECT_EQ(assignments_->Find(IdOf(a_), "ann")->token(), first);
  EXPECT_GT(assignments_->Find(IdOf(a_), "bob")->token(), first);
  Answer(a_, "ann", /*surplus=*/true);
  EXPECT_EQ(assignments_->Find(IdOf(a_), "ann"), nullptr);
  EXPECT_NE(assignments_->Find(IdOf(a_), "bob"), nullptr);
}

TEST_F(AssignmentsTest, APersonWhoTakesALostTaskAgainHasTheSameToken) {
  Take(a_, "ann");
  const uint64_t first = assignments_->Find(IdOf(a_), "ann")->token();
  Advance(kTtl);
  Take(a_, "ann");
  EXPECT_EQ(assignments_->Find(IdOf(a_), "ann")->token(), first);
  EXPECT_EQ(assignments_->num_live(), 1u);
  assignments_->Release(IdOf(a_), "ann");
  Take(a_, "ann");
  EXPECT_GT(assignments_->Find(IdOf(a_), "ann")->token(), first);
}

TEST_F(AssignmentsTest, ALostLeaseIsRevivedWhileAPlaceIsLeft) {
  EXPECT_FALSE(assignments_->Revive(IdOf(a_), "ann", now_ + kTtl));
  Take(a_, "ann");
  Advance(kTtl);
  EXPECT_TRUE(assignments_->Revive(IdOf(a_), "ann", now_ + kTtl));
  EXPECT_FALSE(IsOpenFor(a_, "bob"));
  Advance(kTtl);
  Take(a_, "bob");
  EXPECT_FALSE(assignments_->Revive(IdOf(a_), "ann", now_ + kTtl));
  EXPECT_TRUE(assignments_->Revive(IdOf(a_), "bob", now_));
  // Reviving does not shorten it.
  EXPECT_EQ(assignments_->next_expiry(), now_ + kTtl);
}

TEST_F(AssignmentsTest, LostLeasesAreForgottenAfterSomeTime) {
  Take(a_, "ann");
  Take(b_, "bob", 3 * kTtl);
  Advance(2 * kTtl);
  EXPECT_THAT(assignments_->Forget(now_ - kTtl), testing::IsEmpty());
  EXPECT_THAT(assignments_->Forget(now_), testing::ElementsAre(testing::Pair(IdOf(a_), "ann")));
  EXPECT_EQ(assignments_->Find(IdOf(a_), "ann"), nullptr);
  EXPECT_NE(assignments_->Find(IdOf(b_), "bob"), nullptr);
}

// Rule 3: the order.

TEST_F(AssignmentsTest, OffersReturnedTasksOldestFirstThenBegunOnes) {
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  Take(a_, "ann");
  Take(c_, "ann", 3 * kTtl);
  Take(d_, "bob", 2 * kTtl);
  Take(b_, "bob", kTtl / 2);
  Answer(a_, "ann");
  EXPECT_EQ(Next("cem"), "c");
  Advance(kTtl / 2);
  EXPECT_EQ(Next("cem"), "b");
  Advance(2 * kTtl);
  // Lost were b, then d; begun are c and a.
  std::string order;
  while (Next("cem") != "-") {
    order += Next("cem");
    Take(*assignments_->NextKnown("cem"), "cem");
  }
  EXPECT_EQ(order, "bdca");
}

TEST_F(AssignmentsTest, ABegunTaskIsOfferedToThoseWhoDoNotHaveIt) {
  assignments_ = std::make_unique<Assignments>(Overlap(3), 1);
  Take(a_, "ann");
  Answer(b_, "ann");
  EXPECT_EQ(Next("ann"), "-");
  EXPECT_EQ(Next("bob"), "a");
  Take(a_, "bob");
  EXPECT_EQ(Next("bob"), "b");
  Take(b_, "bob");
  EXPECT_EQ(Next("bob"), "-");
  EXPECT_EQ(Next("cem"), "a");
}

TEST_F(AssignmentsTest, ATaskThatALeaseWasTakenOffIsOfferedToItsHolderAgain) {
  assignments_ = std::make_unique<Assignments>(Overlap(3), 1);
  Answer(a_, "ann");
  Take(a_, "bob");
  EXPECT_EQ(Next("bob"), "-");
  assignments_->Release(IdOf(a_), "bob");
  EXPECT_EQ(Next("bob"), "a");
}

TEST_F(AssignmentsTest, ATaskWhoseAnswerWasTakenBackElsewhereIsOfferedToItsAuthorAgain) {
  assignments_ = std::make_unique<Assignments>(Overlap(3), 1);
  Answer(a_, "ann");
  Answer(a_, "bob");
  EXPECT_EQ(Next("bob"), "-");
  Undo(a_, "bob");
  EXPECT_EQ(Next("bob"), "a");
}

TEST_F(AssignmentsTest, AfterTheAnswersAreForgottenBegunTasksAreOfferedToTheirAuthors) {
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  Answer(a_, "ann");
  Take(a_, "bob");
  Take(b_, "bob");
  Answer(c_, "bob");
  EXPECT_EQ(Next("ann"), "b");
  Take(b_, "ann");
  EXPECT_EQ(Next("ann"), "c");
  assignments_->ForgetAnswers();
  EXPECT_EQ(Next("ann"), "a");
  EXPECT_EQ(Next("cem"), "a");
  EXPECT_FALSE(assignments_->IsKnown(IdOf(c_)));
}

TEST_F(AssignmentsTest, AfterTheAnswersAreForgottenPeopleLookAgainAtWhatTheyHadPassed) {
  assignments_ = std::make_unique<Assignments>(Overlap(3), 1);
  Answer(a_, "ann");
  Take(a_, "bob");
  EXPECT_EQ(Next("ann"), "-");
  assignments_->ForgetAnswers();
  EXPECT_EQ(Next("ann"), "a");
}

TEST_F(AssignmentsTest, ATaskThatIsOpenForItsHolderAgainIsCountedAlsoWhereOthersCouldHaveIt) {
  assignments_ = std::make_unique<Assignments>(Overlap(3), 1);
  Take(a_, "ann", absl::ZeroDuration());
  Advance(absl::ZeroDuration());
  Take(a_, "bob");
  Take(a_, "cem");
  const uint64_t before = assignments_->num_offers();
  assignments_->Release(IdOf(a_), "cem");
  const uint64_t released = assignments_->num_offers();
  EXPECT_GT(released, before);
  Advance(kTtl);
  EXPECT_GT(assignments_->num_offers(), released);
}

// Rule 4: what was handed out is offered from here.

TEST_F(AssignmentsTest, AForgottenTaskIsStillOffered) {
  Take(a_, "ann");
  Advance(2 * kTtl);
  assignments_->Forget(now_);
  EXPECT_TRUE(assignments_->IsKnown(IdOf(a_)));
  EXPECT_EQ(Next("bob"), "a");
}

TEST_F(AssignmentsTest, ATaskThatNobodyAnswersAnyMoreIsStillOffered) {
  Answer(a_, "ann");
  EXPECT_EQ(Next("bob"), "-");
  Undo(a_, "ann");
  EXPECT_TRUE(assignments_->IsKnown(IdOf(a_)));
  EXPECT_EQ(Next("bob"), "a");
}

TEST_F(AssignmentsTest, ATaskAnsweredElsewhereIsLeftToTheStreamWhileItIsOpen) {
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  AnswerElsewhere(a_, "ann");
  EXPECT_FALSE(assignments_->IsKnown(IdOf(a_)));
  EXPECT_EQ(Next("bob"), "-");
  // The stream offers it to somebody who has answered it.
  assignments_->Keep(a_);
  EXPECT_TRUE(assignments_->IsKnown(IdOf(a_)));
  EXPECT_EQ(Next("ann"), "-");
  EXPECT_EQ(Next("bob"), "a");
  AnswerElsewhere(b_, "ann");
  AnswerElsewhere(b_, "bob");
  EXPECT_TRUE(assignments_->IsKnown(IdOf(b_)));
}

TEST_F(AssignmentsTest, ATaskThatAnImportFilledIsLeftToTheStreamWhenTheImportIsUndone) {
  for (const uint32_t overlap : {1u, 2u}) {
    assignments_ = std::make_unique<Assignments>(Overlap(overlap), 1);
    Take(a_, "ann");
    Advance(kTtl);
    AnswerElsewhere(a_, "importer");
    assignments_->Forget(now_ + kTtl);
    EXPECT_TRUE(assignments_->IsKnown(IdOf(a_)));
    assignments_->Undone(AnswerOf(a_, "importer"), /*is_own=*/false);
    const bool was_full = overlap == 1;
    EXPECT_EQ(assignments_->IsKnown(IdOf(a_)), !was_full);
    EXPECT_EQ(Next("bob"), was_full ? "-" : "a");
  }
}

// A restart.

TEST_F(AssignmentsTest, LeasesFromBeforeARestartAreLiveOrLostAndTokensGoOn) {
  Take(a_, "ann");
  Take(b_, "bob", 3 * kTtl);
  const Lease of_ann = *assignments_->Find(IdOf(a_), "ann");
  const Lease of_bob = *assignments_->Find(IdOf(b_), "bob");
  now_ += 2 * kTtl;
  assignments_ = std::make_unique<Assignments>(Overlap(1), 1);
  assignments_->Load(of_ann, now_);
  assignments_->Load(of_bob, now_);
  EXPECT_EQ(assignments_->num_live(), 1u);
  EXPECT_EQ(assignments_->Find(IdOf(b_), "bob")->token(), of_bob.token());
  EXPECT_EQ(Next("cem"), "a");
  Take(a_, "cem");
  EXPECT_GT(assignments_->Find(IdOf(a_), "cem")->token(), of_bob.token());
}

TEST_F(AssignmentsTest, ALeaseWhoseHolderAnsweredElsewhereTakesNoPlaceAfterARestart) {
  Take(a_, "ann");
  const Lease of_ann = *assignments_->Find(IdOf(a_), "ann");
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  AnswerElsewhere(a_, "ann");
  assignments_->Load(of_ann, now_);
  EXPECT_EQ(assignments_->num_live(), 0u);
  EXPECT_TRUE(IsOpenFor(a_, "bob"));
}

// Rule 5: checks.

TEST_F(AssignmentsTest, ACheckIsOfferedToNobody) {
  assignments_ = std::make_unique<Assignments>(Overlap(2), 1);
  Task check = MakeTask("check");
  check.mutable_check()->set_own_revision(1);
  Take(check, "ann");
  EXPECT_EQ(Next("bob"), "-");
  Advance(2 * kTtl);
  EXPECT_EQ(Next("bob"), "-");
  EXPECT_NE(assignments_->Find(IdOf(check), "ann"), nullptr) << "a late answer is understood";
  assignments_->Release(IdOf(check), "ann");
  EXPECT_EQ(Next("bob"), "-");
  EXPECT_EQ(assignments_->num_offered(), 0u);
}

// Renewing.

TEST_F(AssignmentsTest, LeasesOfWhichHalfIsOverAreRenewedForTheirOwnTime) {
  Take(a_, "ann", absl::Minutes(10));
  Take(b_, "ann", absl::Minutes(20));
  Take(c_, "bob", absl::Minutes(10));
  Advance(absl::Minutes(6));
  const std::vector<Lease> renewed = assignments_->Renew("ann", now_);
  ASSERT_EQ(renewed.size(), 1u);
  EXPECT_EQ(renewed[0].task().id(), a_.id());
  EXPECT_EQ(absl::FromUnixMicros(renewed[0].expires_unix_micros()), now_ + absl::Minutes(10));
  EXPECT_EQ(assignments_->Renew("nobody", now_).size(), 0u);
  Advance(absl::Minutes(9));
  EXPECT_EQ(assignments_->CountLive("ann"), 2u);
  EXPECT_EQ(assignments_->CountLive("bob"), 0u);
}

// Counts.

TEST_F(AssignmentsTest, CountsAuditQuestionsAmongLiveLeases) {
  const Task audit = MakeTask("e", "audit");
  assignments_->Take(audit, "ann", now_, kTtl);
  EXPECT_EQ(assignments_->num_live_audit(), 1u);
  // Of a stored task the strategy is known only when it was read.
  Take(a_, "ann");
  Lease completed = *assignments_->Find(IdOf(a_), "ann");
  completed.mutable_task()->mutable_selection()->set_strategy("audit");
  assignments_->Complete(completed);
  EXPECT_EQ(assignments_->num_live_audit(), 2u);
  Advance(kTtl);
  EXPECT_EQ(assignments_->num_live_audit(), 0u);
}

}  // namespace
}  // namespace winnow::tasks

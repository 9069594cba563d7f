#include "common/ner/merge_answers.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/ner/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using storage::v1::Answer;
using storage::v1::Span;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Answers with revisions 1, 2, ..., built in order.
class Session {
 public:
  Session& Binary(storage::v1::Verdict verdict, std::vector<Span> spans) {
    Answer& answer = Next(storage::v1::TASK_KIND_TEACH, verdict);
    answer.set_coverage(storage::v1::COVERAGE_BINARY);
    for (const Span& span : spans) *answer.add_decisions()->mutable_span() = span;
    return *this;
  }
  Session& Accept(uint32_t start, uint32_t end, const std::string& label) {
    return Binary(storage::v1::VERDICT_ACCEPT, {MakeSpan(start, end, label)});
  }
  Session& Reject(uint32_t start, uint32_t end, const std::string& label) {
    return Binary(storage::v1::VERDICT_REJECT, {MakeSpan(start, end, label)});
  }
  Session& Complete(std::vector<std::string> labels, std::vector<Span> spans,
                    storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
    Answer& answer = Next(storage::v1::TASK_KIND_MANUAL, verdict);
    answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
    for (const Span& span : spans) {
      *answer.add_decisions()->mutable_span() = span;
      answer.mutable_decisions()->rbegin()->set_verdict(storage::v1::VERDICT_ACCEPT);
    }
    for (const std::string& label : labels) answer.add_complete_labels(label);
    return *this;
  }
  Session& Undo(uint64_t revision) {
    std::erase_if(answers_, [&](const Answer& answer) { return answer.revision() == revision; });
    return *this;
  }
  Answer& last() { return answers_.back(); }
  std::vector<Answer>& answers() { return answers_; }

  // Who gives the answers that follow.
  Session& By(std::string person) {
    person_ = std::move(person);
    return *this;
  }

  MergedAnswers Merge(const ErrorsOfPeople* errors = nullptr) const {
    std::vector<const Answer*> pointers;
    for (const Answer& answer : answers_) pointers.push_back(&answer);
    return MergeAnswers(kText, pointers, errors);
  }

 private:
  Answer& Next(storage::v1::TaskKind kind, storage::v1::Verdict verdict) {
    Answer answer;
    answer.set_revision(answers_.size() + 1);
    answer.set_kind(kind);
    answer.set_verdict(verdict);
    answer.set_annotator(person_);
    answers_.push_back(answer);
    return answers_.back();
  }
  std::string person_ = "ann";
  std::vector<Answer> answers_;
};

TEST(MergeAnswersTest, CollectsAcceptsAndRejects) {
  const MergedAnswers merged =
      Session().Accept(7, 20, "title").Reject(24, 29, "title").Reject(0, 6, "title").Merge();
  EXPECT_EQ(merged.labelled.text(), kText);
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title"));
  EXPECT_THAT(ShowAll(merged.labelled.rejected()), ElementsAre("0-6 title", "24-29 title"));
  EXPECT_THAT(merged.labelled.complete_labels(), IsEmpty());
  EXPECT_THAT(merged.contradictions, IsEmpty());
}

TEST(MergeAnswersTest, LatestDecisionOnASpanWins) {
  const MergedAnswers merged = Session().Accept(7, 20, "title").Reject(7, 20, "title").Merge();
  EXPECT_THAT(merged.labelled.accepted(), IsEmpty());
  EXPECT_THAT(ShowAll(merged.labelled.rejected()), ElementsAre("7-20 title"));
  ASSERT_THAT(merged.contradictions, SizeIs(1));
  EXPECT_EQ(merged.contradictions[0].earlier, 1u);
  EXPECT_EQ(merged.contradictions[0].later, 2u);
  const MergedAnswers again = Session().Reject(7, 20, "title").Accept(7, 20, "title").Merge();
  EXPECT_THAT(again.labelled.rejected(), IsEmpty());
  EXPECT_THAT(ShowAll(again.labelled.accepted()), ElementsAre("7-20 title"));
  EXPECT_THAT(again.contradictions, SizeIs(1));
}

TEST(MergeAnswersTest, SameAnswerTwiceIsNoContradiction) {
  EXPECT_THAT(Session().Accept(7, 20, "title").Accept(7, 20, "title").Merge().contradictions,
              IsEmpty());
  EXPECT_THAT(Session().Reject(7, 20, "title").Reject(7, 20, "title").Merge().contradictions,
              IsEmpty());
}

TEST(MergeAnswersTest, AcceptRemovesCrossingAccepts) {
  const MergedAnswers merged = Session().Accept(0, 12, "title").Accept(7, 20, "title").Merge();
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title"));
  ASSERT_THAT(merged.contradictions, SizeIs(1));
  EXPECT_THAT(merged.contradictions[0].what, HasSubstr("[0, 12) title"));
  // Another label on the same words crosses, too.
  EXPECT_THAT(
      ShowAll(
          Session().Accept(24, 29, "title").Accept(24, 29, "place").Merge().labelled.accepted()),
      ElementsAre("24-29 place"));
}

TEST(MergeAnswersTest, OverlapsWithinOneAnswerAreNoContradiction) {
  const std::vector<Span> nested = {MakeSpan(7, 20, "title"), MakeSpan(0, 20, "title")};
  for (const MergedAnswers& merged : {Session().Binary(storage::v1::VERDICT_ACCEPT, nested).Merge(),
                                      Session().Complete({"title"}, nested).Merge()}) {
    EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("0-20 title", "7-20 title"));
    EXPECT_THAT(merged.contradictions, IsEmpty());
  }
}

TEST(MergeAnswersTest, CompleteAnnotationReplacesItsLabelsOnly) {
  const MergedAnswers merged = Session()
                                   .Accept(0, 6, "title")
                                   .Reject(7, 20, "title")
                                   .Accept(24, 29, "place")
                                   .Complete({"title"}, {MakeSpan(7, 20, "title")})
                                   .Merge();
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title", "24-29 place"));
  EXPECT_THAT(merged.labelled.rejected(), IsEmpty());
  EXPECT_THAT(merged.labelled.complete_labels(), ElementsAre("title"));
  EXPECT_THAT(merged.contradictions, SizeIs(2));
}

TEST(MergeAnswersTest, RejectEndsCompletenessAcceptCorrectsIt) {
  const MergedAnswers rejected =
      Session().Complete({"title"}, {MakeSpan(7, 20, "title")}).Reject(7, 20, "title").Merge();
  EXPECT_THAT(rejected.labelled.complete_labels(), IsEmpty());
  EXPECT_THAT(ShowAll(rejected.labelled.rejected()), ElementsAre("7-20 title"));
  EXPECT_THAT(rejected.contradictions, SizeIs(1));

  const MergedAnswers corrected =
      Session().Complete({"title"}, {MakeSpan(7, 20, "title")}).Accept(0, 20, "title").Merge();
  EXPECT_THAT(corrected.labelled.complete_labels(), ElementsAre("title"));
  EXPECT_THAT(ShowAll(corrected.labelled.accepted()), ElementsAre("0-20 title"));
  EXPECT_THAT(corrected.contradictions, SizeIs(1));
}

TEST(MergeAnswersTest, NothingIsLearntFromIgnoresBadRowsAndComparisons) {
  Session session;
  session.Binary(storage::v1::VERDICT_IGNORE, {MakeSpan(0, 6, "title")});
  session.Complete({"title"}, {MakeSpan(7, 20, "title")}, storage::v1::VERDICT_REJECT);
  session.Complete({"title"}, {}, storage::v1::VERDICT_IGNORE);
  session.Accept(0, 6, "title");
  session.last().set_kind(storage::v1::TASK_KIND_COMPARE);
  session.last().clear_coverage();
  const MergedAnswers merged = session.Merge();
  EXPECT_THAT(merged.labelled.accepted(), IsEmpty());
  EXPECT_THAT(merged.labelled.rejected(), IsEmpty());
  EXPECT_THAT(merged.labelled.complete_labels(), IsEmpty());
}

TEST(MergeAnswersTest, DecisionsOwnVerdictWins) {
  Session session;
  session.Binary(storage::v1::VERDICT_ACCEPT, {MakeSpan(0, 6, "title"), MakeSpan(7, 20, "title")});
  session.last().mutable_decisions(0)->set_verdict(storage::v1::VERDICT_REJECT);
  const MergedAnswers merged = session.Merge();
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title"));
  EXPECT_THAT(ShowAll(merged.labelled.rejected()), ElementsAre("0-6 title"));
}

TEST(MergeAnswersTest, TombstoneUndoes) {
  const MergedAnswers merged =
      Session().Accept(7, 20, "title").Reject(7, 20, "title").Undo(2).Merge();
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title"));
  EXPECT_THAT(merged.contradictions, IsEmpty());
}

TEST(PeopleWhoDisagree, AreFollowedInNothingAndNamedWhereTheyAreAsMany) {
  const MergedAnswers merged = Session()
                                   .By("bob")
                                   .Complete({"title"}, {MakeSpan(7, 20, "title")})
                                   .By("ann")
                                   .Complete({"title"}, {MakeSpan(0, 20, "title")})
                                   .Merge();
  EXPECT_THAT(merged.labelled.accepted(), IsEmpty());
  EXPECT_THAT(ShowAll(merged.labelled.disputed()), ElementsAre("0-20 title", "7-20 title"));
  EXPECT_THAT(merged.labelled.complete_labels(), ElementsAre("title"));
  EXPECT_THAT(merged.contradictions, IsEmpty());
  ASSERT_THAT(merged.disagreements, SizeIs(2));
  EXPECT_EQ(merged.disagreements[0].what, "accepted by ann; not by bob");
  EXPECT_EQ(merged.disagreements[1].what, "accepted by bob; not by ann");
  EXPECT_TRUE(merged.disagreements[0].is_tie && merged.disagreements[1].is_tie);
}

TEST(PeopleWhoDisagree, FollowTheMajorityInTheSpansInQuestion) {
  const MergedAnswers merged =
      Session()
          .By("ann")
          .Complete({"title", "place"}, {MakeSpan(7, 20, "title"), MakeSpan(24, 29, "place")})
          .By("bob")
          .Reject(7, 20, "title")
          .Reject(0, 6, "title")
          .Accept(24, 29, "place")
          .By("carl")
          .Accept(7, 20, "title")
          .Merge();
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title", "24-29 place"));
  EXPECT_THAT(ShowAll(merged.labelled.rejected()), ElementsAre("0-6 title"));
  EXPECT_THAT(merged.labelled.disputed(), IsEmpty());
  ASSERT_THAT(merged.disagreements, SizeIs(1));
  EXPECT_FALSE(merged.disagreements[0].is_tie);
  EXPECT_EQ(merged.disagreements[0].what, "accepted by ann, carl; not by bob");
}

TEST(PeopleWhoDisagree, AreOutvotedWithTheirBoundaries) {
  Session session;
  session.By("ann").Complete({"title"}, {MakeSpan(0, 20, "title")});
  for (const char* name : {"bob", "carl"})
    session.By(name).Complete({"title"}, {MakeSpan(7, 20, "title")});
  const MergedAnswers merged = session.Merge();
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title"));
  EXPECT_THAT(ShowAll(merged.labelled.rejected()), ElementsAre("0-20 title"));
  EXPECT_THAT(merged.disagreements, SizeIs(2));
}

TEST(PeopleWhoDisagree, OneWhoCorrectsThemselvesDoesNotDispute) {
  const MergedAnswers merged = Session()
                                   .By("ann")
                                   .Accept(7, 20, "title")
                                   .By("bob")
                                   .Reject(7, 20, "title")
                                   .Accept(7, 20, "title")
                                   .Merge();
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title"));
  EXPECT_THAT(merged.contradictions, SizeIs(1));
  EXPECT_THAT(merged.disagreements, IsEmpty());
}

TEST(PeopleWhoDisagree, AnswersWithoutANameCorrectNobody) {
  const MergedAnswers merged =
      Session().By("").Accept(7, 20, "title").Reject(7, 20, "title").Merge();
  EXPECT_THAT(ShowAll(merged.labelled.disputed()), ElementsAre("7-20 title"));
  EXPECT_EQ(merged.disagreements[0].what, "accepted by somebody; not by somebody");
}

// Everything that a merge says.
std::string Say(const MergedAnswers& merged) {
  std::string said = merged.labelled.SerializeAsString();
  for (const Disagreement& disagreement : merged.disagreements)
    absl::StrAppend(&said, "\n", Show(disagreement.span), " ", disagreement.what);
  for (const Contradiction& contradiction : merged.contradictions)
    absl::StrAppend(&said, "\n", Show(contradiction.span), " ", contradiction.what);
  return said;
}

Session RandomSession(Random& random) {
  const std::vector<Span> spans = {MakeSpan(0, 6, "title"),   MakeSpan(7, 20, "title"),
                                   MakeSpan(0, 20, "title"),  MakeSpan(7, 20, "place"),
                                   MakeSpan(24, 29, "place"), MakeSpan(24, 29, "title")};
  const auto some = [&] {
    std::vector<Span> chosen;
    for (const Span& span : spans) {
      if (random.Below(3) == 0) chosen.push_back(span);
    }
    return chosen;
  };
  Session session;
  for (uint64_t n = 2 + random.Below(7); n > 0; --n) {
    session.By(std::vector<std::string>{"", "ann", "bob", "carl"}[random.Below(4)]);
    const auto verdict =
        random.Below(2) == 0 ? storage::v1::VERDICT_ACCEPT : storage::v1::VERDICT_REJECT;
    if (random.Below(2) == 0) {
      session.Binary(verdict, some());
    } else {
      session.Complete(random.Below(2) == 0 ? std::vector<std::string>{"title"}
                                            : std::vector<std::string>{"place", "title"},
                       some());
    }
  }
  return session;
}

// Another order in which everybody's own answers keep theirs.
void Permute(std::vector<Answer>& answers, Random& random) {
  for (int n = 0; n < 50; ++n) {
    const size_t i = random.Below(answers.size() - 1);
    const std::string& name = answers[i].annotator();
    if (name.empty() || name != answers[i + 1].annotator()) std::swap(answers[i], answers[i + 1]);
  }
  for (size_t i = 0; i < answers.size(); ++i) answers[i].set_revision(i + 1);
}

TEST(MergeAnswersProperty, OnlyTheOrderOfOnePersonsAnswersMatters) {
  Random random(15);
  int num_disputed = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    Session session = RandomSession(random);
    const std::string said = Say(session.Merge());
    num_disputed += session.Merge().labelled.disputed().empty() ? 0 : 1;
    for (int n = 0; n < 5; ++n) {
      Permute(session.answers(), random);
      ASSERT_EQ(Say(session.Merge()), said) << "trial " << trial;
    }
  }
  EXPECT_GT(num_disputed, 200);
}

// ann hardly errs; bob and whoever is unknown err once in five answers.
ErrorsOfPeople Errors() { return {{{"ann", {0.01, 0.02}}, {"bob", {0.2, 0.2}}}, {0.2, 0.2}}; }

TEST(MergeAnswersTest, TheEvidenceOfPeopleAddsUp) {
  const ErrorsOfPeople errors = Errors();
  Session session;
  session.By("ann").Accept(0, 6, "title").Reject(7, 20, "title").Accept(24, 29, "place");
  for (const char* person : {"bob", ""})
    session.By(person).Reject(0, 6, "title").Reject(7, 20, "title");
  const MergedAnswers merged = session.Merge(&errors);
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("0-6 title", "24-29 place"));
  EXPECT_THAT(ShowAll(merged.labelled.rejected()), ElementsAre("7-20 title"));
  const auto log_odds = [&](size_t i) {
    const storage::v1::Evidence* evidence =
        FindEvidence(merged.labelled, i < 2 ? merged.labelled.accepted(static_cast<int>(i))
                                            : merged.labelled.rejected(0));
    return evidence == nullptr ? 0 : evidence->log_odds();
  };
  EXPECT_NEAR(log_odds(0), std::log(0.99 / 0.02) + 2 * std::log(0.2 / 0.8), 1e-12);
  EXPECT_NEAR(log_odds(1), std::log(0.99 / 0.02), 1e-12);
  EXPECT_NEAR(log_odds(2), std::log(0.01 / 0.98) + 2 * std::log(0.2 / 0.8), 1e-12);
  EXPECT_THAT(merged.disagreements, SizeIs(1));
  EXPECT_THAT(ShowAll(session.Merge().labelled.rejected()), ElementsAre("0-6 title", "7-20 title"));
}

TEST(MergeAnswersTest, WhereNothingOutweighsASpanIsDisputed) {
  const ErrorsOfPeople errors = Errors();
  const MergedAnswers merged =
      Session().By("bob").Accept(0, 6, "title").By("carl").Reject(0, 6, "title").Merge(&errors);
  EXPECT_THAT(ShowAll(merged.labelled.disputed()), ElementsAre("0-6 title"));
  EXPECT_THAT(merged.labelled.evidence(), IsEmpty());
  ASSERT_THAT(merged.disagreements, SizeIs(1));
  EXPECT_TRUE(merged.disagreements[0].is_tie);
}

TEST(MergeAnswersTest, SpansThatOverlapAreEvidenceEachOfItsOwn) {
  const ErrorsOfPeople errors = Errors();
  const MergedAnswers merged =
      Session().By("ann").Accept(7, 20, "title").By("bob").Accept(13, 20, "title").Merge(&errors);
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("7-20 title", "13-20 title"));
  EXPECT_THAT(merged.labelled.evidence(), SizeIs(2));
  EXPECT_THAT(merged.disagreements, SizeIs(2));
}

TEST(MergeAnswersTest, CompleteAnnotationsGoByMajorityWhateverPeopleWeigh) {
  const ErrorsOfPeople errors = Errors();
  Session session;
  session.By("ann").Complete({"title"}, {MakeSpan(7, 20, "title")}).Accept(24, 29, "place");
  for (const char* person : {"bob", "carl"}) session.By(person).Complete({"title"}, {});
  const MergedAnswers merged = session.Merge(&errors);
  EXPECT_THAT(ShowAll(merged.labelled.rejected()), ElementsAre("7-20 title"));
  EXPECT_THAT(ShowAll(merged.labelled.accepted()), ElementsAre("24-29 place"));
  ASSERT_THAT(merged.labelled.evidence(), SizeIs(1));
  EXPECT_EQ(merged.labelled.evidence(0).span().label(), "place");
}

}  // namespace
}  // namespace winnow::ner

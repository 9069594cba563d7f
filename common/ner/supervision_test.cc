#include "common/ner/supervision.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "common/base/random.h"
#include "common/ner/brute_force.h"
#include "common/ner/testing.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using storage::v1::Answer;
using storage::v1::LabelledText;
using storage::v1::Span;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Tokens of kText: Senior Sales Manager in Leeds.
class CompileTest : public ::testing::Test {
 protected:
  CompileTest() { labelled_.set_text(kText); }

  Supervision Run(const SupervisionOptions& options = {}) {
    auto supervision = Compile(labelled_, text::Tokenize(labelled_.text()), labels_, options);
    EXPECT_TRUE(supervision.ok()) << supervision.status();
    return *std::move(supervision);
  }
  std::string Error() {
    const auto supervision = Compile(labelled_, text::Tokenize(labelled_.text()), labels_);
    EXPECT_EQ(supervision.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(supervision.status().message());
  }
  void Accept(uint32_t start, uint32_t end, const std::string& label) {
    *labelled_.add_accepted() = MakeSpan(start, end, label);
  }
  void Reject(uint32_t start, uint32_t end, const std::string& label) {
    *labelled_.add_rejected() = MakeSpan(start, end, label);
  }
  void AddEvidence(const Span& span, double log_odds) {
    *labelled_.add_evidence()->mutable_span() = span;
    labelled_.mutable_evidence()->rbegin()->set_log_odds(log_odds);
  }
  std::vector<int> AllowedTags(const Constraint& constraint, size_t token) const {
    std::vector<int> allowed;
    for (int y = 0; y < tags_.num_tags(); ++y) {
      if (constraint.allowed[token * tags_.num_tags() + y] != 0) allowed.push_back(y);
    }
    return allowed;
  }

  LabelledText labelled_;
  std::vector<std::string> labels_ = {"title", "place"};
  TagSet tags_{2};
};

TEST_F(CompileTest, CompleteAnnotationIsAPath) {
  Accept(7, 20, "title");
  Accept(24, 29, "place");
  labelled_.add_complete_labels("place");
  labelled_.add_complete_labels("title");
  EXPECT_THAT(Run().constraint.path,
              ElementsAre(0, tags_.Begin(0), tags_.End(0), 0, tags_.Single(1)));
  labelled_.clear_accepted();
  EXPECT_THAT(Run().constraint.path, ElementsAre(0, 0, 0, 0, 0));
}

TEST_F(CompileTest, WhatIsDisputedIsUnknownWithinACompleteAnnotation) {
  Accept(24, 29, "place");
  *labelled_.add_disputed() = MakeSpan(7, 20, "title");
  labelled_.add_complete_labels("place");
  labelled_.add_complete_labels("title");
  const Constraint constraint = Run().constraint;
  ASSERT_THAT(constraint.path, IsEmpty());
  EXPECT_THAT(AllowedTags(constraint, 0), ElementsAre(0));
  for (const size_t token : {1, 2}) {
    EXPECT_THAT(
        AllowedTags(constraint, token),
        UnorderedElementsAre(0, tags_.Single(0), tags_.Begin(0), tags_.Inside(0), tags_.End(0)));
  }
  EXPECT_THAT(AllowedTags(constraint, 3), ElementsAre(0));
  EXPECT_THAT(AllowedTags(constraint, 4), ElementsAre(tags_.Single(1)));
}

TEST_F(CompileTest, AcceptFixesItsTokensOnly) {
  Accept(7, 20, "title");
  const Constraint constraint = Run().constraint;
  EXPECT_THAT(AllowedTags(constraint, 0), SizeIs(9));
  EXPECT_THAT(AllowedTags(constraint, 1), ElementsAre(tags_.Begin(0)));
  EXPECT_THAT(AllowedTags(constraint, 2), ElementsAre(tags_.End(0)));
  EXPECT_THAT(AllowedTags(constraint, 4), SizeIs(9));
}

TEST_F(CompileTest, RejectLeavesAllElseOpen) {
  Reject(7, 20, "title");
  Reject(0, 6, "place");
  const Constraint constraint = Run().constraint;
  EXPECT_THAT(constraint.path, IsEmpty());
  EXPECT_THAT(constraint.allowed, IsEmpty());
  ASSERT_THAT(constraint.weighted, SizeIs(2));
  EXPECT_EQ(constraint.weighted[0].span, (TokenSpan{0, 1, 1}));
  EXPECT_EQ(constraint.weighted[1].span, (TokenSpan{1, 3, 0}));
  EXPECT_EQ(constraint.weighted[1].factor, 0);
}

TEST_F(CompileTest, OtherLabelsStayOpenOutsideACompleteSet) {
  Accept(7, 20, "title");
  labelled_.add_complete_labels("title");
  const Constraint constraint = Run().constraint;
  EXPECT_THAT(AllowedTags(constraint, 0),
              ElementsAre(0, tags_.Single(1), tags_.Begin(1), tags_.Inside(1), tags_.End(1)));
}

TEST_F(CompileTest, MisalignedSpansAreLeftOutAndUnknown) {
  Accept(7, 22, "title");
  Reject(1, 6, "place");
  labelled_.add_complete_labels("title");
  labelled_.add_complete_labels("place");
  const Supervision supervision = Run();
  EXPECT_THAT(ShowAll(supervision.misaligned), ElementsAre("7-22 title", "1-6 place"));
  EXPECT_THAT(AllowedTags(supervision.constraint, 0), ElementsAre(0));
  EXPECT_THAT(AllowedTags(supervision.constraint, 1), SizeIs(9));
  EXPECT_THAT(AllowedTags(supervision.constraint, 3), SizeIs(9));
  EXPECT_THAT(AllowedTags(supervision.constraint, 4), ElementsAre(0));
}

TEST_F(CompileTest, OfNestedAcceptsTheLongestIsKept) {
  Accept(7, 12, "title");
  Accept(0, 20, "title");
  Accept(13, 20, "place");
  Accept(0, 20, "title");
  const Supervision supervision = Run();
  EXPECT_THAT(ShowAll(supervision.overlapping), ElementsAre("7-12 title", "13-20 place"));
  EXPECT_THAT(AllowedTags(supervision.constraint, 0), ElementsAre(tags_.Begin(0)));
  EXPECT_THAT(AllowedTags(supervision.constraint, 1), ElementsAre(tags_.Inside(0)));
  EXPECT_THAT(AllowedTags(supervision.constraint, 2), ElementsAre(tags_.End(0)));
  EXPECT_THAT(AllowedTags(supervision.constraint, 3), SizeIs(9));
}

TEST_F(CompileTest, WhatACrossingAcceptCoversBesideTheKeptOneIsUnknown) {
  Accept(13, 23, "place");
  Accept(0, 20, "title");
  Accept(7, 25, "title");  // off the tokens: what is kept stays fixed
  labelled_.add_complete_labels("title");
  labelled_.add_complete_labels("place");
  const Supervision supervision = Run();
  EXPECT_THAT(ShowAll(supervision.overlapping), ElementsAre("13-23 place"));
  EXPECT_THAT(ShowAll(supervision.misaligned), ElementsAre("7-25 title"));
  EXPECT_THAT(AllowedTags(supervision.constraint, 2), ElementsAre(tags_.End(0)));
  EXPECT_THAT(AllowedTags(supervision.constraint, 3), SizeIs(9));
  EXPECT_THAT(AllowedTags(supervision.constraint, 4), SizeIs(9));
}

TEST_F(CompileTest, SpansOfUnknownLabelsOverlapNothing) {
  Accept(0, 29, "company");
  Accept(7, 20, "title");
  const Supervision supervision = Run();
  EXPECT_THAT(supervision.overlapping, IsEmpty());
  EXPECT_THAT(AllowedTags(supervision.constraint, 1), ElementsAre(tags_.Begin(0)));
}

TEST_F(CompileTest, UnknownLabelsAreIgnoredAndReported) {
  Accept(7, 20, "company");
  labelled_.add_complete_labels("company");
  const Supervision supervision = Run();
  EXPECT_TRUE(supervision.constraint.empty());
  EXPECT_THAT(ShowAll(supervision.unknown_label), ElementsAre("7-20 company"));
}

TEST_F(CompileTest, OffsetsAreCodePoints) {
  labelled_.set_text("Größe XL Schuh");
  Accept(6, 8, "title");
  EXPECT_THAT(AllowedTags(Run().constraint, 1), ElementsAre(tags_.Single(0)));
}

// Z_w / Z is the probability that such an annotator answers so, but for constants.
TEST_F(CompileTest, ErrorRatesGiveTheLikelihoodOfTheAnswers) {
  Accept(7, 20, "title");
  Reject(24, 29, "title");
  const AnswerErrors errors = {.reject_right = 0.1, .accept_wrong = 0.05};
  const Constraint constraint = Run({.errors = errors}).constraint;
  EXPECT_THAT(constraint.allowed, IsEmpty());
  Random random(3);
  const SmallProblem problem(2, 5, random);
  double likelihood = 0;
  ForEachPath(problem, {}, 1, [&](const std::vector<uint16_t>& path, double weight) {
    const std::vector<TokenSpan> spans = SpansOfTags(path, tags_);
    const auto has = [&](TokenSpan span) {
      return std::find(spans.begin(), spans.end(), span) != spans.end();
    };
    likelihood += weight * (has({1, 3, 0}) ? 1 - errors.reject_right : errors.accept_wrong) *
                  (has({4, 5, 0}) ? errors.reject_right : 1 - errors.accept_wrong);
  });
  const double constants = errors.accept_wrong * (1 - errors.accept_wrong);
  EXPECT_NEAR(constants * BruteForceZ(problem, constraint) / likelihood, 1, 1e-9);
}

// Three people with rates of their own, two of whom accept spans that overlap.
TEST_F(CompileTest, EvidenceGivesTheLikelihoodOfTheAnswersOfSeveralPeople) {
  struct Said {
    TokenSpan span;
    bool accepted;
    AnswerErrors errors;
  };
  const std::vector<Said> answers = {{{1, 3, 0}, true, {0.1, 0.05}},
                                     {{1, 3, 0}, false, {0.2, 0.3}},
                                     {{2, 3, 0}, true, {0.2, 0.3}},
                                     {{4, 5, 1}, false, {0.05, 0.1}},
                                     {{4, 5, 1}, false, {0.2, 0.3}}};
  const auto likelihood = [](const Said& said, bool right) {
    const double yes = right ? 1 - said.errors.reject_right : said.errors.accept_wrong;
    return said.accepted ? yes : 1 - yes;
  };
  const std::vector<Span> spans = {MakeSpan(7, 20, "title"), MakeSpan(13, 20, "title"),
                                   MakeSpan(24, 29, "place")};
  const std::vector<TokenSpan> of_tokens = {{1, 3, 0}, {2, 3, 0}, {4, 5, 1}};
  double constants = 1;
  for (size_t i = 0; i < spans.size(); ++i) {
    double log_odds = 0;
    for (const Said& said : answers) {
      if (!(said.span == of_tokens[i])) continue;
      log_odds += std::log(likelihood(said, true) / likelihood(said, false));
      constants *= likelihood(said, false);
    }
    *(log_odds > 0 ? labelled_.add_accepted() : labelled_.add_rejected()) = spans[i];
    AddEvidence(spans[i], log_odds);
  }
  const Supervision supervision = Run();
  EXPECT_THAT(supervision.overlapping, IsEmpty());
  EXPECT_THAT(supervision.constraint.allowed, IsEmpty());
  Random random(3);
  const SmallProblem problem(2, 5, random);
  double expected = 0;
  ForEachPath(problem, {}, 1, [&](const std::vector<uint16_t>& path, double weight) {
    const std::vector<TokenSpan> found = SpansOfTags(path, tags_);
    for (const Said& said : answers)
      weight *= likelihood(said, std::find(found.begin(), found.end(), said.span) != found.end());
    expected += weight;
  });
  EXPECT_NEAR(constants * BruteForceZ(problem, supervision.constraint) / expected, 1, 1e-9);
}

TEST_F(CompileTest, WhatIsCertainComesBeforeEvidence) {
  Accept(0, 20, "title");
  AddEvidence(MakeSpan(0, 20, "title"), 3);
  Accept(7, 12, "title");
  Accept(24, 29, "place");
  AddEvidence(MakeSpan(24, 29, "place"), 3);
  labelled_.add_complete_labels("place");
  const Supervision supervision = Run({.errors = {}});
  EXPECT_THAT(ShowAll(supervision.overlapping), ElementsAre("0-20 title"));
  EXPECT_THAT(AllowedTags(supervision.constraint, 1), ElementsAre(tags_.Single(0)));
  EXPECT_THAT(AllowedTags(supervision.constraint, 4), ElementsAre(tags_.Single(1)));
  EXPECT_THAT(supervision.constraint.weighted, IsEmpty());
}

TEST_F(CompileTest, ErrorRatesAreOfYesAndNoOnly) {
  Accept(7, 20, "title");
  Accept(24, 29, "place");
  Reject(0, 6, "title");
  labelled_.add_complete_labels("title");
  const Constraint constraint =
      Run({.errors = {.reject_right = 0.1, .accept_wrong = 0.05}}).constraint;
  EXPECT_THAT(AllowedTags(constraint, 1), ElementsAre(tags_.Begin(0)));
  EXPECT_THAT(AllowedTags(constraint, 4), SizeIs(5));
  ASSERT_THAT(constraint.weighted, SizeIs(2));
  EXPECT_EQ(constraint.weighted[0].factor, 0);
  EXPECT_NEAR(constraint.weighted[1].factor, 18, 1e-9);
}

TEST_F(CompileTest, EverythingThatIsWrongIsNamed) {
  Accept(7, 20, "title");
  Accept(5, 5, "title");
  Reject(7, 20, "title");
  Reject(24, 30, "title");
  AddEvidence(MakeSpan(24, 30, "title"), 1);
  AddEvidence(MakeSpan(0, 6, "title"), -1);
  AddEvidence(MakeSpan(7, 20, "title"), std::numeric_limits<double>::quiet_NaN());
  const std::string error = Error();
  EXPECT_THAT(error, HasSubstr("[5, 5) title"));
  EXPECT_THAT(error, HasSubstr("[7, 20) title: is accepted and rejected"));
  EXPECT_THAT(error, HasSubstr("rejected [24, 30) title: is empty or beyond the text's 29"));
  EXPECT_THAT(error, HasSubstr("evidence [24, 30) title: is 1, but the span is rejected"));
  EXPECT_THAT(error, HasSubstr("evidence [0, 6) title: is -1, but the span is not judged"));
  EXPECT_THAT(error, HasSubstr("evidence [7, 20) title: is nan"));
}

}  // namespace
}  // namespace winnow::ner

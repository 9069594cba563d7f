#include "services/evaluation/verdict.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::evaluation {
namespace {

using annotation::v1::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using winnow::common::v1::PREFERENCE_A;
using winnow::common::v1::PREFERENCE_B;
using winnow::common::v1::PREFERENCE_TIE;
using winnow::common::v1::PREFERENCE_UNSPECIFIED;

storage::v1::ComparisonRun RunOf(uint64_t num_texts, uint64_t num_differing,
                                 uint32_t max_judgements = 200) {
  storage::v1::ComparisonRun run;
  run.set_name("ab");
  run.set_queue(num_differing > 0 ? "ab" : "");
  run.set_num_texts(num_texts);
  run.set_num_differing(num_differing);
  run.set_max_judgements(max_judgements);
  return run;
}

// Answers on tasks of their own, revisions from 1; unspecified is an answer "ignore".
std::vector<Answer> Answers(const std::vector<winnow::common::v1::Preference>& preferences) {
  std::vector<Answer> answers;
  for (const auto preference : preferences) {
    Answer& answer = answers.emplace_back();
    answer.set_revision(answers.size());
    answer.set_queue("ab");
    answer.set_task_id(absl::StrCat("task", answers.size()));
    answer.set_preference(preference);
    answer.set_verdict(preference == PREFERENCE_UNSPECIFIED ? winnow::common::v1::VERDICT_IGNORE
                                                            : winnow::common::v1::VERDICT_ACCEPT);
  }
  return answers;
}

Answer Tombstone(uint64_t revision, uint64_t undoes) {
  Answer answer;
  answer.set_revision(revision);
  answer.set_undoes(undoes);
  return answer;
}

TEST(Judge, NoDifferenceNeedsNoAnswers) {
  const v1::Comparison comparison = Judge(RunOf(400, 0), {});
  EXPECT_EQ(comparison.verdict(), v1::COMPARISON_VERDICT_NO_DIFFERENCE);
  EXPECT_EQ(comparison.reason(), "the outputs are the same on all 400 texts");
  EXPECT_EQ(comparison.e_value(), 1);
  EXPECT_FALSE(comparison.has_preference_b());
}

TEST(Judge, RunsWithoutAnswers) {
  const v1::Comparison comparison = Judge(RunOf(400, 90), {});
  EXPECT_EQ(comparison.verdict(), v1::COMPARISON_VERDICT_RUNNING);
  EXPECT_EQ(comparison.e_value(), 1);
  EXPECT_FALSE(comparison.has_preference_b());
  EXPECT_THAT(comparison.reason(), HasSubstr("they agree on 310 of 400 texts"));
}

TEST(Judge, StopsForBWithItsFigures) {
  // 2^8 B(1, 9) = 256 / 9 = 28.4 after eight in a row; after seven, 128 / 8 = 16.
  EXPECT_EQ(Judge(RunOf(400, 90), Answers(std::vector(7, PREFERENCE_B))).verdict(),
            v1::COMPARISON_VERDICT_RUNNING);
  const v1::Comparison comparison = Judge(RunOf(400, 90), Answers(std::vector(8, PREFERENCE_B)));
  EXPECT_EQ(comparison.verdict(), v1::COMPARISON_VERDICT_B);
  EXPECT_EQ(comparison.num_prefer_b(), 8u);
  EXPECT_NEAR(comparison.e_value(), 256.0 / 9, 1e-9);
  EXPECT_EQ(comparison.preference_b().value(), 1);
  EXPECT_EQ(comparison.preference_b().high(), 1);
  // The lower end q solves B(9, 1) / q^8 = 20.
  EXPECT_NEAR(comparison.preference_b().low(), std::pow(1.0 / 9 / 20, 1.0 / 8), 1e-9);
  EXPECT_THAT(comparison.reason(),
              HasSubstr("B is preferred 8 of 8 times (100 %, 95 % anytime interval 52-100 %)"));
}

TEST(Judge, TheIntervalOfBMirrorsThatOfA) {
  std::vector<winnow::common::v1::Preference> for_a(8, PREFERENCE_A);
  const v1::Comparison a = Judge(RunOf(400, 90), Answers(for_a));
  EXPECT_EQ(a.verdict(), v1::COMPARISON_VERDICT_A);
  EXPECT_EQ(a.preference_b().value(), 0);
  EXPECT_EQ(a.preference_b().low(), 0);
  EXPECT_NEAR(a.preference_b().high(), 1 - std::pow(1.0 / 9 / 20, 1.0 / 8), 1e-9);
  EXPECT_THAT(a.reason(), HasSubstr("A is preferred 8 of 8 times"));
}

TEST(Judge, AnswersAfterTheStopChangeNothing) {
  std::vector<winnow::common::v1::Preference> preferences(8, PREFERENCE_B);
  preferences.insert(preferences.end(), 5, PREFERENCE_A);
  const v1::Comparison comparison = Judge(RunOf(400, 90), Answers(preferences));
  EXPECT_EQ(comparison.verdict(), v1::COMPARISON_VERDICT_B);
  EXPECT_EQ(comparison.num_prefer_a(), 0u);
  EXPECT_THAT(comparison.reason(), HasSubstr("not counted: 5"));
}

TEST(Judge, UndoneAnswersAndThoseOfOtherQueuesDoNotCount) {
  std::vector<Answer> answers = Answers(std::vector(9, PREFERENCE_B));
  answers[3].set_queue("another");
  answers.push_back(Tombstone(10, 2));
  const v1::Comparison comparison = Judge(RunOf(400, 90), answers);
  EXPECT_EQ(comparison.verdict(), v1::COMPARISON_VERDICT_RUNNING);
  EXPECT_EQ(comparison.num_prefer_b(), 7u);
}

TEST(Judge, TiesAndIgnoredOnesAreCountedApart) {
  const std::vector<Answer> answers =
      Answers({PREFERENCE_TIE, PREFERENCE_B, PREFERENCE_UNSPECIFIED, PREFERENCE_TIE, PREFERENCE_A});
  const v1::Comparison comparison = Judge(RunOf(400, 90), answers);
  EXPECT_EQ(comparison.num_ties(), 2u);
  EXPECT_EQ(comparison.num_ignored(), 1u);
  EXPECT_EQ(comparison.preference_b().value(), 0.5);
  EXPECT_THAT(comparison.reason(), HasSubstr("ties: 2; skipped: 1"));
}

TEST(Judge, UndecidedWhenTheTextsRanOut) {
  const std::vector<Answer> answers = Answers({PREFERENCE_A, PREFERENCE_B, PREFERENCE_UNSPECIFIED});
  EXPECT_EQ(Judge(RunOf(400, 4), answers).verdict(), v1::COMPARISON_VERDICT_RUNNING);
  const v1::Comparison comparison = Judge(RunOf(400, 3), answers);
  EXPECT_EQ(comparison.verdict(), v1::COMPARISON_VERDICT_UNDECIDED);
  EXPECT_THAT(comparison.reason(), HasSubstr("no differing text is left to ask"));
  storage::v1::ComparisonRun run = RunOf(400, 4);
  run.set_num_answered_before(1);
  EXPECT_EQ(Judge(run, answers).verdict(), v1::COMPARISON_VERDICT_UNDECIDED);
}

TEST(Judge, TheSameTaskAnsweredTwiceIsOneText) {
  std::vector<Answer> answers = Answers({PREFERENCE_A, PREFERENCE_B});
  answers[1].set_task_id(answers[0].task_id());
  EXPECT_EQ(Judge(RunOf(400, 2), answers).verdict(), v1::COMPARISON_VERDICT_RUNNING);
}

TEST(Judge, UndecidedAtTheCap) {
  const v1::Comparison comparison =
      Judge(RunOf(400, 90, 4), Answers({PREFERENCE_A, PREFERENCE_B, PREFERENCE_TIE, PREFERENCE_B}));
  EXPECT_EQ(comparison.verdict(), v1::COMPARISON_VERDICT_UNDECIDED);
  EXPECT_THAT(comparison.reason(), HasSubstr("undecided after 4 judgements"));
}

TEST(Judge, CaveatsAreInTheReason) {
  storage::v1::ComparisonRun run = RunOf(400, 0);
  run.add_caveats("a leak cannot be excluded");
  EXPECT_THAT(Judge(run, {}).reason(), HasSubstr("a leak cannot be excluded"));
  run = RunOf(400, 90);
  EXPECT_THAT(Judge(run, {}).reason(), Not(HasSubstr("a leak")));
  run.add_caveats("a leak cannot be excluded");
  EXPECT_THAT(Judge(run, {}).reason(), HasSubstr("a leak cannot be excluded"));
}

}  // namespace
}  // namespace winnow::evaluation

#include "common/tournament/verdict.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::tournament {
namespace {

using stats::SequentialVerdict;
using storage::v1::Answer;
using storage::v1::PREFERENCE_A;
using storage::v1::PREFERENCE_B;
using storage::v1::PREFERENCE_TIE;
using storage::v1::PREFERENCE_UNSPECIFIED;
using ::testing::HasSubstr;
using ::testing::Not;

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
std::vector<Answer> Answers(const std::vector<storage::v1::Preference>& preferences) {
  std::vector<Answer> answers;
  for (const auto preference : preferences) {
    Answer& answer = answers.emplace_back();
    answer.set_revision(answers.size());
    answer.set_queue("ab");
    answer.set_task_id(absl::StrCat("task", answers.size()));
    answer.mutable_comparison()->set_preference(preference);
    answer.set_verdict(preference == PREFERENCE_UNSPECIFIED ? storage::v1::VERDICT_IGNORE
                                                            : storage::v1::VERDICT_ACCEPT);
  }
  return answers;
}

TEST(Judge, NoDifferenceNeedsNoAnswers) {
  const Verdict verdict = Judge(RunOf(400, 0), {});
  EXPECT_EQ(verdict.outcome, SequentialVerdict::kNoDifference);
  EXPECT_EQ(verdict.reason, "the outputs are the same on all 400 texts");
  EXPECT_EQ(verdict.e_value, 1);
  EXPECT_FALSE(verdict.preference_b.has_value());
}

TEST(Judge, RunsWithoutAnswers) {
  const Verdict verdict = Judge(RunOf(400, 90), {});
  EXPECT_EQ(verdict.outcome, SequentialVerdict::kRunning);
  EXPECT_EQ(verdict.e_value, 1);
  EXPECT_FALSE(verdict.preference_b.has_value());
  EXPECT_THAT(verdict.reason, HasSubstr("they agree on 310 of 400 texts"));
}

TEST(Judge, StopsForBWithItsFigures) {
  // 2^8 B(1, 9) = 256 / 9 = 28.4 after eight in a row; after seven, 128 / 8 = 16.
  EXPECT_EQ(Judge(RunOf(400, 90), Answers(std::vector(7, PREFERENCE_B))).outcome,
            SequentialVerdict::kRunning);
  const Verdict verdict = Judge(RunOf(400, 90), Answers(std::vector(8, PREFERENCE_B)));
  EXPECT_EQ(verdict.outcome, SequentialVerdict::kB);
  EXPECT_EQ(verdict.num_prefer_b, 8u);
  EXPECT_NEAR(verdict.e_value, 256.0 / 9, 1e-9);
  EXPECT_EQ(verdict.preference_b->value, 1);
  EXPECT_EQ(verdict.preference_b->interval.upper, 1);
  // The lower end q solves B(9, 1) / q^8 = 20.
  EXPECT_NEAR(verdict.preference_b->interval.lower, std::pow(1.0 / 9 / 20, 1.0 / 8), 1e-9);
  EXPECT_THAT(verdict.reason,
              HasSubstr("B is preferred 8 of 8 times (100 %, 95 % anytime interval 52-100 %)"));
}

TEST(Judge, TheIntervalOfBMirrorsThatOfA) {
  std::vector<storage::v1::Preference> for_a(8, PREFERENCE_A);
  const Verdict a = Judge(RunOf(400, 90), Answers(for_a));
  EXPECT_EQ(a.outcome, SequentialVerdict::kA);
  EXPECT_EQ(a.preference_b->value, 0);
  EXPECT_EQ(a.preference_b->interval.lower, 0);
  EXPECT_NEAR(a.preference_b->interval.upper, 1 - std::pow(1.0 / 9 / 20, 1.0 / 8), 1e-9);
  EXPECT_THAT(a.reason, HasSubstr("A is preferred 8 of 8 times"));
}

TEST(Judge, AnswersAfterTheStopChangeNothing) {
  std::vector<storage::v1::Preference> preferences(8, PREFERENCE_B);
  preferences.insert(preferences.end(), 5, PREFERENCE_A);
  const Verdict verdict = Judge(RunOf(400, 90), Answers(preferences));
  EXPECT_EQ(verdict.outcome, SequentialVerdict::kB);
  EXPECT_EQ(verdict.num_prefer_a, 0u);
  EXPECT_THAT(verdict.reason, HasSubstr("not counted: 5"));
}

TEST(Judge, AnswersOfOtherQueuesDoNotCount) {
  std::vector<Answer> answers = Answers(std::vector(8, PREFERENCE_B));
  answers[3].set_queue("another");
  const Verdict verdict = Judge(RunOf(400, 90), answers);
  EXPECT_EQ(verdict.outcome, SequentialVerdict::kRunning);
  EXPECT_EQ(verdict.num_prefer_b, 7u);
}

TEST(Judge, TiesAndIgnoredOnesAreCountedApart) {
  const std::vector<Answer> answers =
      Answers({PREFERENCE_TIE, PREFERENCE_B, PREFERENCE_UNSPECIFIED, PREFERENCE_TIE, PREFERENCE_A});
  const Verdict verdict = Judge(RunOf(400, 90), answers);
  EXPECT_EQ(verdict.num_ties, 2u);
  EXPECT_EQ(verdict.num_ignored, 1u);
  EXPECT_EQ(verdict.preference_b->value, 0.5);
  EXPECT_THAT(verdict.reason, HasSubstr("ties: 2; skipped: 1"));
}

TEST(Judge, UndecidedWhenTheTextsRanOut) {
  const std::vector<Answer> answers = Answers({PREFERENCE_A, PREFERENCE_B, PREFERENCE_UNSPECIFIED});
  EXPECT_EQ(Judge(RunOf(400, 4), answers).outcome, SequentialVerdict::kRunning);
  const Verdict verdict = Judge(RunOf(400, 3), answers);
  EXPECT_EQ(verdict.outcome, SequentialVerdict::kUndecided);
  EXPECT_THAT(verdict.reason, HasSubstr("no differing text is left to ask"));
  storage::v1::ComparisonRun run = RunOf(400, 4);
  run.set_num_answered_before(1);
  EXPECT_EQ(Judge(run, answers).outcome, SequentialVerdict::kUndecided);
}

TEST(Judge, TheSameTaskAnsweredTwiceIsOneText) {
  std::vector<Answer> answers = Answers({PREFERENCE_A, PREFERENCE_B});
  answers[1].set_task_id(answers[0].task_id());
  EXPECT_EQ(Judge(RunOf(400, 2), answers).outcome, SequentialVerdict::kRunning);
}

TEST(Judge, UndecidedAtTheCap) {
  const Verdict verdict =
      Judge(RunOf(400, 90, 4), Answers({PREFERENCE_A, PREFERENCE_B, PREFERENCE_TIE, PREFERENCE_B}));
  EXPECT_EQ(verdict.outcome, SequentialVerdict::kUndecided);
  EXPECT_THAT(verdict.reason, HasSubstr("undecided after 4 judgements"));
}

TEST(Judge, CaveatsAreInTheReason) {
  storage::v1::ComparisonRun run = RunOf(400, 0);
  run.add_caveats("a leak cannot be excluded");
  EXPECT_THAT(Judge(run, {}).reason, HasSubstr("a leak cannot be excluded"));
  run = RunOf(400, 90);
  EXPECT_THAT(Judge(run, {}).reason, Not(HasSubstr("a leak")));
  run.add_caveats("a leak cannot be excluded");
  EXPECT_THAT(Judge(run, {}).reason, HasSubstr("a leak cannot be excluded"));
}

}  // namespace
}  // namespace winnow::tournament

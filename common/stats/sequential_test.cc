#include "common/stats/sequential.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

std::vector<Preference> Draw(Random& random, double preference_a, int judgements) {
  std::vector<Preference> drawn;
  for (int i = 0; i < judgements; ++i) {
    drawn.push_back(random.Uniform() < preference_a ? Preference::kA : Preference::kB);
  }
  return drawn;
}

std::vector<Preference> Alternating(int judgements) {
  std::vector<Preference> result;
  for (int i = 0; i < judgements; ++i)
    result.push_back(i % 2 == 0 ? Preference::kA : Preference::kB);
  return result;
}

// P(stopped by judgement n), exact, for a test that stops at E >= 20.
std::vector<double> StoppedBy(double preference_a, int longest) {
  std::vector<double> stopped = {0};
  std::vector<double> alive = {1};
  for (int n = 1; n <= longest; ++n) {
    std::vector<double> next(n + 1);
    for (int k = 0; k < n; ++k) {
      next[k] += alive[k] * (1 - preference_a);
      next[k + 1] += alive[k] * preference_a;
    }
    stopped.push_back(stopped.back());
    // E depends on the larger number of wins only and rises with it.
    for (int wins = n; 2 * wins >= n && LogEValue(wins, n - wins) >= std::log(20); --wins) {
      stopped.back() += next[wins];
      next[wins] = 0;
      if (2 * wins == n) continue;
      stopped.back() += next[n - wins];
      next[n - wins] = 0;
    }
    alive = std::move(next);
  }
  return stopped;
}

int Quantile(const std::vector<double>& stopped, double level) {
  return static_cast<int>(std::lower_bound(stopped.begin(), stopped.end(), level) -
                          stopped.begin());
}

TEST(LogEValue, KnownValues) {
  EXPECT_EQ(LogEValue(0, 0), 0);
  // 2^1 B(2, 1) = 1; 2^2 B(3, 1) = 4/3; 2^2 B(2, 2) = 2/3.
  EXPECT_NEAR(LogEValue(1, 0), 0, 1e-12);
  EXPECT_NEAR(LogEValue(0, 2), std::log(4.0 / 3), 1e-12);
  EXPECT_NEAR(LogEValue(1, 1), std::log(2.0 / 3), 1e-12);
  EXPECT_NEAR(std::exp(LogEValue(78, 22)) / 1e6, 1.7, 0.05);
}

TEST(LogEValue, IsAFairBetWhenNeitherIsPreferred) {
  for (int a = 0; a < 20; ++a) {
    for (int b = 0; b < 20; ++b) {
      EXPECT_NEAR((std::exp(LogEValue(a + 1, b)) + std::exp(LogEValue(a, b + 1))) / 2,
                  std::exp(LogEValue(a, b)), 1e-9 * std::exp(LogEValue(a, b)));
    }
  }
}

TEST(LogEValue, StopsAfterThePublishedNumberOfJudgements) {
  struct Case {
    double preference;
    int median, slow;
  };
  for (const auto& [preference, median, slow] :
       {Case{0.90, 12, 19}, Case{0.78, 22, 50}, Case{0.70, 47, 105}, Case{0.65, 88, 196},
        Case{0.60, 210, 477}}) {
    const std::vector<double> stopped = StoppedBy(preference, 500);
    EXPECT_EQ(Quantile(stopped, 0.5), median) << preference;
    EXPECT_EQ(Quantile(stopped, 0.9), slow) << preference;
  }
}

TEST(LogEValue, SeldomStopsWhenNeitherIsPreferred) {
  const double stopped = StoppedBy(0.5, 2000).back();
  EXPECT_LT(stopped, 0.05);
  EXPECT_NEAR(stopped, 0.037, 0.001);
}

TEST(ConfidenceSequence, KnownValues) {
  EXPECT_NEAR(ConfidenceSequence(39, 11, 0.05).lower, 0.57, 0.005);
  EXPECT_NEAR(ConfidenceSequence(39, 11, 0.05).upper, 0.92, 0.005);
  EXPECT_NEAR(ConfidenceSequence(78, 22, 0.05).lower, 0.63, 0.005);
  EXPECT_NEAR(ConfidenceSequence(78, 22, 0.05).upper, 0.89, 0.005);
}

TEST(ConfidenceSequence, ExcludesEqualPreferenceExactlyWhenTheTestStops) {
  for (int a = 0; a <= 60; ++a) {
    for (int b = 0; b <= 60; ++b) {
      const Interval cs = ConfidenceSequence(a, b, 0.05);
      EXPECT_EQ(cs.lower > 0.5 || cs.upper < 0.5, LogEValue(a, b) >= std::log(20)) << a << " " << b;
    }
  }
}

TEST(ConfidenceSequence, IsSymmetricAndStartsWithNothingKnown) {
  EXPECT_EQ(ConfidenceSequence(0, 0, 0.05).lower, 0);
  EXPECT_EQ(ConfidenceSequence(0, 0, 0.05).upper, 1);
  EXPECT_NEAR(ConfidenceSequence(9, 4, 0.05).lower, 1 - ConfidenceSequence(4, 9, 0.05).upper,
              1e-12);
  EXPECT_EQ(ConfidenceSequence(30, 0, 0.05).upper, 1);
  EXPECT_GT(ConfidenceSequence(30, 0, 0.05).lower, 0.8);
}

TEST(ConfidenceSequence, CoversAtAllTimesAtOnce) {
  Random random(41);
  int missed = 0;
  for (int k = 0; k < 400; ++k) {
    int wins = 0;
    bool always = true;
    for (int n = 1; n <= 300 && always; ++n) {
      wins += random.Uniform() < 0.7;
      const Interval cs = ConfidenceSequence(wins, n - wins, 0.05);
      always = cs.lower <= 0.7 && 0.7 <= cs.upper;
    }
    missed += !always;
  }
  EXPECT_LE(missed, 20);
  EXPECT_GE(missed, 1);
}

TEST(JudgePreferences, StopsSoonForAClearPreferenceAndForTheRightSide) {
  Random random(42);
  SequentialOptions options;
  options.cap = 1000;
  for (const double preference : {0.90, 0.78}) {
    std::vector<int64_t> lengths;
    int right = 0;
    for (int k = 0; k < 1000; ++k) {
      const SequentialResult result =
          JudgePreferences(Draw(random, preference, 400), false, options);
      lengths.push_back(result.wins_a + result.wins_b);
      right += result.verdict == SequentialVerdict::kA;
      ASSERT_EQ(result.wins_a + result.wins_b + result.after_stop, 400);
    }
    std::nth_element(lengths.begin(), lengths.begin() + 500, lengths.end());
    EXPECT_NEAR(static_cast<double>(lengths[500]), preference == 0.90 ? 12 : 22, 2) << preference;
    EXPECT_GT(right, 970);
  }
}

TEST(JudgePreferences, SeldomDecidesWhenNeitherIsPreferred) {
  Random random(43);
  int decided = 0;
  for (int k = 0; k < 2000; ++k) {
    const SequentialVerdict verdict = JudgePreferences(Draw(random, 0.5, 200), false).verdict;
    decided += verdict == SequentialVerdict::kA || verdict == SequentialVerdict::kB;
    ASSERT_NE(verdict, SequentialVerdict::kRunning);
  }
  EXPECT_LT(decided, 100);
  EXPECT_GT(decided, 0);
}

TEST(JudgePreferences, StopIsFinalAndLaterAnswersAreCounted) {
  std::vector<Preference> judgements(20, Preference::kB);
  const SequentialResult at_stop = JudgePreferences(judgements, false);
  EXPECT_EQ(at_stop.verdict, SequentialVerdict::kB);
  // 2^n / (n + 1) >= 20 first at n = 8.
  EXPECT_EQ(at_stop.wins_b, 8);
  EXPECT_EQ(at_stop.after_stop, 12);
  judgements.insert(judgements.end(), 100, Preference::kA);
  const SequentialResult later = JudgePreferences(judgements, true);
  EXPECT_EQ(later.verdict, SequentialVerdict::kB);
  EXPECT_EQ(later.wins_a, 0);
  EXPECT_EQ(later.after_stop, 112);
  EXPECT_EQ(later.log_e, at_stop.log_e);
}

TEST(JudgePreferences, TiesAreCountedAndLeftOutOfTheTest) {
  std::vector<Preference> judgements(30, Preference::kTie);
  judgements.insert(judgements.end(), 7, Preference::kA);
  SequentialResult result = JudgePreferences(judgements, false);
  EXPECT_EQ(result.verdict, SequentialVerdict::kRunning);
  EXPECT_EQ(result.ties, 30);
  EXPECT_EQ(result.log_e, LogEValue(7, 0));
  judgements.push_back(Preference::kA);
  EXPECT_EQ(JudgePreferences(judgements, false).verdict, SequentialVerdict::kA);
}

TEST(JudgePreferences, CapCountsTiesToo) {
  SequentialOptions options;
  options.cap = 40;
  std::vector<Preference> judgements(39, Preference::kTie);
  EXPECT_EQ(JudgePreferences(judgements, false, options).verdict, SequentialVerdict::kRunning);
  judgements.push_back(Preference::kTie);
  EXPECT_EQ(JudgePreferences(judgements, false, options).verdict, SequentialVerdict::kUndecided);
}

TEST(JudgePreferences, RunningOutOfTextsIsUndecided) {
  const std::vector<Preference> judgements = Alternating(10);
  EXPECT_EQ(JudgePreferences(judgements, false).verdict, SequentialVerdict::kRunning);
  EXPECT_EQ(JudgePreferences(judgements, true).verdict, SequentialVerdict::kUndecided);
  EXPECT_EQ(JudgePreferences({}, true).verdict, SequentialVerdict::kUndecided);
  EXPECT_EQ(JudgePreferences({}, false).verdict, SequentialVerdict::kRunning);
}

TEST(JudgePreferences, NoPracticalDifferenceNeeds274JudgementsOrMore) {
  SequentialOptions options;
  options.cap = 1000;
  const SequentialResult result = JudgePreferences(Alternating(1000), false, options);
  EXPECT_EQ(result.verdict, SequentialVerdict::kNoDifference);
  EXPECT_EQ(result.wins_a + result.wins_b, 274);
  EXPECT_GE(result.preference_a.lower, 0.4);
  EXPECT_LE(result.preference_a.upper, 0.6);
}

}  // namespace
}  // namespace winnow::stats

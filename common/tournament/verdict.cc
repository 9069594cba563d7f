#include "common/tournament/verdict.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace winnow::tournament {
namespace {

using stats::SequentialVerdict;
using storage::v1::Answer;
using storage::v1::ComparisonRun;

// Beyond e^700 a double overflows.
constexpr double kMaxLogE = 700;

struct Judgements {
  std::vector<stats::Preference> preferences;
  uint64_t num_ignored = 0;
  // Answered, with a judgement or not.
  std::set<std::string> tasks;
};

std::optional<stats::Preference> PreferenceOf(const Answer& answer) {
  switch (answer.comparison().preference()) {
    case storage::v1::PREFERENCE_A:
      return stats::Preference::kA;
    case storage::v1::PREFERENCE_B:
      return stats::Preference::kB;
    case storage::v1::PREFERENCE_TIE:
      return stats::Preference::kTie;
    default:
      return std::nullopt;
  }
}

Judgements Collect(const ComparisonRun& run, absl::Span<const Answer> answers) {
  Judgements result;
  for (const Answer& answer : answers) {
    if (answer.queue() != run.queue()) continue;
    result.tasks.insert(answer.task_id());
    if (answer.verdict() == storage::v1::VERDICT_IGNORE) {
      ++result.num_ignored;
    } else if (const auto preference = PreferenceOf(answer); preference.has_value()) {
      result.preferences.push_back(*preference);
    }
  }
  return result;
}

// "B is preferred 23 of 25 times (92 %, 95 % anytime interval 75-98 %) where the outputs differ"
std::string PreferenceSentence(const stats::SequentialResult& result) {
  const int64_t num_judged = result.wins_a + result.wins_b;
  if (num_judged == 0) return "no output has been preferred yet";
  const bool prefers_b = result.wins_b >= result.wins_a;
  const int64_t wins = prefers_b ? result.wins_b : result.wins_a;
  const stats::Interval a = result.preference_a;
  const stats::Interval interval = prefers_b ? stats::Interval{1 - a.upper, 1 - a.lower} : a;
  const double share = static_cast<double>(wins) / static_cast<double>(num_judged);
  return absl::StrFormat(
      "%s is preferred %d of %d times (%.0f %%, 95 %% anytime interval %.0f-%.0f %%) where the "
      "outputs differ",
      prefers_b ? "B" : "A", wins, num_judged, 100 * share, 100 * interval.lower,
      100 * interval.upper);
}

std::string VerdictSentence(const ComparisonRun& run, const stats::SequentialResult& result) {
  const std::string preference = PreferenceSentence(result);
  const int64_t num_judgements = result.wins_a + result.wins_b + result.ties;
  switch (result.verdict) {
    case SequentialVerdict::kRunning:
      return absl::StrCat("more answers are wanted: ", preference);
    case SequentialVerdict::kNoDifference:
      return absl::StrCat("no practical difference: ", preference);
    case SequentialVerdict::kUndecided:
      if (num_judgements >= run.max_judgements()) {
        return absl::StrCat("undecided after ", num_judgements, " judgements: ", preference);
      }
      return absl::StrCat("undecided, and no differing text is left to ask: ", preference);
    default:
      return preference;
  }
}

void AppendCaveats(const ComparisonRun& run, std::string& reason) {
  for (const std::string& caveat : run.caveats()) absl::StrAppend(&reason, "; ", caveat);
}

std::string Reason(const ComparisonRun& run, const stats::SequentialResult& result,
                   uint64_t num_ignored) {
  std::string reason =
      absl::StrCat(VerdictSentence(run, result), "; they agree on ",
                   run.num_texts() - run.num_differing(), " of ", run.num_texts(), " texts");
  if (result.ties > 0) absl::StrAppend(&reason, "; ties: ", result.ties);
  if (num_ignored > 0) absl::StrAppend(&reason, "; skipped: ", num_ignored);
  if (result.after_stop > 0)
    absl::StrAppend(&reason, "; given after the end and not counted: ", result.after_stop);
  AppendCaveats(run, reason);
  return reason;
}

// Nobody was asked, because the outputs are the same.
Verdict WithoutQuestions(const ComparisonRun& run) {
  Verdict verdict;
  verdict.outcome = SequentialVerdict::kNoDifference;
  verdict.reason = absl::StrCat("the outputs are the same on all ", run.num_texts(), " texts");
  AppendCaveats(run, verdict.reason);
  return verdict;
}

std::optional<stats::Estimate> PreferenceForB(const stats::SequentialResult& result) {
  const int64_t num_judged = result.wins_a + result.wins_b;
  if (num_judged == 0) return std::nullopt;
  stats::Estimate estimate;
  estimate.value = static_cast<double>(result.wins_b) / static_cast<double>(num_judged);
  estimate.interval = {1 - result.preference_a.upper, 1 - result.preference_a.lower};
  return estimate;
}

}  // namespace

Verdict Judge(const ComparisonRun& run, absl::Span<const Answer> answers) {
  if (run.num_differing() == 0) return WithoutQuestions(run);
  const Judgements judgements = Collect(run, answers);
  stats::SequentialOptions options;
  options.cap = run.max_judgements();
  const bool texts_ran_out =
      judgements.tasks.size() + run.num_answered_before() >= run.num_differing();
  const stats::SequentialResult result =
      stats::JudgePreferences(judgements.preferences, texts_ran_out, options);

  Verdict verdict;
  verdict.outcome = result.verdict;
  verdict.num_prefer_a = static_cast<uint64_t>(result.wins_a);
  verdict.num_prefer_b = static_cast<uint64_t>(result.wins_b);
  verdict.num_ties = static_cast<uint64_t>(result.ties);
  verdict.num_ignored = judgements.num_ignored;
  verdict.e_value = std::exp(std::min(result.log_e, kMaxLogE));
  verdict.preference_b = PreferenceForB(result);
  verdict.reason = Reason(run, result, judgements.num_ignored);
  return verdict;
}

}  // namespace winnow::tournament

#include "services/evaluation/verdict.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/stats/sequential.h"

namespace winnow::evaluation {
namespace {

using annotation::v1::Answer;
using stats::SequentialVerdict;
using storage::v1::ComparisonRun;

struct Judgements {
  std::vector<stats::Preference> preferences;
  uint64_t num_ignored = 0;
  // Answered, with a judgement or not.
  std::set<std::string> tasks;
};

// The answers of the run's queue that stand.
Judgements Collect(const ComparisonRun& run, absl::Span<const Answer> answers) {
  std::map<uint64_t, const Answer*> standing;
  for (const Answer& answer : answers) {
    if (answer.undoes() != 0) {
      standing.erase(answer.undoes());
    } else if (answer.queue() == run.queue()) {
      standing[answer.revision()] = &answer;
    }
  }
  Judgements result;
  for (const auto& [revision, answer] : standing) {
    result.tasks.insert(answer->task_id());
    if (answer->verdict() == winnow::common::v1::VERDICT_IGNORE) {
      ++result.num_ignored;
      continue;
    }
    switch (answer->preference()) {
      case winnow::common::v1::PREFERENCE_A:
        result.preferences.push_back(stats::Preference::kA);
        break;
      case winnow::common::v1::PREFERENCE_B:
        result.preferences.push_back(stats::Preference::kB);
        break;
      case winnow::common::v1::PREFERENCE_TIE:
        result.preferences.push_back(stats::Preference::kTie);
        break;
      default:
        break;
    }
  }
  return result;
}

v1::ComparisonVerdict ToApi(SequentialVerdict verdict) {
  switch (verdict) {
    case SequentialVerdict::kRunning:
      return v1::COMPARISON_VERDICT_RUNNING;
    case SequentialVerdict::kA:
      return v1::COMPARISON_VERDICT_A;
    case SequentialVerdict::kB:
      return v1::COMPARISON_VERDICT_B;
    case SequentialVerdict::kNoDifference:
      return v1::COMPARISON_VERDICT_NO_DIFFERENCE;
    case SequentialVerdict::kUndecided:
      return v1::COMPARISON_VERDICT_UNDECIDED;
  }
  return v1::COMPARISON_VERDICT_UNSPECIFIED;
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

std::string Reason(const ComparisonRun& run, const stats::SequentialResult& result,
                   uint64_t num_ignored) {
  std::string reason =
      absl::StrCat(VerdictSentence(run, result), "; they agree on ",
                   run.num_texts() - run.num_differing(), " of ", run.num_texts(), " texts");
  if (result.ties > 0) absl::StrAppend(&reason, "; ties: ", result.ties);
  if (num_ignored > 0) absl::StrAppend(&reason, "; skipped: ", num_ignored);
  if (result.after_stop > 0)
    absl::StrAppend(&reason, "; given after the end and not counted: ", result.after_stop);
  for (const std::string& caveat : run.caveats()) absl::StrAppend(&reason, "; ", caveat);
  return reason;
}

v1::Comparison WithoutAnswers(const ComparisonRun& run) {
  v1::Comparison comparison;
  *comparison.mutable_spec() = SpecOf(run);
  comparison.set_version_a(run.version_a());
  comparison.set_version_b(run.version_b());
  comparison.set_num_texts(run.num_texts());
  comparison.set_num_differing(run.num_differing());
  comparison.set_queue(run.queue());
  return comparison;
}

}  // namespace

v1::ComparisonSpec SpecOf(const ComparisonRun& run) {
  v1::ComparisonSpec spec;
  spec.set_name(run.name());
  spec.set_model_a(run.model_a());
  spec.set_model_b(run.model_b());
  spec.set_source(run.source());
  spec.set_dataset(run.dataset());
  *spec.mutable_labels() = run.labels();
  spec.set_seed(run.seed());
  spec.set_max_judgements(run.max_judgements());
  return spec;
}

v1::Comparison Judge(const ComparisonRun& run, absl::Span<const Answer> answers) {
  v1::Comparison comparison = WithoutAnswers(run);
  if (run.num_differing() == 0) {
    comparison.set_e_value(1);
    comparison.set_verdict(v1::COMPARISON_VERDICT_NO_DIFFERENCE);
    std::string reason =
        absl::StrCat("the outputs are the same on all ", run.num_texts(), " texts");
    for (const std::string& caveat : run.caveats()) absl::StrAppend(&reason, "; ", caveat);
    comparison.set_reason(reason);
    return comparison;
  }
  const Judgements judgements = Collect(run, answers);
  stats::SequentialOptions options;
  options.cap = run.max_judgements();
  const bool texts_ran_out =
      judgements.tasks.size() + run.num_answered_before() >= run.num_differing();
  const stats::SequentialResult result =
      stats::JudgePreferences(judgements.preferences, texts_ran_out, options);
  comparison.set_num_prefer_a(static_cast<uint64_t>(result.wins_a));
  comparison.set_num_prefer_b(static_cast<uint64_t>(result.wins_b));
  comparison.set_num_ties(static_cast<uint64_t>(result.ties));
  comparison.set_num_ignored(judgements.num_ignored);
  // Finite, whatever the number of judgements.
  comparison.set_e_value(std::exp(std::min(result.log_e, 700.0)));
  if (const int64_t num_judged = result.wins_a + result.wins_b; num_judged > 0) {
    winnow::common::v1::Estimate& preference = *comparison.mutable_preference_b();
    preference.set_value(static_cast<double>(result.wins_b) / static_cast<double>(num_judged));
    preference.set_low(1 - result.preference_a.upper);
    preference.set_high(1 - result.preference_a.lower);
  }
  comparison.set_verdict(ToApi(result.verdict));
  comparison.set_reason(Reason(run, result, judgements.num_ignored));
  return comparison;
}

}  // namespace winnow::evaluation

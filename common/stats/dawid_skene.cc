#include "common/stats/dawid_skene.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/algorithm/container.h"
#include "common/base/status.h"
#include "common/stats/posteriors.h"

namespace winnow::stats {
namespace {

// Probabilities are no smaller, so that what one person never did rules nothing out for good.
constexpr double kLeast = 1e-10;

// The shares of each item's answers.
Posteriors Shares(const Judgements& judgements) {
  Posteriors shares(judgements.num_items(), std::vector<double>(judgements.num_categories));
  for (const Judgement& judgement : judgements.all) ++shares[judgement.item][judgement.category];
  for (std::vector<double>& item : shares) {
    double sum = 0;
    for (const double count : item) sum += count;
    for (double& count : item) count /= sum;
  }
  return shares;
}

void Normalise(std::vector<double>& weights) {
  double sum = 0;
  for (double& weight : weights) sum += weight = std::max(weight, kLeast);
  for (double& weight : weights) weight /= sum;
}

void Maximise(const Judgements& judgements, const DawidSkeneOptions& options, DawidSkeneFit& fit) {
  const size_t num_categories = judgements.num_categories;
  fit.prevalence.assign(num_categories, 0);
  for (const std::vector<double>& item : fit.posteriors) {
    for (size_t t = 0; t < num_categories; ++t) fit.prevalence[t] += item[t];
  }
  Normalise(fit.prevalence);
  const double prior_other = options.prior_wrong / static_cast<double>(num_categories - 1);
  std::vector<std::vector<double>> prior(num_categories,
                                         std::vector<double>(num_categories, prior_other));
  for (size_t t = 0; t < num_categories; ++t) prior[t][t] = options.prior_right;
  fit.responses.assign(judgements.num_people, prior);
  for (size_t person = 0; person < options.known.size(); ++person) {
    for (size_t t = 0; t < num_categories; ++t) {
      for (size_t a = 0; a < num_categories; ++a)
        fit.responses[person][t][a] += options.known[person][t][a];
    }
  }
  for (const Judgement& judgement : judgements.all) {
    for (size_t t = 0; t < num_categories; ++t) {
      fit.responses[judgement.person][t][judgement.category] += fit.posteriors[judgement.item][t];
    }
  }
  for (auto& person : fit.responses) {
    for (std::vector<double>& row : person) Normalise(row);
  }
}

Posteriors Expect(const Judgements& judgements, const DawidSkeneFit& fit) {
  std::vector<double> log_prevalence;
  for (const double share : fit.prevalence) log_prevalence.push_back(std::log(share));
  auto log_responses = fit.responses;
  for (auto& person : log_responses) {
    for (auto& row : person) {
      for (double& response : row) response = std::log(response);
    }
  }
  Posteriors logs(judgements.num_items(), log_prevalence);
  for (const Judgement& judgement : judgements.all) {
    for (size_t t = 0; t < judgements.num_categories; ++t)
      logs[judgement.item][t] += log_responses[judgement.person][t][judgement.category];
  }
  NormaliseLogs(logs);
  return logs;
}

// known[person][true category][answer].
bool AreCounts(const std::vector<std::vector<std::vector<double>>>& known,
               const Judgements& judgements) {
  const auto is_row = [&](const std::vector<double>& row) {
    return row.size() == judgements.num_categories &&
           absl::c_all_of(row, [](double count) { return std::isfinite(count) && count >= 0; });
  };
  const auto is_person = [&](const std::vector<std::vector<double>>& rows) {
    return rows.size() == judgements.num_categories && absl::c_all_of(rows, is_row);
  };
  return known.empty() ||
         (known.size() == judgements.num_people && absl::c_all_of(known, is_person));
}

absl::Status Check(const Judgements& judgements, const DawidSkeneOptions& options) {
  Violations violations;
  violations.AddUnlessOk("judgements", CheckEachItemIsJudged(judgements));
  if (!(options.prior_right >= 0)) violations.Add("prior_right", "must not be negative");
  if (!(options.prior_wrong >= 0)) violations.Add("prior_wrong", "must not be negative");
  if (!AreCounts(options.known, judgements))
    violations.Add("known", "must be counts for each person, category and answer");
  if (!(options.tolerance >= 0)) violations.Add("tolerance", "must not be negative");
  if (options.max_iterations < 1) violations.Add("max_iterations", "must be at least 1");
  return violations.ToStatus("rates cannot be estimated");
}

}  // namespace

absl::StatusOr<DawidSkeneFit> FitDawidSkene(const Judgements& judgements,
                                            const DawidSkeneOptions& options) {
  WINNOW_RETURN_IF_ERROR(Check(judgements, options));
  DawidSkeneFit fit;
  fit.posteriors = Shares(judgements);
  Maximise(judgements, options, fit);
  while (!fit.converged && fit.iterations < options.max_iterations) {
    Posteriors posteriors = Expect(judgements, fit);
    fit.converged = LargestChange(fit.posteriors, posteriors) <= options.tolerance;
    fit.posteriors = std::move(posteriors);
    Maximise(judgements, options, fit);
    ++fit.iterations;
  }
  return fit;
}

}  // namespace winnow::stats

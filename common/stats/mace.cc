#include "common/stats/mace.h"

#include <cmath>
#include <utility>

#include "common/base/status.h"
#include "common/stats/posteriors.h"

namespace winnow::stats {
namespace {

constexpr double kCompetencePrior = 0.5;
constexpr double kGuessPrior = 10;

// exp(digamma(x)) for x > 0, to 1e-10: the recurrence to x >= 10, then the asymptotic series
// (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18).
double ExpDigamma(double x) {
  double digamma = 0;
  for (; x < 10; ++x) digamma -= 1 / x;
  const double y = 1 / (x * x);
  digamma += std::log(x) - 0.5 / x - y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y / 240)));
  return std::exp(digamma);
}

// By person.
struct Parameters {
  std::vector<double> competences;
  // Shares of answers that are guesses.
  std::vector<double> guessing;
  std::vector<std::vector<double>> guesses;
};

struct Expectation {
  Posteriors posteriors;
  std::vector<double> known;
  // guessed[person][category].
  std::vector<std::vector<double>> guessed;
};

Expectation Expect(const Judgements& judgements, const Parameters& p) {
  Expectation result;
  result.posteriors.assign(judgements.num_items(), std::vector<double>(judgements.num_categories));
  const auto guess = [&](const Judgement& j) {
    return p.guessing[j.person] * p.guesses[j.person][j.category];
  };
  for (const Judgement& j : judgements.all) {
    for (size_t t = 0; t < judgements.num_categories; ++t) {
      const double knows = t == j.category ? p.competences[j.person] : 0;
      result.posteriors[j.item][t] += std::log(guess(j) + knows);
    }
  }
  NormaliseLogs(result.posteriors);
  result.known.assign(judgements.num_people, 0);
  result.guessed.assign(judgements.num_people, std::vector<double>(judgements.num_categories));
  for (const Judgement& j : judgements.all) {
    const double competence = p.competences[j.person];
    const double known =
        result.posteriors[j.item][j.category] * competence / (guess(j) + competence);
    result.known[j.person] += known;
    result.guessed[j.person][j.category] += 1 - known;
  }
  return result;
}

Parameters Maximise(const Expectation& expectation) {
  Parameters p;
  for (size_t person = 0; person < expectation.known.size(); ++person) {
    const std::vector<double>& guessed = expectation.guessed[person];
    double num_guessed = 0;
    for (const double count : guessed) num_guessed += count;
    const double known = expectation.known[person];
    const double all = ExpDigamma(known + num_guessed + 2 * kCompetencePrior);
    p.competences.push_back(ExpDigamma(known + kCompetencePrior) / all);
    p.guessing.push_back(ExpDigamma(num_guessed + kCompetencePrior) / all);
    const double all_guesses =
        ExpDigamma(num_guessed + kGuessPrior * static_cast<double>(guessed.size()));
    std::vector<double>& guesses = p.guesses.emplace_back();
    for (const double count : guessed)
      guesses.push_back(ExpDigamma(count + kGuessPrior) / all_guesses);
  }
  return p;
}

absl::Status Check(const Judgements& judgements, const MaceOptions& options) {
  Violations violations;
  violations.AddUnlessOk("judgements", CheckEachItemIsJudged(judgements));
  if (!(options.tolerance >= 0)) violations.Add("tolerance", "must not be negative");
  if (options.max_iterations < 1) violations.Add("max_iterations", "must be at least 1");
  return violations.ToStatus("competences cannot be estimated");
}

}  // namespace

absl::StatusOr<MaceFit> FitMace(const Judgements& judgements, const MaceOptions& options) {
  WINNOW_RETURN_IF_ERROR(Check(judgements, options));
  const size_t num_people = judgements.num_people;
  const double even = 1 / static_cast<double>(judgements.num_categories);
  Parameters parameters{std::vector<double>(num_people, 0.5), std::vector<double>(num_people, 0.5),
                        std::vector<std::vector<double>>(
                            num_people, std::vector<double>(judgements.num_categories, even))};
  Expectation expectation = Expect(judgements, parameters);
  MaceFit fit;
  while (!fit.converged && fit.iterations < options.max_iterations) {
    parameters = Maximise(expectation);
    Expectation next = Expect(judgements, parameters);
    fit.converged = LargestChange(expectation.posteriors, next.posteriors) <= options.tolerance;
    expectation = std::move(next);
    ++fit.iterations;
  }
  fit.competences = std::move(parameters.competences);
  fit.guesses = std::move(parameters.guesses);
  fit.posteriors = std::move(expectation.posteriors);
  return fit;
}

}  // namespace winnow::stats

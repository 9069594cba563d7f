// How much people agree in their answers to the same yes/no questions, and how often each is right.
// Pure functions, safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/measure/shared_answers.h"
#include "common/stats/bootstrap.h"
#include "common/stats/intervals.h"

namespace winnow::measure {

struct QuestionAgreement {
  uint64_t num_questions = 0;
  // Of two people who answered the same question, how often they say the same.
  stats::Estimate observed;
  stats::Coefficient alpha;
  // Of the questions with the number of answers that most have (the larger one of two).
  stats::Coefficient fleiss_kappa;
  size_t fleiss_answers = 0;
  uint64_t fleiss_questions = 0;
};

// Nothing without questions. Errors as the functions of common/stats.
absl::StatusOr<std::optional<QuestionAgreement>> MeasureQuestionAgreement(
    absl::Span<const SharedQuestion* const> questions, const stats::BootstrapOptions& options);

// How often a person is right, as estimated from what others say (common/stats/dawid_skene.h and
// mace.h): the truth itself is not known.
struct PersonRates {
  // Index into SharedAnswers::people.
  size_t person = 0;
  // Questions that at least three people answered, this one among them.
  uint64_t num_questions = 0;
  // Dawid and Skene: shares of the right spans that the person accepts, and of the wrong ones that
  // they reject.
  double accepts_right = 0;
  double rejects_wrong = 0;
  // MACE.
  double competence = 0;
  double guesses_yes = 0;
};

struct RatesOfPeople {
  // Questions that at least three people answered: the only ones that tell.
  uint64_t num_questions = 0;
  // Dawid and Skene: the share of them whose span is right.
  double share_right = 0;
  // False when an estimate had not settled at the bound of its iterations.
  bool converged = true;
  // Those who answered such a question, by index.
  std::vector<PersonRates> people;
};

// Nothing where no question was answered by three people: rates are not identified then. With
// `use_prior` people are taken to be careful before they are known (Beta(19, 2)).
absl::StatusOr<std::optional<RatesOfPeople>> EstimateRates(
    absl::Span<const SharedQuestion* const> questions, bool use_prior);

}  // namespace winnow::measure

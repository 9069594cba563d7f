#include "services/annotation/selection.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace winnow::annotation {
namespace {

// Seconds that a yes/no answer takes: a constant and a share per token to read. Rough figures; only the ratio matters.
constexpr double kSecondsPerAnswer = 2.0;
constexpr double kSecondsPerToken = 0.05;

double Uncertainty(const QuestionView& question) {
  const double seconds = kSecondsPerAnswer + kSecondsPerToken * question.num_tokens;
  const double novelty = 1 / std::sqrt(1.0 + question.memory.num_asked);
  return question.probability * (1 - question.probability) * novelty / (1.0 + question.memory.num_rejected) / seconds;
}

double Uniform(const QuestionView&) { return 1; }

}  // namespace

absl::StatusOr<AcquisitionFunction> FindAcquisitionFunction(absl::string_view name) {
  if (name == "uncertainty") return &Uncertainty;
  if (name == "random") return &Uniform;
  return absl::InvalidArgumentError(absl::StrCat("strategy '", name, "' is not one of: uncertainty, random"));
}

double SamplingKey(double weight, double uniform) {
  if (weight <= 0) return std::numeric_limits<double>::infinity();
  return -std::log1p(-uniform) / weight;
}

}  // namespace winnow::annotation

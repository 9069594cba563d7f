#include "common/ner/acquisition.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace winnow::ner {
namespace {

// Seconds that a yes/no answer takes: a constant and a share per token to read. Rough figures; only
// the ratio matters.
constexpr double kSecondsPerAnswer = 2.0;
constexpr double kSecondsPerToken = 0.05;

double SecondsFor(uint32_t num_tokens) { return kSecondsPerAnswer + kSecondsPerToken * num_tokens; }

double Variance(double p) { return p * (1 - p); }

double Uncertainty(const Evidence& evidence) {
  return Variance(evidence.probability) * Utility(evidence);
}

double Deviation(const Evidence& evidence) {
  return std::sqrt(Variance(evidence.probability)) * Utility(evidence);
}

double Entropy(const Evidence& evidence) {
  const double p = evidence.probability;
  if (p <= 0 || p >= 1) return 0;
  return -(p * std::log(p) + (1 - p) * std::log1p(-p)) * Utility(evidence);
}

double Uniform(const Evidence&) { return 1; }

constexpr Acquisition kAcquisitions[] = {{"uncertainty", &Uncertainty},
                                         {"deviation", &Deviation},
                                         {"entropy", &Entropy},
                                         {"random", &Uniform}};

}  // namespace

double Utility(const Evidence& evidence) {
  return 1 / (std::sqrt(1.0 + evidence.memory.num_asked) * (1.0 + evidence.memory.num_rejected) *
              SecondsFor(evidence.num_tokens));
}

bool IsSettled(const Evidence& evidence) {
  const StringMemory& memory = evidence.memory;
  return memory.num_rejected > 0 && memory.num_rejected == memory.num_asked &&
         evidence.probability < kMinRejectedProbability;
}

double MarkupWorth(double log_probability, uint32_t num_tokens) {
  return num_tokens == 0 ? 0 : -log_probability / (num_tokens * SecondsFor(num_tokens));
}

absl::Span<const Acquisition> Acquisitions() { return kAcquisitions; }

absl::StatusOr<AcquisitionFunction> FindAcquisitionFunction(absl::string_view name) {
  for (const Acquisition& acquisition : kAcquisitions) {
    if (acquisition.name == name) return acquisition.weigh;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "strategy '", name, "' is not one of: ",
      absl::StrJoin(kAcquisitions, ", ", [](std::string* out, const Acquisition& acquisition) {
        absl::StrAppend(out, acquisition.name);
      })));
}

double SamplingKey(double weight, double uniform, double sharpness) {
  if (weight <= 0) return std::numeric_limits<double>::infinity();
  // The logarithm of an exponential variable with this rate: the same order, and no underflow of
  // powers.
  return std::log(-std::log1p(-uniform)) - sharpness * std::log(weight);
}

std::vector<size_t> OrderByTurn(absl::Span<const KeyedQuestion> questions) {
  std::vector<size_t> order(questions.size()), turns(questions.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return questions[a].key < questions[b].key; });
  std::map<size_t, size_t> of_text;
  std::map<absl::string_view, size_t> of_string;
  for (const size_t i : order)
    turns[i] = std::max(of_text[questions[i].text]++, of_string[questions[i].string_key]++);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return turns[a] < turns[b]; });
  return order;
}

}  // namespace winnow::ner

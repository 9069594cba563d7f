#include "common/stats/agreement.h"

#include <cstddef>
#include <map>
#include <vector>

#include "common/base/status.h"
#include "common/stats/f1.h"

namespace winnow::stats {
namespace {

// An index from 0 for each category.
std::map<int, size_t> NumberCategories(absl::Span<const JudgementPair> pairs) {
  std::map<int, size_t> categories;
  for (const JudgementPair& pair : pairs) {
    categories.try_emplace(pair.first, categories.size());
    categories.try_emplace(pair.second, categories.size());
  }
  return categories;
}

// cells: counts by category of the first and of the second, row by row.
double ChanceAgreement(absl::Span<const double> cells, size_t size) {
  double items = 0, chance = 0;
  for (const double count : cells) items += count;
  for (size_t k = 0; k < size; ++k) {
    double first = 0, second = 0;
    for (size_t other = 0; other < size; ++other) {
      first += cells[k * size + other];
      second += cells[other * size + k];
    }
    chance += first / items * (second / items);
  }
  return chance;
}

double CohenKappa(absl::Span<const double> cells, size_t size) {
  double items = 0, same = 0;
  for (const double count : cells) items += count;
  for (size_t k = 0; k < size; ++k) same += cells[k * size + k];
  const double chance = ChanceAgreement(cells, size);
  return chance < 1 ? (same / items - chance) / (1 - chance) : 1;
}

}  // namespace

double AskedAgreement::share() const {
  return answers() == 0 ? 0
                        : static_cast<double>(accepted_predicted + rejected_other) /
                              static_cast<double>(answers());
}

AskedAgreement CountAgreement(absl::Span<const AskedSpan> answers) {
  AskedAgreement counts;
  for (const AskedSpan& answer : answers) {
    if (answer.predicted) {
      ++(answer.accepted ? counts.accepted_predicted : counts.rejected_predicted);
    } else {
      ++(answer.accepted ? counts.accepted_other : counts.rejected_other);
    }
  }
  return counts;
}

absl::StatusOr<PairAgreement> MeasureAgreement(absl::Span<const JudgementPair> pairs,
                                               const BootstrapOptions& options) {
  Violations violations;
  if (pairs.empty()) violations.Add("pairs", "no item was judged twice");
  CheckOptions(options, violations);
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("agreement cannot be measured"));

  const std::map<int, size_t> categories = NumberCategories(pairs);
  const size_t size = categories.size();
  TextSums table(size * size);
  std::map<size_t, SpanCounts> same;
  for (const JudgementPair& pair : pairs) {
    ++table.Of(pair.text)[categories.at(pair.first) * size + categories.at(pair.second)];
    SpanCounts& text = same[pair.text];
    text.tp += pair.first == pair.second;
    text.gold = ++text.predicted;
  }
  PairAgreement agreement;
  agreement.items = static_cast<int64_t>(pairs.size());
  std::vector<SpanCounts> shares;
  for (const auto& [text, counts] : same) shares.push_back(counts);
  // A share of items, a text at a time, is what a precision is.
  WINNOW_ASSIGN_OR_RETURN(const F1Report report, MeasureF1(shares, options.confidence));
  agreement.observed = report.precision;
  agreement.expected = ChanceAgreement(table.Total(), size);
  const auto kappa = [&](absl::Span<const double> cells) { return CohenKappa(cells, size); };
  agreement.kappa = MeasureCoefficient(table, kappa, options);
  return agreement;
}

}  // namespace winnow::stats

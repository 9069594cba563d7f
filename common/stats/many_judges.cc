#include "common/stats/many_judges.h"

#include <numeric>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::stats {
namespace {

absl::Status Check(const Judgements& judgements, const BootstrapOptions& options) {
  WINNOW_RETURN_IF_ERROR(Validate(judgements));
  Violations violations;
  CheckOptions(options, violations);
  return violations.ToStatus("agreement cannot be measured");
}

int Sum(absl::Span<const int> counts) { return std::accumulate(counts.begin(), counts.end(), 0); }

// sums: n_k of each category, sum of P_i, number of items.
double FleissKappa(absl::Span<const double> sums) {
  const size_t num_categories = sums.size() - 2;
  const double items = sums[num_categories + 1];
  const double judgements = std::accumulate(sums.begin(), sums.end() - 2, 0.0);
  double expected = 0;
  for (size_t k = 0; k < num_categories; ++k) {
    const double share = sums[k] / judgements;
    expected += share * share;
  }
  return expected < 1 ? (sums[num_categories] / items - expected) / (1 - expected) : 1;
}

// sums: o_ck, row by row.
double KrippendorffAlpha(absl::Span<const double> sums, size_t num_categories) {
  std::vector<double> margins(num_categories);
  double differing = 0;
  for (size_t c = 0; c < num_categories; ++c) {
    for (size_t k = 0; k < num_categories; ++k) {
      margins[c] += sums[c * num_categories + k];
      if (c != k) differing += sums[c * num_categories + k];
    }
  }
  const double n = std::accumulate(margins.begin(), margins.end(), 0.0);
  double expected = 0;
  for (const double margin : margins) expected += margin * (n - margin);
  return expected > 0 ? 1 - (n - 1) * differing / expected : 1;
}

}  // namespace

absl::StatusOr<Coefficient> MeasureFleissKappa(const Judgements& judgements,
                                               const BootstrapOptions& options) {
  WINNOW_RETURN_IF_ERROR(Check(judgements, options));
  const size_t num_categories = judgements.num_categories;
  const std::vector<std::vector<int>> counts = CountByItem(judgements);
  TextSums sums(num_categories + 2);
  Violations violations;
  const int n = counts.empty() ? 0 : Sum(counts[0]);
  for (size_t i = 0; i < counts.size(); ++i) {
    if (Sum(counts[i]) != n) {
      violations.Add(absl::StrCat("item ", i),
                     absl::StrCat("has ", Sum(counts[i]), " judgements, item 0 has ", n));
    }
    if (n < 2) continue;
    std::vector<double>& row = sums.Of(judgements.item_texts[i]);
    double squares = 0;
    for (size_t k = 0; k < num_categories; ++k) {
      row[k] += counts[i][k];
      squares += static_cast<double>(counts[i][k]) * counts[i][k];
    }
    row[num_categories] += (squares - n) / (static_cast<double>(n) * (n - 1));
    ++row[num_categories + 1];
  }
  WINNOW_RETURN_IF_ERROR(
      violations.ToStatus("Fleiss' kappa wants equally many judgements an item"));
  if (sums.rows().empty()) return Coefficient();
  return MeasureCoefficient(sums, FleissKappa, options);
}

absl::StatusOr<Coefficient> MeasureKrippendorffAlpha(const Judgements& judgements,
                                                     const BootstrapOptions& options) {
  WINNOW_RETURN_IF_ERROR(Check(judgements, options));
  const size_t num_categories = judgements.num_categories;
  const std::vector<std::vector<int>> counts = CountByItem(judgements);
  TextSums sums(num_categories * num_categories);
  for (size_t i = 0; i < counts.size(); ++i) {
    const int m = Sum(counts[i]);
    if (m < 2) continue;
    std::vector<double>& row = sums.Of(judgements.item_texts[i]);
    for (size_t c = 0; c < num_categories; ++c) {
      for (size_t k = 0; k < num_categories; ++k) {
        row[c * num_categories + k] +=
            static_cast<double>(counts[i][c]) * (counts[i][k] - (c == k)) / (m - 1);
      }
    }
  }
  const auto alpha = [&](absl::Span<const double> o) {
    return KrippendorffAlpha(o, num_categories);
  };
  return MeasureCoefficient(sums, alpha, options);
}

}  // namespace winnow::stats

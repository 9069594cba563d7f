#include "common/stats/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"

namespace winnow::stats {
namespace {

void AddTo(std::vector<double>& sum, const std::vector<double>& row) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += row[i];
}

// Of ascending values, those that cut off `tail` of them at either end.
Interval Middle(const std::vector<double>& values, double tail) {
  const double last = static_cast<double>(values.size() - 1);
  return {values[static_cast<size_t>(std::floor(tail * last))],
          values[static_cast<size_t>(std::ceil((1 - tail) * last))]};
}

}  // namespace

void CheckOptions(const BootstrapOptions& options, Violations& violations) {
  if (!(options.confidence > 0 && options.confidence < 1)) {
    violations.Add("confidence", absl::StrCat("is ", options.confidence, ", not between 0 and 1"));
  }
  if (options.resamples < 1) {
    violations.Add("resamples", absl::StrCat("is ", options.resamples, ", must be at least 1"));
  }
}

std::vector<double> TextSums::Total() const {
  std::vector<double> total(width_);
  for (const auto& [text, row] : rows_) AddTo(total, row);
  return total;
}

Coefficient MeasureCoefficient(const TextSums& sums,
                               absl::FunctionRef<double(absl::Span<const double>)> function,
                               const BootstrapOptions& options) {
  Coefficient coefficient;
  const std::vector<double> total = sums.Total();
  coefficient.value = function(total);
  if (sums.rows().size() < 2) return coefficient;

  std::vector<const std::vector<double>*> texts;
  for (const auto& [text, row] : sums.rows()) texts.push_back(&row);
  Random random(options.seed);
  std::vector<double> values;
  for (int resample = 0; resample < options.resamples; ++resample) {
    std::vector<double> sum(total.size());
    for (size_t i = 0; i < texts.size(); ++i) AddTo(sum, *texts[random.Below(texts.size())]);
    values.push_back(function(sum));
  }
  std::sort(values.begin(), values.end());
  const Interval middle = Middle(values, (1 - options.confidence) / 2);
  if (middle.lower < middle.upper) coefficient.interval = middle;
  return coefficient;
}

}  // namespace winnow::stats

// Intervals of what has no closed form, by drawing the texts anew. Pure functions, safe to call
// from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/stats/intervals.h"

namespace winnow::stats {

struct BootstrapOptions {
  // In (0, 1).
  double confidence = 0.95;
  // The same seed gives the same interval.
  uint64_t seed = 1;
  // At least 1.
  int resamples = 1000;
};

// Adds what is wrong with the options.
void CheckOptions(const BootstrapOptions& options, Violations& violations);

// Numbers that each text adds to sums over the texts: of a 2x2 table its four cells.
class TextSums {
 public:
  // `width`: how many numbers.
  explicit TextSums(size_t width) : width_(width) {}

  // What this text adds; zeros at first.
  std::vector<double>& Of(size_t text) {
    return rows_.try_emplace(text, std::vector<double>(width_)).first->second;
  }
  const std::map<size_t, std::vector<double>>& rows() const { return rows_; }
  std::vector<double> Total() const;

 private:
  size_t width_;
  std::map<size_t, std::vector<double>> rows_;
};

// A coefficient of agreement, at most 1; chance alone gives 0.
struct Coefficient {
  double value = 1;
  // Absent where nothing can be said: fewer than two texts, or texts so much alike that drawing
  // them anew changes nothing (people who always agree).
  std::optional<Interval> interval;
};

// A function of sums over texts, with its percentile interval (Efron 1979): the sums are made anew
// of as many texts, drawn with replacement, `resamples` times, and the interval holds the middle
// `confidence` of what the function gives. Whole texts are drawn, so that items of one text may
// depend on each other. It assumes that texts are independent. In simulation the interval of alpha
// at .95 covered .90 with 20 texts, .93 with 50, and .95 to .96 with 100 to 500.
// REQUIRES: sound options.
Coefficient MeasureCoefficient(const TextSums& sums,
                               absl::FunctionRef<double(absl::Span<const double>)> function,
                               const BootstrapOptions& options);

}  // namespace winnow::stats

#include "common/ner/example.h"

#include <algorithm>
#include <cmath>

namespace winnow::ner {
namespace {

bool PathFits(const std::vector<uint16_t>& path, size_t num_tokens, TagSet tags) {
  return path.size() == num_tokens &&
         *std::max_element(path.begin(), path.end()) < static_cast<size_t>(tags.num_tags());
}

// Ascending and each once, since the lattice meets them in the order of the tokens.
bool WeightedSpansFit(const std::vector<WeightedSpan>& weighted, size_t num_tokens, TagSet tags) {
  for (size_t i = 0; i < weighted.size(); ++i) {
    const TokenSpan& span = weighted[i].span;
    if (span.begin >= span.end || span.end > num_tokens ||
        span.label >= static_cast<uint32_t>(tags.num_labels()) || !(weighted[i].factor >= 0) ||
        (i > 0 && !(weighted[i - 1].span < span))) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::Status CheckExample(const Example& example, TagSet tags) {
  const size_t n = example.features.num_tokens();
  const Constraint& c = example.constraint;
  if (!c.path.empty() && (!c.allowed.empty() || !c.weighted.empty())) {
    return absl::InvalidArgumentError("an example has both a path and a mask");
  }
  if (!c.path.empty() && !PathFits(c.path, n, tags)) {
    return absl::InvalidArgumentError(
        "the path of an example does not fit its tokens or the labels");
  }
  if (!c.allowed.empty() && c.allowed.size() != n * static_cast<size_t>(tags.num_tags())) {
    return absl::InvalidArgumentError(
        "the mask of an example does not fit its tokens or the labels");
  }
  if (!WeightedSpansFit(c.weighted, n, tags)) {
    return absl::InvalidArgumentError(
        "the weighted spans of an example do not fit its tokens or the labels");
  }
  if (!(example.weight >= 0) || !std::isfinite(example.weight)) {
    return absl::InvalidArgumentError("the weight of an example is negative or not finite");
  }
  return absl::OkStatus();
}

}  // namespace winnow::ner

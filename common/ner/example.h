// One text to learn from.
#pragma once

#include "absl/status/status.h"
#include "common/ner/features.h"
#include "common/ner/lattice.h"
#include "common/ner/tags.h"

namespace winnow::ner {

// The loss of an example is weight * (log Z - log Z_w), Z_w being the mass that its constraint
// leaves, with the logarithms of factors above 1 added, so that it is never negative; the gradient
// is the difference of the expected features of the free and the constrained lattice. It covers
// complete annotations, accepts, rejects and their mixture; an empty constraint teaches nothing.
struct Example {
  TextFeatures features;
  // Tags refer to the labels of the training.
  Constraint constraint;
  double weight = 1;

  bool teaches() const { return !constraint.empty() && weight > 0; }
  bool is_complete() const { return !constraint.path.empty(); }
};

// Of the tokens of the examples that the items have, the share that is characters of scripts
// without spaces.
template <typename Items>
double ShareOfCharacters(const Items& items) {
  size_t num_tokens = 0, num_characters = 0;
  for (const auto& item : items) {
    num_tokens += item.example->features.num_tokens();
    num_characters += item.example->features.num_characters;
  }
  return num_tokens == 0 ? 0 : static_cast<double>(num_characters) / num_tokens;
}

// OK if the sizes in the example agree with each other and with the tags. InvalidArgument, naming
// the part that does not fit, otherwise.
absl::Status CheckExample(const Example& example, TagSet tags);

}  // namespace winnow::ner

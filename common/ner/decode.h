// The best tag sequence.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/lattice.h"
#include "common/ner/tags.h"

namespace winnow::ner {

// Viterbi. Scratch memory that belongs to its caller; not thread-safe.
class Decoder {
 public:
  // The spans of the tag sequence of highest score, ascending. Of equal scores the lower tag number wins.
  // `scores`: emissions [num_tokens][4K]. REQUIRES: sizes agree.
  void Decode(absl::Span<const float> scores, size_t num_tokens, const Transitions& transitions,
              std::vector<TokenSpan>& spans);

 private:
  void Step(absl::Span<const float> scores, TagSet tags, const Transitions& transitions, uint16_t* back);

  std::vector<uint16_t> back_;  // [num_tokens][L]: the best tag before
  std::vector<float> best_, next_;
};

}  // namespace winnow::ner

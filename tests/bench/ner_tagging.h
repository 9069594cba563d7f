// Tagging tokens with a model, as the benches of the learner do it.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/model.h"
#include "common/ner/scorer.h"

namespace winnow::bench {

// Scratch memory of one thread that tags.
struct TaggingScratch {
  ner::Scorer scorer;
  std::vector<float> scores;
  ner::Decoder decoder;
  std::vector<ner::Candidate> spans;
};

// Leaves the predicted spans in `scratch.spans`.
inline void Tag(const ner::Model& model, absl::Span<const absl::string_view> tokens,
                TaggingScratch& scratch) {
  scratch.scorer.Score(model, tokens, scratch.scores);
  scratch.decoder.Decode(scratch.scores, tokens.size(), model.transition_factors(),
                         model.thresholds(), scratch.spans);
}

}  // namespace winnow::bench

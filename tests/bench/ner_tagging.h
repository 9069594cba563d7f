// Tagging tokens with a model, as the benches of the learner do it.
#pragma once

#include <vector>

#include "absl/algorithm/container.h"
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
  ner::CandidateFinder finder;
  ner::Decoder decoder;
  std::vector<ner::Candidate> candidates, spans;
};

// Leaves the predicted spans in `scratch.spans`.
inline void Tag(const ner::Model& model, absl::Span<const absl::string_view> tokens,
                TaggingScratch& scratch) {
  scratch.scorer.Score(model, tokens, scratch.scores);
  scratch.finder.Find(scratch.scores, tokens.size(), model.transition_factors(),
                      *absl::c_min_element(model.thresholds()), scratch.candidates);
  scratch.decoder.Choose(scratch.candidates, tokens.size(), model.thresholds(), scratch.spans);
}

}  // namespace winnow::bench

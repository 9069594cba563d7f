// Training texts as the learner takes them: features, and constraints on a lattice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/knowledge.h"
#include "common/ner/supervision.h"
#include "common/ner/training.h"
#include "common/training/training_data.h"

namespace winnow::training {

// What the new texts say of a label, and how much of it is lost on the learner.
struct LabelUse {
  uint64_t num_accepted = 0;
  // Accepted spans that begin or end inside a token or overlap a longer one; the first of them for
  // people.
  uint64_t num_lost = 0;
  std::string lost_example;
  // Rejected spans, and texts that are complete for the label.
  uint64_t num_rejected = 0;
  uint64_t num_complete_texts = 0;
};

struct CompiledTexts {
  // One per text that can teach something; `text_of[i]` is the index of its text.
  std::vector<ner::Example> examples;
  std::vector<size_t> text_of;
  uint64_t num_off_token_spans = 0;
  // Accepted spans left out because they overlap a longer one; the first kMaxNamed of them for
  // people to read.
  uint64_t num_overlapping_spans = 0;
  std::vector<std::string> named_overlapping_spans;
  static constexpr size_t kMaxNamed = 5;
  // By label.
  std::map<std::string, LabelUse> uses;
};

// Texts as constrained lattices for a model with `labels`. kRejectWeight is not for replayed ones.
// Their features are made with the knowledge; some of the tokens, which the
// seed chooses, go without what its lexicon knows, so that the model learns to do without, too.
absl::StatusOr<CompiledTexts> CompileTexts(absl::Span<const TrainingText> texts,
                                           absl::Span<const std::string> labels,
                                           const ner::SupervisionOptions& options = {},
                                           const ner::Knowledge& knowledge = {}, uint64_t seed = 0);

// Examples of texts of which nothing is known, with features of the same kind.
std::vector<ner::Example> CompileRawTexts(absl::Span<const std::string> texts,
                                          const ner::Knowledge& knowledge, uint64_t seed);

}  // namespace winnow::training

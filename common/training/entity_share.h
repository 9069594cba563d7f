// How many tokens are in entities, where nothing but accepts tells.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/training/compiled_texts.h"
#include "common/training/training_data.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

struct EntityShare {
  // By label of the model: next to nothing says where its entities are not, so that at most
  // `max_share` of the tokens may be in those of all such labels. Empty where there is none.
  std::vector<bool> bounded_labels;
  double max_share = 1;
  // A sentence that a reader of the report must know; may be empty.
  std::string caveat;
};

// Bounds the labels that have more accepts in texts that are not complete than tokens in texts that
// are, by what the spec asks for or else by what was accepted.
EntityShare AssumeEntityShare(const storage::v1::TrainingSpec& spec,
                              absl::Span<const TrainingText> texts, const CompiledTexts& compiled,
                              const std::vector<std::string>& labels);

}  // namespace winnow::training

// Training in one call, for programs that link the library (examples/library).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/training.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::training {

struct TaggerOptions {
  // Seed, threads, passes and the rest of how is learnt.
  ner::LearnerOptions learner;
  // Where the training starts, if not from nothing, and texts that the parent has learnt, which are
  // mixed in so that it does not forget them.
  ner::Parent parent;
  absl::Span<const storage::v1::LabelledText> replay;
  // Texts of which nothing is known, 5,000 or more, best of the kind to be tagged: the training is
  // done twice, and learns the second time what it finds in them the first time.
  absl::Span<const std::string> raw_texts;
};

// Trains a tagger of these labels, and of the parent's, on what is known of the texts, as a
// `winnow ner.batch-train` does, and calibrates it. The model's Save keeps it; a ner::Tagger tags
// with it. Thread-safe. Errors as of TrainModel.
absl::StatusOr<ner::TrainingResult> TrainTagger(absl::Span<const storage::v1::LabelledText> texts,
                                                absl::Span<const std::string> labels,
                                                const TaggerOptions& options = {});

}  // namespace winnow::training

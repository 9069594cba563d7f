// From unlabelled texts to what is known of their words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/lexicon.h"
#include "common/ner/vectors_file.h"
#include "common/ner/word_vectors.h"

namespace winnow::ner {

struct LexiconOptions {
  uint64_t seed = 1;
  // The result does not depend on it.
  size_t num_threads = 1;
  // Fewer tokens are refused. Among six data sets those with 30,000 to 160,000 unlabelled tokens
  // lost up to 1.5 points of F1 by word classes of their own; one with 1.4 million won 5.
  size_t min_tokens = 300'000;
  // If given, the classes are those of these vectors, not of ones learnt from the texts.
  const ImportedVectors* vectors = nullptr;
};

// Learns the classes of the words of the texts, and how each is usually written. Without imported
// vectors the texts should be more than those annotated, best the texts to be tagged: a
// lexicon of the training texts alone does harm, because it knows every word that is learnt from
// and none of those that are new. FailedPrecondition: fewer tokens than options.min_tokens, and no
// imported vectors. Cancelled: by `progress`.
absl::StatusOr<std::shared_ptr<const Lexicon>> LearnLexicon(
    absl::Span<const absl::string_view> texts, const LexiconOptions& options,
    const LexiconProgress& progress = nullptr);

// The same from texts that are cut into tokens.
absl::StatusOr<std::shared_ptr<const Lexicon>> LearnLexicon(
    absl::Span<const std::vector<absl::string_view>> texts, const LexiconOptions& options,
    const LexiconProgress& progress = nullptr);

}  // namespace winnow::ner

#include "services/training/lexicon_of_vectors.h"

#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/ner/lexicon_learning.h"
#include "common/ner/vectors_file.h"
#include "services/training/knowledge.h"

namespace winnow::training {

absl::StatusOr<std::string> LexiconOfVectors(
    absl::FunctionRef<absl::StatusOr<std::string>()> next_piece, uint64_t seed,
    absl::FunctionRef<bool()> is_cancelled) {
  WINNOW_ASSIGN_OR_RETURN(const ner::ImportedVectors vectors,
                          ner::ReadVectors(next_piece, "vectors"));
  ner::LexiconOptions options;
  options.vectors = &vectors;
  options.seed = seed;
  options.num_threads = NumThreads();
  const std::vector<absl::string_view> no_texts;
  const auto progress = [&](double) { return !is_cancelled(); };
  WINNOW_ASSIGN_OR_RETURN(const auto lexicon, ner::LearnLexicon(no_texts, options, progress));
  return lexicon->Serialize();
}

}  // namespace winnow::training

// Knowledge beside the examples of a training: word classes and patterns, from files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ner/knowledge.h"

namespace winnow::bench {

struct KnowledgeFiles {
  // Unlabelled texts: the tokens of .conll files, or else plain text, one text per line.
  std::vector<std::string> texts;
  // Word vectors in the text format of word2vec.
  std::vector<std::string> vectors;
  // Prodigy patterns; empty for none.
  std::string patterns;
};

// Word classes of the texts, without them, saying so on the standard error, where these are too
// few, and of each file of vectors. InvalidArgument for files that cannot be read.
absl::StatusOr<ner::Knowledge> MakeKnowledge(const KnowledgeFiles& files, uint64_t seed,
                                             size_t num_threads);

// The texts of the files, as tokens.
absl::StatusOr<std::vector<std::vector<std::string>>> ReadTexts(
    const std::vector<std::string>& files);

}  // namespace winnow::bench

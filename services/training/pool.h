// Learns once, and keeps, how words are used in the unlabelled texts of a source.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/kv/store.h"
#include "common/ner/lexicon.h"
#include "common/ner/lexicon_learning.h"

namespace winnow::training {

struct Pool {
  std::shared_ptr<const ner::Lexicon> lexicon;
  // Distinct texts that it was learnt from.
  uint64_t num_texts = 0;
};

// The lexicon of the distinct texts that `source` had at the revision: learnt now, and kept in
// `database` under "pool/SOURCE", unless the one kept there is of the same texts and seed. Hold-out
// texts are among them: their words are no labels. NotFound for an unknown source;
// FailedPrecondition (see ner::LearnLexicon) when it is too small. `options` without imported
// vectors.
absl::StatusOr<Pool> LearnPool(const corpus::CorpusReader& reader, const std::string& source,
                               uint64_t revision, const ner::LexiconOptions& options,
                               kv::Store& database, const ner::LexiconProgress& progress);

// The texts of `source` that a training learns from without answers, "raw" in ModelInput: distinct
// ones whose split keys `may_learn` allows, drawn by the seed, at most 20,000 and 2 MiB. None where
// less than 5,000 may be drawn: of fewer nothing is gained (docs/benchmarks.md). Errors as of
// LearnPool, but for its size.
absl::StatusOr<std::vector<std::string>> DrawRawTexts(const corpus::CorpusReader& reader,
                                                      const std::string& source, uint64_t revision,
                                                      uint64_t seed,
                                                      absl::FunctionRef<bool(uint64_t)> may_learn);

}  // namespace winnow::training

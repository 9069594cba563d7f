// Learns once, and keeps, how words are used in the unlabelled texts of a source.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

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

}  // namespace winnow::training

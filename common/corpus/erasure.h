// Texts erased for good, with everything that a corpus holds about them.
#pragma once

#include <cstdint>
#include <set>

#include "absl/status/statusor.h"
#include "common/corpus/corpus.h"

namespace winnow::corpus {

struct ErasedTexts {
  uint64_t num_texts = 0;
  // In all data sets, also answers that were taken back.
  uint64_t num_answers = 0;
  // Places in sources.
  uint64_t num_source_rows = 0;
  // Stored tasks, leases and texts of audit frames of queues.
  uint64_t num_tasks = 0;
};

// Erases the texts that have one of these split keys (common/text/split_key.h): all of a text's
// spellings. A break in between leaves the rest, which a repetition erases. Queues that are open
// must be opened again. Snapshots keep what they have until they are released.
absl::StatusOr<ErasedTexts> EraseTexts(Corpus& corpus, const std::set<uint64_t>& split_keys);

}  // namespace winnow::corpus

// The one fold from the log of a data set to the answers that stand.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

// Calls `visit` for each answer that stands at a revision, in the order of revisions. An answer
// stands when it was not taken back up to then. Surplus answers, which count for nothing but their
// author's history, are left out. Errors as CorpusReader::ForEachEntry, and those of `visit`.
absl::Status ForEachStandingAnswer(const CorpusReader& reader, absl::string_view dataset,
                                   uint64_t up_to_revision, Visit<storage::v1::Answer> visit);

}  // namespace winnow::corpus

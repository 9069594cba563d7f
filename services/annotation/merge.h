// Data sets made into one.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/corpus.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::annotation {

// Copies the answers that stand in `datasets` into the new data set `output`, data set after data
// set and each in the order of revisions: all of them as they are, but for new revisions, or none.
// Returns the new data set; the repetition of a request returns the first result. InvalidArgument
// for no data set, or one named twice; NotFound with the nearest names for an unknown one;
// FailedPrecondition when `output` is there already, or there is no answer to copy. One merge or
// import into a data set at a time.
absl::StatusOr<storage::v1::Dataset> MergeDatasets(corpus::Corpus& corpus,
                                                   const std::vector<std::string>& datasets,
                                                   const std::string& output,
                                                   const corpus::RequestKey& key);

}  // namespace winnow::annotation

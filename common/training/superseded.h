// What is still to be replayed of a parent's texts when its data sets have grown or changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::training {

// The texts without what answers of the data sets, up to a revision, say of them: those that stand
// are read anew, and what was corrected or taken back must not be learnt for ever. Of the labels
// that such an answer was complete for, nothing is left. Texts of which nothing is left are
// dropped. NotFound for an unknown data set.
absl::StatusOr<std::vector<storage::v1::LabelledText>> WithoutSuperseded(
    std::vector<storage::v1::LabelledText> texts, const corpus::CorpusReader& reader,
    absl::Span<const std::string> datasets, uint64_t up_to_revision);

}  // namespace winnow::training

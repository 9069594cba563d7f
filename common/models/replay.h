// replay.bin: the training examples that a version carries along, so that its children do not
// forget them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::models {

// Length-delimited storage.v1.LabelledText records.
std::string SerializeReplay(absl::Span<const storage::v1::LabelledText> records);
// InvalidArgument (CORRUPT_MODEL) for anything else.
absl::StatusOr<std::vector<storage::v1::LabelledText>> ParseReplay(absl::string_view bytes);

}  // namespace winnow::models

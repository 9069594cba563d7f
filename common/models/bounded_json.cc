#include "common/models/bounded_json.h"

#include <utility>

#include "common/base/status.h"
#include "common/text/bounded_json.h"
#include "common/text/utf8.h"

namespace winnow::models {

absl::Status CorruptFile(absl::string_view file, absl::string_view what) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(file, ": ", text::ReplaceInvalidUtf8(what))),
      "CORRUPT_MODEL");
}

absl::StatusOr<Json> ParseJson(absl::string_view file, absl::string_view json) {
  absl::StatusOr<Json> value = text::ParseBoundedJson<Json>(json, kMaxJsonBytes, kMaxJsonDepth);
  return value.ok() ? std::move(value) : CorruptFile(file, value.status().message());
}

}  // namespace winnow::models

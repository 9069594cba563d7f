#include "common/models/bounded_json.h"

#include <string>

#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::models {

absl::Status CorruptFile(absl::string_view file, absl::string_view what) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(file, ": ", text::ReplaceInvalidUtf8(what))),
      "CORRUPT_MODEL");
}

absl::StatusOr<Json> ParseJson(absl::string_view file, absl::string_view json) {
  if (json.size() > kMaxJsonBytes)
    return CorruptFile(file, absl::StrCat("has more than ", kMaxJsonBytes, " bytes"));
  bool too_deep = false;
  const auto is_shallow = [&](int depth, Json::parse_event_t, const Json&) {
    too_deep |= depth > kMaxJsonDepth;
    return !too_deep;
  };
  std::string why;
  try {
    Json value = Json::parse(json.begin(), json.end(), is_shallow);
    if (!too_deep) return value;
  } catch (const nlohmann::json::exception& error) {
    why = error.what();
  }
  if (too_deep) why = absl::StrCat("is nested deeper than ", kMaxJsonDepth);
  return CorruptFile(file, why);
}

}  // namespace winnow::models

// JSON that anybody may have written: read with bounds, so that whatever walks the value later has
// an end, and without exceptions.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/text/utf8.h"

namespace winnow::text {

// `Json` is nlohmann::json or ordered_json. InvalidArgument, in valid UTF-8, for what is no JSON,
// no UTF-8, or larger or nested deeper than that.
template <typename Json>
absl::StatusOr<Json> ParseBoundedJson(absl::string_view json, size_t max_bytes, int max_depth) {
  if (json.size() > max_bytes)
    return absl::InvalidArgumentError(absl::StrCat("has more than ", max_bytes, " bytes"));
  bool too_deep = false;
  const auto is_shallow = [&](int depth, typename Json::parse_event_t, const Json&) {
    too_deep |= depth > max_depth;
    return !too_deep;
  };
  std::string why;
  try {
    Json value = Json::parse(json.begin(), json.end(), is_shallow);
    if (!too_deep) return value;
  } catch (const nlohmann::json::exception& error) {
    why = error.what();
  }
  if (too_deep) why = absl::StrCat("is nested deeper than ", max_depth);
  return absl::InvalidArgumentError(ReplaceInvalidUtf8(why));
}

}  // namespace winnow::text

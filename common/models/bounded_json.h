// The JSON files of a model store, which anybody may have written (text/bounded_json.h).
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace winnow::models {

using Json = nlohmann::ordered_json;

inline constexpr size_t kMaxJsonBytes = size_t{16} << 20;
inline constexpr int kMaxJsonDepth = 64;

// InvalidArgument (CORRUPT_MODEL) that names `file` for what is no JSON, no UTF-8, larger or nested
// deeper than that.
absl::StatusOr<Json> ParseJson(absl::string_view file, absl::string_view json);

// The error of both: "lineage.json: WHAT", in valid UTF-8, reason CORRUPT_MODEL.
absl::Status CorruptFile(absl::string_view file, absl::string_view what);

// A whole number that T can hold; InvalidArgument for anything else. Throws like the library where
// the key is missing.
template <typename T>
absl::StatusOr<T> ReadInteger(const Json& object, const char* key) {
  const Json& number = object.at(key);
  if (std::is_signed_v<T> ? number.is_number_integer() : number.is_number_unsigned()) {
    const T value = number.get<T>();
    if (number == value) return value;
  }
  return absl::InvalidArgumentError(absl::StrCat(key, " is no whole number within its range"));
}

}  // namespace winnow::models

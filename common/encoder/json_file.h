// JSON files of encoders, which anybody may have written (text/bounded_json.h).
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::encoder {

using Json = nlohmann::json;

// InvalidArgument "FILE: WHAT", in valid UTF-8.
absl::Status BadFile(absl::string_view file, absl::string_view what);

// InvalidArgument that names `file` for what is no JSON object, no UTF-8, larger than `max_bytes`
// or nested deeper than 32.
absl::StatusOr<Json> ParseJson(absl::string_view file, absl::string_view json, size_t max_bytes);

// A member of an object; null where there is none, or `object` is no object.
const Json& Member(const Json& object, const char* key);

// A whole number in [least, most]; InvalidArgument "KEY ..." for anything else.
absl::StatusOr<size_t> ReadSize(const Json& object, const char* key, size_t least, size_t most);

// `otherwise` for anything that is no string.
std::string ReadString(const Json& object, const char* key, absl::string_view otherwise = "");

// `otherwise` for anything that is no boolean.
bool ReadBool(const Json& object, const char* key, bool otherwise);

}  // namespace winnow::encoder

#include "common/encoder/json_file.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/bounded_json.h"
#include "common/text/utf8.h"

namespace winnow::encoder {
namespace {

constexpr int kMaxDepth = 32;

}  // namespace

absl::Status BadFile(absl::string_view file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", text::ReplaceInvalidUtf8(what)));
}

absl::StatusOr<Json> ParseJson(absl::string_view file, absl::string_view json, size_t max_bytes) {
  absl::StatusOr<Json> value = text::ParseBoundedJson<Json>(json, max_bytes, kMaxDepth);
  if (!value.ok()) return BadFile(file, value.status().message());
  return value->is_object() ? std::move(value) : BadFile(file, "is no JSON object");
}

const Json& Member(const Json& object, const char* key) {
  static const Json& none = *new Json();
  if (!object.is_object()) return none;
  const auto it = object.find(key);
  return it == object.end() ? none : *it;
}

absl::StatusOr<size_t> ReadSize(const Json& object, const char* key, size_t least, size_t most) {
  const Json& number = Member(object, key);
  if (number.is_number_unsigned()) {
    const auto value = number.get<uint64_t>();
    if (value >= least && value <= most) return value;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(key, number.is_null() ? " is missing" : " is out of range",
                   "; it must be a whole number from ", least, " to ", most));
}

std::string ReadString(const Json& object, const char* key, absl::string_view otherwise) {
  const Json& value = Member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string(otherwise);
}

bool ReadBool(const Json& object, const char* key, bool otherwise) {
  const Json& value = Member(object, key);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

}  // namespace winnow::encoder

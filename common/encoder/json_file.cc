#include "common/encoder/json_file.h"

#include "absl/strings/str_cat.h"
#include "common/text/utf8.h"

namespace winnow::encoder {
namespace {

constexpr int kMaxDepth = 32;

}  // namespace

absl::Status BadFile(absl::string_view file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", text::ReplaceInvalidUtf8(what)));
}

absl::StatusOr<Json> ParseJson(absl::string_view file, absl::string_view json, size_t max_bytes) {
  if (json.size() > max_bytes)
    return BadFile(file, absl::StrCat("has more than ", max_bytes, " bytes"));
  bool too_deep = false;
  const auto is_shallow = [&](int depth, Json::parse_event_t, const Json&) {
    too_deep |= depth > kMaxDepth;
    return !too_deep;
  };
  std::string why = "is no JSON object";
  try {
    Json value = Json::parse(json.begin(), json.end(), is_shallow);
    if (!too_deep && value.is_object()) return value;
  } catch (const nlohmann::json::exception& error) {
    why = error.what();
  }
  if (too_deep) why = absl::StrCat("is nested deeper than ", kMaxDepth);
  return BadFile(file, why);
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

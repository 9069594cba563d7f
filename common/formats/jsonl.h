// The JSONL formats share this: a line is read as an object, with its `text` and `meta`.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/formats/lines.h"

namespace winnow::formats {

// The value on a line, or nothing and a violation.
std::optional<nlohmann::json> ParseJson(size_t number, absl::string_view line,
                                        LineViolations& violations);

// How deep arrays and objects are nested in `raw`, which is valid JSON. The library copies and
// writes values by recursion, so what is nested deeper than kMaxJsonDepth may only be looked at.
size_t JsonDepth(absl::string_view raw);
inline constexpr size_t kMaxJsonDepth = 200;

// The object on a line, or nothing and a violation. Of a key that occurs twice the last value
// counts.
std::optional<nlohmann::json> ParseJsonLine(size_t number, absl::string_view line,
                                            LineViolations& violations);

// The value of `key`, or null if it is missing or JSON's null.
const nlohmann::json* FindMember(const nlohmann::json& object, absl::string_view key);

// A number in [0, 1].
bool IsProbability(const nlohmann::json* value);

// A value for a message: "is -1", "is \"3\"", "is an array".
std::string Describe(const nlohmann::json& value);

// The longest text that is taken.
inline constexpr size_t kMaxTextBytes = size_t{1} << 20;

// A string member that must be there, not empty, of at most kMaxTextBytes and without NUL;
// otherwise empty and a violation at `field`.
std::string ReadString(size_t number, const nlohmann::json& object, absl::string_view key,
                       absl::string_view field, LineViolations& violations);

// The `meta` object of `object` to the byte as it stands in `line`, or written anew where `line` is
// empty; empty if there is none. A violation if it is not an object.
std::string ReadMeta(size_t number, absl::string_view line, const nlohmann::json& object,
                     LineViolations& violations);

// The other members of the object on a line, as an object, each to the byte and in their order;
// empty if there are none. REQUIRES: the line is a JSON object.
std::string OtherMembers(absl::string_view line, absl::string_view key);

// A member of a JSON object.
struct RawMember {
  std::string key;
  // Key and value as they stand there: "id": 1.50
  absl::string_view bytes;
  absl::string_view value;
};
// All of them, in their order; one that occurs twice is there twice. REQUIRES: `object` is a JSON
// object. Valid as long as its bytes are.
std::vector<RawMember> RawMembers(absl::string_view object);

}  // namespace winnow::formats

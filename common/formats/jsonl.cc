#include "common/formats/jsonl.h"

#include <algorithm>
#include <exception>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text/utf8.h"

namespace winnow::formats {
namespace {

using nlohmann::json;

struct Foreign {
  absl::string_view word;
  absl::string_view advice;
};

// What other languages print in the place of JSON.
constexpr Foreign kForeign[] = {
    {"NaN", "NaN is no JSON; write null, or leave the key out"},
    {"Infinity", "Infinity is no JSON; write null, or leave the key out"},
    {"'", "this is Python, not JSON; write it with json.dumps"},
    {"None", "this is Python, not JSON; write it with json.dumps"},
    {"True", "this is Python, not JSON; write it with json.dumps"},
    {"False", "this is Python, not JSON; write it with json.dumps"},
};

// The library's message without its preamble and without the text it read, which may end inside a
// character.
std::string MalformedMessage(absl::string_view line, const json::parse_error& error) {
  absl::string_view reason = error.what();
  const absl::string_view rest = line.substr(std::min(line.size(), error.byte - 1));
  // The library reads on in a word that it does not know.
  for (const Foreign& foreign : kForeign) {
    if (absl::StartsWith(rest, foreign.word)) return std::string(foreign.advice);
  }
  if (const size_t end = reason.find("; last read: "); end != absl::string_view::npos)
    reason = reason.substr(0, end);
  if (const size_t dash = reason.find(" - "); dash != absl::string_view::npos)
    reason.remove_prefix(dash + 3);
  const size_t column =
      text::NumCodePoints(line.substr(0, error.byte)) + (error.byte > line.size() ? 1 : 0);
  return absl::StrCat("malformed JSON at column ", column, ": ", reason);
}

// Scanning of a line that is known to be valid JSON.
class Scanner {
 public:
  explicit Scanner(absl::string_view line) : line_(line) {}

  // Of the top-level object.
  std::vector<RawMember> Members() {
    std::vector<RawMember> members;
    SkipSpace();
    ++position_;
    for (SkipSpace(); line_[position_] != '}'; SkipSpace()) {
      if (line_[position_] == ',') {
        ++position_;
        SkipSpace();
      }
      const size_t begin = position_;
      const absl::string_view name = Value();
      SkipSpace();
      ++position_;
      SkipSpace();
      const absl::string_view value = Value();
      members.push_back({json::parse(name.begin(), name.end()).get<std::string>(),
                         line_.substr(begin, position_ - begin), value});
    }
    return members;
  }

 private:
  void SkipSpace() { position_ = line_.find_first_not_of(" \t\r\n", position_); }

  void SkipString() {
    for (++position_; line_[position_] != '"'; ++position_) {
      if (line_[position_] == '\\') ++position_;
    }
    ++position_;
  }

  absl::string_view Value() {
    const size_t begin = position_;
    int depth = 0;
    do {
      const char c = line_[position_];
      if (c == '"') {
        SkipString();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++position_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++position_;
      } else if (depth > 0) {
        ++position_;
      } else {
        position_ = line_.find_first_of(",}] \t\r\n", position_);
      }
    } while (depth > 0);
    return line_.substr(begin, position_ - begin);
  }

  absl::string_view line_;
  size_t position_ = 0;
};

}  // namespace

std::optional<json> ParseJson(size_t number, absl::string_view line, LineViolations& violations) {
  if (!CheckLine(number, line, violations)) return std::nullopt;
  // An exception for each of a million lines would take minutes.
  if (violations.is_full() && !json::accept(line.begin(), line.end())) {
    violations.Add(number, "", "malformed JSON");
    return std::nullopt;
  }
  try {
    return json::parse(line.begin(), line.end());
  } catch (const json::parse_error& error) {
    violations.Add(number, "", MalformedMessage(line, error));
  } catch (const std::exception&) {
    violations.Add(number, "", "malformed JSON: a number is too large");
  }
  return std::nullopt;
}

std::optional<json> ParseJsonLine(size_t number, absl::string_view line,
                                  LineViolations& violations) {
  std::optional<json> value = ParseJson(number, line, violations);
  if (value.has_value() && !value->is_object()) {
    violations.Add(number, "", absl::StrCat(Describe(*value), ", not a JSON object"));
    return std::nullopt;
  }
  return value;
}

size_t JsonDepth(absl::string_view raw) {
  size_t depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (in_string) {
      if (raw[i] == '\\')
        ++i;
      else if (raw[i] == '"')
        in_string = false;
    } else if (raw[i] == '"') {
      in_string = true;
    } else if (raw[i] == '{' || raw[i] == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (raw[i] == '}' || raw[i] == ']') {
      depth -= depth > 0 ? 1 : 0;
    }
  }
  return deepest;
}

const json* FindMember(const json& object, absl::string_view key) {
  const auto it = object.find(std::string(key));
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

bool IsProbability(const json* value) {
  return value != nullptr && value->is_number() && value->get<double>() >= 0 &&
         value->get<double>() <= 1;
}

std::string Describe(const json& value) {
  if (value.is_array()) return "is an array";
  if (value.is_object()) return "is an object";
  constexpr size_t kMaxShown = 60;
  const std::string shown = value.dump();
  if (shown.size() <= kMaxShown) return absl::StrCat("is ", shown);
  size_t end = kMaxShown;
  while ((static_cast<uint8_t>(shown[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat("is ", shown.substr(0, end), "...");
}

std::string ReadString(size_t number, const json& object, absl::string_view key,
                       absl::string_view field, LineViolations& violations) {
  const json* value = FindMember(object, key);
  std::string what;
  if (value == nullptr) {
    what = "is missing";
  } else if (!value->is_string()) {
    what = Describe(*value) + ", not a string";
  } else if (const std::string& string = value->get_ref<const std::string&>(); string.empty()) {
    what = "is empty";
  } else if (string.size() > kMaxTextBytes) {
    what = absl::StrCat("has ", string.size(), " bytes, more than ", kMaxTextBytes);
  } else if (string.find('\0') != std::string::npos) {
    what = "contains a NUL character";
  } else {
    return string;
  }
  violations.Add(number, field, what);
  return "";
}

std::string ReadMeta(size_t number, absl::string_view line, const json& object,
                     LineViolations& violations) {
  const json* meta = FindMember(object, "meta");
  if (meta == nullptr) return "";
  if (!meta->is_object()) {
    violations.Add(number, "meta", Describe(*meta) + ", not an object");
    return "";
  }
  if (line.empty()) return meta->dump(-1, ' ', false, json::error_handler_t::replace);
  std::string last;
  for (const RawMember& member : RawMembers(line)) {
    if (member.key == "meta") last = std::string(member.value);
  }
  return last;
}

std::vector<RawMember> RawMembers(absl::string_view object) { return Scanner(object).Members(); }

std::string OtherMembers(absl::string_view line, absl::string_view key) {
  std::string others;
  for (const RawMember& member : RawMembers(line)) {
    if (member.key != key) absl::StrAppend(&others, others.empty() ? "{" : ",", member.bytes);
  }
  if (!others.empty()) others += '}';
  // Those of an object that stands on several lines: none is in a string.
  std::replace_if(
      others.begin(), others.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return others;
}

}  // namespace winnow::formats

#include "common/formats/patterns.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/formats/jsonl.h"
#include "common/formats/lines.h"
#include "common/text/regex.h"
#include "common/text/tokenizer.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using storage::v1::Pattern;
using storage::v1::PatternSet;
using storage::v1::TokenPattern;
using storage::v1::TokenTest;

enum class ValueKind { kString, kLength, kFlag };

struct Attribute {
  absl::string_view name;
  TokenTest::Attribute attribute;
  ValueKind kind;
};

constexpr std::array<Attribute, 16> kAttributes = {{
    {"TEXT", TokenTest::ATTRIBUTE_TEXT, ValueKind::kString},
    {"ORTH", TokenTest::ATTRIBUTE_TEXT, ValueKind::kString},
    {"LOWER", TokenTest::ATTRIBUTE_LOWER, ValueKind::kString},
    {"SHAPE", TokenTest::ATTRIBUTE_SHAPE, ValueKind::kString},
    {"LENGTH", TokenTest::ATTRIBUTE_LENGTH, ValueKind::kLength},
    {"IS_ALPHA", TokenTest::ATTRIBUTE_IS_ALPHA, ValueKind::kFlag},
    {"IS_DIGIT", TokenTest::ATTRIBUTE_IS_DIGIT, ValueKind::kFlag},
    {"IS_ASCII", TokenTest::ATTRIBUTE_IS_ASCII, ValueKind::kFlag},
    {"IS_PUNCT", TokenTest::ATTRIBUTE_IS_PUNCT, ValueKind::kFlag},
    {"IS_SPACE", TokenTest::ATTRIBUTE_UNSPECIFIED, ValueKind::kFlag},  // ReadTokens removes it
    {"IS_LOWER", TokenTest::ATTRIBUTE_IS_LOWER, ValueKind::kFlag},
    {"IS_UPPER", TokenTest::ATTRIBUTE_IS_UPPER, ValueKind::kFlag},
    {"IS_TITLE", TokenTest::ATTRIBUTE_IS_TITLE, ValueKind::kFlag},
    {"LIKE_NUM", TokenTest::ATTRIBUTE_LIKE_NUM, ValueKind::kFlag},
    {"LIKE_URL", TokenTest::ATTRIBUTE_LIKE_URL, ValueKind::kFlag},
    {"LIKE_EMAIL", TokenTest::ATTRIBUTE_LIKE_EMAIL, ValueKind::kFlag},
}};

// Says why an attribute of spaCy's is refused, and what to do instead.
std::string Refusal(absl::string_view name) {
  constexpr std::array<absl::string_view, 11> kOfTaggers = {
      "POS",     "TAG",    "MORPH",     "DEP",        "LEMMA",        "ENT_TYPE",
      "ENT_IOB", "ENT_ID", "ENT_KB_ID", "SENT_START", "IS_SENT_START"};
  if (std::find(kOfTaggers.begin(), kOfTaggers.end(), name) != kOfTaggers.end()) {
    return "needs a tagger, parser or lemmatizer, and there is none here; list the words with "
           "LOWER and IN, or use "
           "REGEX";
  }
  if (name == "NORM") return "is not supported; list the spellings with LOWER and IN";
  if (name == "SPACY") return "is not supported: white space is no token here; leave it out";
  if (name == "_")
    return "is not supported: custom attributes exist only in Python; list the words with LOWER "
           "and IN";
  std::string supported;
  for (const Attribute& attribute : kAttributes) absl::StrAppend(&supported, attribute.name, ", ");
  return absl::StrCat("is not supported; use one of ", supported, "OP");
}

bool IsCount(const json& value) {
  return value.is_number_unsigned() && value.get<uint64_t>() <= 1'000'000;
}

// Reads one line.
class PatternReader {
 public:
  PatternReader(size_t number, LineViolations& violations)
      : number_(number), violations_(violations) {}

  Pattern Read(const json& object) {
    Pattern pattern;
    pattern.set_label(ReadString(number_, object, "label", "label", violations_));
    if (const json* id = FindMember(object, "id"); id != nullptr) {
      if (id->is_string() || id->is_number_integer()) {
        pattern.set_id(id->is_string() ? id->get<std::string>() : id->dump());
      } else {
        Refuse("id", absl::StrCat(Describe(*id), ", neither a string nor a number"));
      }
    }
    const json* value = FindMember(object, "pattern");
    if (value != nullptr && value->is_array()) {
      ReadTokens(*value, pattern);
    } else if (value != nullptr && !value->is_string()) {
      Refuse("pattern",
             absl::StrCat(Describe(*value), ", neither a string nor an array of tokens"));
    } else {
      ReadText(object, pattern);
    }
    return pattern;
  }

 private:
  void Refuse(absl::string_view field, absl::string_view what) {
    violations_.Add(number_, field, what);
  }

  void CheckSize(size_t num_tokens) {
    if (num_tokens <= kMaxPatternTokens) return;
    Refuse("pattern", absl::StrCat("has ", num_tokens, " tokens, more than ", kMaxPatternTokens,
                                   "; shorten it"));
  }

  void ReadText(const json& object, Pattern& pattern) {
    pattern.set_text(ReadString(number_, object, "pattern", "pattern", violations_));
    if (pattern.text().empty()) return;
    const size_t num_tokens = text::Tokenize(pattern.text()).size();
    if (num_tokens == 0) Refuse("pattern", "is only white space");
    CheckSize(num_tokens);
  }

  void ReadTokens(const json& tokens, Pattern& pattern) {
    // White space is no token here, so places that ask for it are dropped; but a pattern that asks
    // for nothing else would match everywhere.
    if (tokens.empty()) return Refuse("pattern", "has no tokens");
    size_t num_tokens = 0;
    bool all_white_space = true;
    for (size_t i = 0; i < tokens.size(); ++i) {
      const std::string field = absl::StrCat("pattern[", i, "]");
      if (!tokens[i].is_object()) {
        Refuse(field, absl::StrCat(Describe(tokens[i]), ", not an object of tests"));
        all_white_space = false;
        continue;
      }
      bool is_space = false;
      TokenPattern token = ReadToken(tokens[i], field, is_space);
      num_tokens += std::max({token.min_count(), token.max_count(), 1u});
      if (is_space && token.negated()) {
        // Every token is something else.
        token.clear_tests();
        token.clear_negated();
      } else if (is_space || IsWhiteSpace(token)) {
        continue;
      }
      all_white_space = false;
      *pattern.add_tokens() = std::move(token);
    }
    if (all_white_space) Refuse("pattern", "is only white space");
    CheckSize(num_tokens);
  }

  // `is_space`: whether IS_SPACE is asked for.
  TokenPattern ReadToken(const json& tests, const std::string& field, bool& is_space) {
    TokenPattern token;
    token.set_min_count(1);
    token.set_max_count(1);
    for (const auto& [key, value] : tests.items()) {
      const std::string name = absl::AsciiStrToUpper(key);
      const std::string place = absl::StrCat(field, ".", key);
      const auto attribute =
          std::find_if(kAttributes.begin(), kAttributes.end(),
                       [&](const Attribute& candidate) { return candidate.name == name; });
      if (name == "OP") {
        ReadOperator(value, place, token);
      } else if (attribute == kAttributes.end()) {
        Refuse(place, Refusal(name));
      } else if (attribute->kind == ValueKind::kFlag) {
        if (!value.is_boolean()) {
          Refuse(place, absl::StrCat(Describe(value), ", neither true nor false"));
          continue;
        }
        if (name == "IS_SPACE") {
          is_space = value.get<bool>();
          continue;
        }
        TokenTest& test = *token.add_tests();
        test.set_attribute(attribute->attribute);
        test.set_negated(!value.get<bool>());
      } else if (attribute->kind == ValueKind::kLength) {
        ReadLength(value, place, token);
      } else {
        ReadStringTest(value, attribute->attribute, place, token);
      }
    }
    return token;
  }

  void ReadOperator(const json& value, const std::string& field, TokenPattern& token) {
    // A largest number of 0 means that there is none.
    const std::string op = value.is_string() ? value.get<std::string>() : "";
    const auto set = [&](uint32_t min_count, uint32_t max_count) {
      token.set_min_count(min_count);
      token.set_max_count(max_count);
    };
    if (op == "1") return;
    if (op == "!") return token.set_negated(true);
    if (op == "?") return set(0, 1);
    if (op == "+") return set(1, 0);
    if (op == "*") return set(0, 0);
    if (op.size() > 2 && op.front() == '{' && op.back() == '}') {
      const std::vector<std::string> bounds = absl::StrSplit(op.substr(1, op.size() - 2), ',');
      uint32_t min_count = 0, max_count = 0;
      const bool has_min = absl::SimpleAtoi(bounds.front(), &min_count);
      const bool has_max = absl::SimpleAtoi(bounds.back(), &max_count);
      const bool well_formed =
          bounds.size() == 1 ? has_min
                             : bounds.size() == 2 && (has_min || (bounds[0].empty() && has_max)) &&
                                   (has_max ? max_count >= min_count : bounds[1].empty());
      if (well_formed && (max_count > 0 || !has_max))
        return set(min_count, has_max ? max_count : 0);
    }
    Refuse(field, absl::StrCat(Describe(value),
                               R"(, not one of "!", "?", "+", "*", "{n}", "{n,m}", "{n,}", "{,m}")",
                               " with 0 <= n <= m and m > 0"));
  }

  void ReadLength(const json& value, const std::string& field, TokenPattern& token) {
    if (IsCount(value))
      return AddLength(value.get<uint32_t>(), value.get<uint32_t>(), false, field, token);
    if (!value.is_object() || value.empty()) {
      return Refuse(field, absl::StrCat(Describe(value),
                                        R"(, neither a number nor comparisons like {">=": 3})"));
    }
    for (const auto& [comparison, bound] : value.items()) {
      const std::string place = absl::StrCat(field, ".", comparison);
      if (!IsCount(bound)) {
        Refuse(place, absl::StrCat(Describe(bound), ", not a number of characters"));
        continue;
      }
      const uint32_t n = bound.get<uint32_t>();
      if (comparison == "==" || comparison == "!=") {
        AddLength(n, n, comparison == "!=", place, token);
      } else if (comparison == ">=" || comparison == ">") {
        AddLength(comparison == ">" ? n + 1 : n, UINT32_MAX, false, place, token);
      } else if (comparison == "<=" || (comparison == "<" && n > 0)) {
        AddLength(0, comparison == "<" ? n - 1 : n, false, place, token);
      } else {
        Refuse(place, "is not one of ==, !=, >=, <=, >, < with a number that a token can have");
      }
    }
  }

  void AddLength(uint32_t min, uint32_t max, bool negated, const std::string& field,
                 TokenPattern& token) {
    if (max == 0 && !negated) return Refuse(field, "matches nothing: no token has 0 characters");
    TokenTest& test = *token.add_tests();
    test.set_attribute(TokenTest::ATTRIBUTE_LENGTH);
    test.set_min_length(min);
    test.set_max_length(max);
    test.set_negated(negated);
  }

  void ReadStringTest(const json& value, TokenTest::Attribute attribute, const std::string& field,
                      TokenPattern& token) {
    if (value.is_string()) return AddValues(json::array({value}), attribute, false, field, token);
    if (!value.is_object() || value.empty()) {
      return Refuse(field,
                    absl::StrCat(Describe(value),
                                 R"(, neither a string nor {"IN": ...}, {"NOT_IN": ...} or )",
                                 R"({"REGEX": ...})"));
    }
    for (const auto& [key, argument] : value.items()) {
      const std::string name = absl::AsciiStrToUpper(key);
      const std::string place = absl::StrCat(field, ".", key);
      if (name == "IN" || name == "NOT_IN") {
        AddValues(argument, attribute, name == "NOT_IN", place, token);
      } else if (name == "REGEX") {
        AddRegex(argument, attribute, place, token);
      } else if (absl::StartsWith(name, "FUZZY")) {
        Refuse(place, "is not supported; list the spellings with IN, or use REGEX");
      } else {
        Refuse(place, "is not supported; use IN, NOT_IN or REGEX");
      }
    }
  }

  void AddValues(const json& values, TokenTest::Attribute attribute, bool negated,
                 const std::string& field, TokenPattern& token) {
    if (!values.is_array() || values.empty()) {
      return Refuse(field, absl::StrCat(Describe(values), ", not an array of at least one string"));
    }
    TokenTest test;
    test.set_attribute(attribute);
    test.set_negated(negated);
    for (const json& value : values) {
      if (!value.is_string()) return Refuse(field, absl::StrCat(Describe(value), ", not a string"));
      if (value.get_ref<const std::string&>().empty()) return Refuse(field, "is empty");
      test.add_values(value.get<std::string>());
    }
    *token.add_tests() = std::move(test);
  }

  void AddRegex(const json& value, TokenTest::Attribute attribute, const std::string& field,
                TokenPattern& token) {
    if (!value.is_string()) return Refuse(field, absl::StrCat(Describe(value), ", not a string"));
    if (value.get_ref<const std::string&>().empty()) return Refuse(field, "is empty");
    // It is compiled here to say at once, and with its line, what is wrong with it.
    const absl::Status status = text::Regex::Compile(value.get<std::string>()).status();
    if (!status.ok())
      return Refuse(field, absl::StrCat("is no regular expression (RE2): ", status.message()));
    TokenTest& test = *token.add_tests();
    test.set_attribute(attribute);
    test.set_regex(value.get<std::string>());
  }

  // It asks for white space and for nothing else.
  static bool IsWhiteSpace(const TokenPattern& token) {
    return token.tests_size() > 0 &&
           std::all_of(token.tests().begin(), token.tests().end(), [](const TokenTest& test) {
             return !test.negated() && test.values_size() == 1 &&
                    text::Tokenize(test.values(0)).empty();
           });
  }

  const size_t number_;
  LineViolations& violations_;
};

}  // namespace

absl::StatusOr<PatternSet> ParsePatterns(absl::string_view content) {
  PatternSet set;
  LineViolations violations;
  ForEachLine(content, [&](size_t number, absl::string_view line) {
    if (absl::StripAsciiWhitespace(line).empty()) return;
    const std::optional<json> object = ParseJsonLine(number, line, violations);
    if (object.has_value()) *set.add_patterns() = PatternReader(number, violations).Read(*object);
  });
  if (set.patterns().empty() && violations.empty()) violations.Add(0, "", "holds no patterns");
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("not a valid pattern file"));
  return set;
}

}  // namespace winnow::formats

#include "common/formats/patterns.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/real_data.h"

namespace winnow::formats {
namespace {

using storage::v1::PatternSet;
using storage::v1::TokenPattern;

std::string ErrorOf(absl::string_view content) {
  return std::string(ParsePatterns(content).status().message());
}

// The error of a single line with this pattern, without its first line.
std::string ErrorOfPattern(absl::string_view pattern) {
  const std::string error = ErrorOf(absl::StrCat(R"({"label": "L", "pattern": )", pattern, "}"));
  return error.empty() ? "" : error.substr(error.find('\n') + 1);
}

PatternSet Expected(const std::string& text) {
  PatternSet set;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &set));
  return set;
}

TEST(Patterns, ReadsStringsAndTokens) {
  const auto set = ParsePatterns(
      "\xEF\xBB\xBF{\"label\": \"DRUG\", \"pattern\": \"Special K\", \"id\": \"k\", \"note\": "
      "1}\r\n"
      "\n"
      R"({"label":"DRUG","id":7,"pattern":[{"lower":"crack"},{"ORTH":"Cocaine","Op":"?"},)"
      R"({"LOWER":" "}]})");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->DebugString(), Expected(R"(
    patterns { label: "DRUG" text: "Special K" id: "k" }
    patterns {
      label: "DRUG" id: "7"
      tokens { tests { attribute: ATTRIBUTE_LOWER values: "crack" } min_count: 1 max_count: 1 }
      tokens { tests { attribute: ATTRIBUTE_TEXT values: "Cocaine" } max_count: 1 }
    })")
                                    .DebugString());
}

TEST(Patterns, ReadsEveryTest) {
  const auto set = ParsePatterns(
      R"({"label":"L","pattern":[{"TEXT":{"IN":["a","b"],"NOT_IN":["c"]},"lower":{"regex":"^x+"}},)"
      R"({"LENGTH":3},{"LENGTH":{"!=":3,">":1,">=":2,"<":9,"<=":8}},{"IS_ALPHA":true,)"
      R"("like_num":false},{"SHAPE":"Xx"},{}]})");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->DebugString(), Expected(R"(
    patterns {
      label: "L"
      tokens {
        tests { attribute: ATTRIBUTE_TEXT values: "a" values: "b" }
        tests { attribute: ATTRIBUTE_TEXT values: "c" negated: true }
        tests { attribute: ATTRIBUTE_LOWER regex: "^x+" }
        min_count: 1 max_count: 1
      }
      tokens {
        tests { attribute: ATTRIBUTE_LENGTH min_length: 3 max_length: 3 }
        min_count: 1 max_count: 1
      }
      tokens {
        tests { attribute: ATTRIBUTE_LENGTH min_length: 3 max_length: 3 negated: true }
        tests { attribute: ATTRIBUTE_LENGTH max_length: 8 }
        tests { attribute: ATTRIBUTE_LENGTH max_length: 8 }
        tests { attribute: ATTRIBUTE_LENGTH min_length: 2 max_length: 4294967295 }
        tests { attribute: ATTRIBUTE_LENGTH min_length: 2 max_length: 4294967295 }
        min_count: 1 max_count: 1
      }
      tokens {
        tests { attribute: ATTRIBUTE_IS_ALPHA }
        tests { attribute: ATTRIBUTE_LIKE_NUM negated: true }
        min_count: 1 max_count: 1
      }
      tokens { tests { attribute: ATTRIBUTE_SHAPE values: "Xx" } min_count: 1 max_count: 1 }
      tokens { min_count: 1 max_count: 1 }
    })")
                                    .DebugString());
}

TEST(Patterns, LeavesOutPlacesForWhiteSpace) {
  const auto set = ParsePatterns(
      R"({"label":"L","pattern":[{"LOWER":"a"},{"IS_SPACE":true,"OP":"*"},{"LOWER":" "},)"
      R"({"IS_SPACE":false,"LENGTH":2},)"
      R"({"IS_SPACE":true,"OP":"!"}]})");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->DebugString(), Expected(R"(
    patterns {
      label: "L"
      tokens { tests { attribute: ATTRIBUTE_LOWER values: "a" } min_count: 1 max_count: 1 }
      tokens {
        tests { attribute: ATTRIBUTE_LENGTH min_length: 2 max_length: 2 }
        min_count: 1 max_count: 1
      }
      tokens { min_count: 1 max_count: 1 }
    })")
                                    .DebugString());
  EXPECT_EQ(ErrorOfPattern(R"([{"IS_SPACE":true}])"), "  line 1: pattern: is only white space");
}

TEST(Patterns, ReadsOperators) {
  struct Counts {
    uint32_t min, max;
    bool negated;
    bool operator==(const Counts&) const = default;
  };
  const std::map<std::string, Counts> expected = {
      {"1", {1, 1, false}},     {"!", {1, 1, true}},     {"?", {0, 1, false}},
      {"+", {1, 0, false}},     {"*", {0, 0, false}},    {"{3}", {3, 3, false}},
      {"{2,4}", {2, 4, false}}, {"{2,}", {2, 0, false}}, {"{,4}", {0, 4, false}}};
  for (const auto& [op, counts] : expected) {
    const auto set = ParsePatterns(
        absl::StrCat(R"({"label":"L","pattern":[{"LOWER":"a","OP":")", op, R"("}]})"));
    ASSERT_TRUE(set.ok()) << op << ": " << set.status();
    const TokenPattern& token = set->patterns(0).tokens(0);
    EXPECT_EQ((Counts{token.min_count(), token.max_count(), token.negated()}), counts) << op;
  }
  for (const char* op : {"{0}", "{4,2}", "{}", "{,}", "{a}", "{1,2,3}", "x", "{-1}", "{1"}) {
    EXPECT_EQ(ErrorOfPattern(absl::StrCat(R"([{"LOWER":"a","OP":")", op, R"("}])")),
              absl::StrCat("  line 1: pattern[0].OP: is \"", op,
                           R"(", not one of "!", "?", "+", "*", "{n}", "{n,m}", "{n,}", "{,m}")",
                           " with 0 <= n <= m and m > 0"));
  }
}

TEST(Patterns, NamesEveryViolation) {
  EXPECT_EQ(
      ErrorOf(
          "{\"pattern\":\"x\",\"id\":[]}\n"
          "{\"label\":\"L\"}\n"
          "{\"label\":\"L\",\"pattern\":3}\n"
          "nonsense\n"
          "{\"label\":\"L\",\"pattern\":\" \"}\n"
          "{\"label\":\"L\",\"pattern\":[]}\n"
          "{\"label\":\"L\",\"pattern\":[{\"LOWER\":\"a\"},\"b\"]}\n"
          "{\"label\":\"L\",\"pattern\":[{\"LOWER\":\" \"}]}\n"
          "{\"label\":\"L\",\"pattern\":[{\"LOWER\":3,\"IS_DIGIT\":\"yes\"},{\"TEXT\":\"\"}]}\n"),
      "not a valid pattern file (12 problems)\n"
      "  line 1: label: is missing\n"
      "  line 1: id: is an array, neither a string nor a number\n"
      "  line 2: pattern: is missing\n"
      "  line 3: pattern: is 3, neither a string nor an array of tokens\n"
      "  line 4: malformed JSON at column 2: invalid literal\n"
      "  line 5: pattern: is only white space\n"
      "  line 6: pattern: has no tokens\n"
      "  line 7: pattern[1]: is \"b\", not an object of tests\n"
      "  line 8: pattern: is only white space\n"
      "  line 9: pattern[0].IS_DIGIT: is \"yes\", neither true nor false\n"
      "  line 9: pattern[0].LOWER: is 3, neither a string nor {\"IN\": ...}, {\"NOT_IN\": ...} or "
      "{\"REGEX\": ...}\n"
      "  line 9: pattern[1].TEXT: is empty");
  EXPECT_EQ(ErrorOf("\n"), "not a valid pattern file (1 problem)\n  file: holds no patterns");
}

TEST(Patterns, RefusesWhatIsNotSupportedAndSaysWhatToDo) {
  EXPECT_EQ(ErrorOfPattern(R"([{"LOWER":"a"},{"POS":"NOUN","lemma":"be"}])"),
            "  line 1: pattern[1].POS: needs a tagger, parser or lemmatizer, and there is none "
            "here; list the words with "
            "LOWER and IN, or use REGEX\n"
            "  line 1: pattern[1].lemma: needs a tagger, parser or lemmatizer, and there is none "
            "here; list the words with "
            "LOWER and IN, or use REGEX");
  EXPECT_EQ(ErrorOfPattern(R"([{"NORM":"a"}])"),
            "  line 1: pattern[0].NORM: is not supported; list the spellings with LOWER and IN");
  EXPECT_EQ(ErrorOfPattern(R"([{"IS_STOP":true}])"),
            "  line 1: pattern[0].IS_STOP: is not supported; use one of TEXT, ORTH, LOWER, SHAPE, "
            "LENGTH, IS_ALPHA, "
            "IS_DIGIT, IS_ASCII, IS_PUNCT, IS_SPACE, IS_LOWER, IS_UPPER, IS_TITLE, LIKE_NUM, "
            "LIKE_URL, LIKE_EMAIL, OP");
  EXPECT_EQ(ErrorOfPattern(R"([{"LOWER":{"FUZZY1":"a"}}])"),
            "  line 1: pattern[0].LOWER.FUZZY1: is not supported; list the spellings with IN, or "
            "use REGEX");
  EXPECT_EQ(ErrorOfPattern(R"([{"LOWER":{"INTERSECTS":["a"]}}])"),
            "  line 1: pattern[0].LOWER.INTERSECTS: is not supported; use IN, NOT_IN or REGEX");
}

TEST(Patterns, RefusesBadValues) {
  EXPECT_EQ(ErrorOfPattern(R"([{"TEXT":{"REGEX":"a(b"}}])"),
            "  line 1: pattern[0].TEXT.REGEX: is no regular expression (RE2): missing ): a(b");
  EXPECT_EQ(ErrorOfPattern(R"([{"TEXT":{"IN":[]}}])"),
            "  line 1: pattern[0].TEXT.IN: is an array, not an array of at least one string");
  EXPECT_EQ(ErrorOfPattern(R"([{"LENGTH":{"<":0}}])"),
            "  line 1: pattern[0].LENGTH.<: is not one of ==, !=, >=, <=, >, < with a number that "
            "a token can have");
  EXPECT_EQ(ErrorOfPattern(R"([{"LENGTH":0}])"),
            "  line 1: pattern[0].LENGTH: matches nothing: no token has 0 characters");
  EXPECT_EQ(
      ErrorOfPattern(R"([{"LENGTH":-1}])"),
      "  line 1: pattern[0].LENGTH: is -1, neither a number nor comparisons like {\">=\": 3}");
}

TEST(Patterns, RefusesTooManyTokens) {
  std::string words = "a";
  for (size_t i = 1; i < kMaxPatternTokens; ++i) words += " a";
  EXPECT_EQ(ErrorOfPattern(absl::StrCat("\"", words, "\"")), "");
  EXPECT_EQ(ErrorOfPattern(absl::StrCat("\"", words, " a\"")),
            "  line 1: pattern: has 49 tokens, more than 48; shorten it");
  EXPECT_EQ(ErrorOfPattern(R"([{"LOWER":"a","OP":"{4000000000}"},{"LOWER":"b"}])"),
            "  line 1: pattern: has 4000000001 tokens, more than 48; shorten it");
}

TEST(Patterns, ReadsRealFiles) {
  const std::map<std::string, int> files = {
      {"drugs/drugs_patterns.jsonl", 118},
      {"fashion_brands/fashion_brands_patterns.jsonl", 100},
      {"prodigy_examples/patterns_countries-GPE.jsonl", 1010},
      {"prodigy_examples/patterns_drugs-DRUG.jsonl", 118},
      {"prodigy_examples/patterns_skateboarding_tricks-TRICK.jsonl", 15}};
  for (const auto& [name, size] : files) {
    const auto content = integration::ReadRealData(name);
    if (!content.ok()) GTEST_SKIP() << content.status();
    const auto set = ParsePatterns(*content);
    ASSERT_TRUE(set.ok()) << name << ": " << set.status();
    EXPECT_EQ(set->patterns_size(), size) << name;
  }
}

}  // namespace
}  // namespace winnow::formats

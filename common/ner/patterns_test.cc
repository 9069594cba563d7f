#include "common/ner/patterns.h"

#include <google/protobuf/text_format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/random.h"
#include "common/text/tokenizer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using storage::v1::Pattern;
using storage::v1::TokenPattern;
using storage::v1::TokenTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Tests with their attribute and one value: LOWER("crack").
TokenPattern Place(TokenTest::Attribute attribute, const std::string& value = "") {
  TokenPattern token;
  token.set_min_count(1);
  token.set_max_count(1);
  TokenTest& test = *token.add_tests();
  test.set_attribute(attribute);
  if (!value.empty()) test.add_values(value);
  return token;
}
TokenPattern Lower(const std::string& value) { return Place(TokenTest::ATTRIBUTE_LOWER, value); }
TokenPattern Text(const std::string& value) { return Place(TokenTest::ATTRIBUTE_TEXT, value); }
TokenPattern Regex(TokenTest::Attribute attribute, const std::string& regex) {
  TokenPattern token = Place(attribute);
  token.mutable_tests(0)->set_regex(regex);
  return token;
}
TokenPattern Times(TokenPattern token, uint32_t min_count, uint32_t max_count) {
  token.set_min_count(min_count);
  token.set_max_count(max_count);
  return token;
}
TokenPattern Not(TokenPattern token) {
  token.set_negated(true);
  return token;
}

Pattern Tokens(const std::vector<TokenPattern>& tokens, const std::string& label = "L") {
  Pattern pattern;
  pattern.set_label(label);
  for (const TokenPattern& token : tokens) *pattern.add_tokens() = token;
  return pattern;
}
Pattern String(const std::string& text, const std::string& label = "L") {
  Pattern pattern;
  pattern.set_label(label);
  pattern.set_text(text);
  return pattern;
}

std::shared_ptr<const PatternSet> SetOf(const std::vector<Pattern>& patterns) {
  storage::v1::PatternSet set;
  for (const Pattern& pattern : patterns) *set.add_patterns() = pattern;
  return PatternSet::Make(std::move(set)).value();
}

std::vector<absl::string_view> TokensOf(absl::string_view text) {
  return text::Forms(text, text::Tokenize(text));
}

// The texts of what is found, in the order of the matches.
std::vector<std::string> Found(const std::vector<Pattern>& patterns, absl::string_view text) {
  const auto set = SetOf(patterns);
  PatternMatcher matcher;
  std::vector<PatternMatch> matches;
  const std::vector<absl::string_view> tokens = TokensOf(text);
  matcher.FindMatches(*set, tokens, matches);
  std::vector<std::string> found;
  for (const PatternMatch& match : matches) {
    const absl::string_view first = tokens[match.span.begin], last = tokens[match.span.end - 1];
    found.emplace_back(first.data(), static_cast<size_t>(last.data() + last.size() - first.data()));
  }
  return found;
}

TEST(PatternMatcher, StringsMatchWithTheirCase) {
  EXPECT_THAT(Found({String("Special K")}, "special K, Special  K; Special Key"),
              ElementsAre("Special  K"));
  EXPECT_THAT(Found({String("drop-in")}, "a drop-in, a drop - in, a dropin"),
              ElementsAre("drop-in", "drop - in"));
  EXPECT_THAT(Found({String("Müller")}, "Müller MÜLLER Müllers"), ElementsAre("Müller"));
}

TEST(PatternMatcher, LowerMatchesInAnyCase) {
  EXPECT_THAT(Found({Tokens({Lower("crack"), Lower("cocaine")})}, "Crack COCAINE, crack, cocaine"),
              ElementsAre("Crack COCAINE"));
  EXPECT_THAT(Found({Tokens({Lower("MÜLLER")})}, "müller Müller MÜLLER"),
              ElementsAre("müller", "Müller", "MÜLLER"));
  EXPECT_THAT(Found({Tokens({Text("Crack"), Lower("cocaine")})}, "Crack Cocaine crack cocaine"),
              ElementsAre("Crack Cocaine"));
}

// These are one token for spaCy and several here.
TEST(PatternMatcher, ValuesMatchTheRunOfTheirPieces) {
  EXPECT_THAT(Found({Tokens({Lower("u.s."), Lower("virgin"), Lower("islands")})},
                    "The U.S. Virgin Islands"),
              ElementsAre("U.S. Virgin Islands"));
  EXPECT_THAT(
      Found({Tokens({Lower("people"), Lower("'s"), Lower("republic")})}, "the People's Republic"),
      ElementsAre("People's Republic"));
  EXPECT_THAT(Found({Tokens({Lower("a.p.c"), Lower(".")})}, "by A.P.C. and APC"),
              ElementsAre("A.P.C."));
  EXPECT_THAT(Found({Tokens({Lower("y-3")})}, "Y-3 y3 Y-30"), ElementsAre("Y-3"));
  EXPECT_THAT(Found({Tokens({Lower("do"), Lower("n't"), Lower("know")})}, "I don't know"),
              ElementsAre("don't know"));
  EXPECT_THAT(Found({Tokens({Lower("do"), Lower("n’t")})}, "I don’t"), ElementsAre("don’t"));
  // The same where something else makes it no literal.
  EXPECT_THAT(Found({Tokens({Lower("u.s."), Times(Lower("virgin"), 0, 1), Lower("islands")})},
                    "U.S. Islands"),
              ElementsAre("U.S. Islands"));
}

// Tokens of another tokenizer, as in CoNLL files.
TEST(PatternMatcher, MatchesBeginAndEndWithTheTokensGiven) {
  const auto set =
      SetOf({Tokens({Lower("do"), Lower("n't")}), Tokens({Lower("y-3")}), String("3")});
  PatternMatcher matcher;
  std::vector<PatternMatch> matches;
  matcher.FindMatches(*set, {"do", "n't", "Y-3", "y", "-3", "", " ", "3"}, matches);
  EXPECT_THAT(matches, ElementsAre(PatternMatch{{0, 2, 0}, 0}, PatternMatch{{2, 3, 0}, 1},
                                   PatternMatch{{3, 5, 0}, 1}, PatternMatch{{7, 8, 0}, 2}));
}

TEST(PatternMatcher, FindsValuesAnywhereInScriptsWithoutSpaces) {
  EXPECT_THAT(Found({String("北京大学")}, "我在北京大学读书。"), ElementsAre("北京大学"));
  EXPECT_THAT(Found({Tokens({Text("東京"), Text("都")})}, "新東京都庁は"), ElementsAre("東京都"));
  EXPECT_THAT(Found({Tokens({Times(Text("東京"), 0, 1), Text("タワー")})}, "東京タワーへ"),
              ElementsAre("東京タワー", "タワー"));
  EXPECT_THAT(Found({String("กรุงเทพ")}, "ไปกรุงเทพมหานคร"), ElementsAre("กรุงเทพ"));
  EXPECT_THAT(Found({Tokens({Lower("iphone15")})}, "新iPhone15を"), ElementsAre("iPhone15"));
  EXPECT_THAT(Found({Tokens({Place(TokenTest::ATTRIBUTE_LIKE_EMAIL)})}, "请写信给a@b.org吧"),
              ElementsAre("a@b.org"));
}

TEST(PatternMatcher, ComposedPatternsFindDecomposedTextsAndTheReverse) {
  const std::vector<std::pair<std::string, std::string>> kForms = {
      {"Z\u00FCrich", "Zu\u0308rich"},
      {"\u00C9cole d'\u00C9t\u00E9", "E\u0301cole d'E\u0301te\u0301"},
      {"Vi\u1EC7t Nam", "Vie\u0323\u0302t Nam"},
      {"\uD55C\uAD6D", "\u1112\u1161\u11AB\u1100\u116E\u11A8"},
      {"が行", "か\u3099行"},
  };
  for (const auto& [composed, decomposed] : kForms) {
    for (const auto& [wanted, written] :
         {std::pair(composed, decomposed), std::pair(decomposed, composed)}) {
      const std::string text = absl::StrCat("in ", written, ", x");
      EXPECT_THAT(Found({String(wanted)}, text), ElementsAre(written));
      EXPECT_THAT(Found({Tokens({Lower(wanted)})}, text), ElementsAre(written));
      EXPECT_THAT(Found({Tokens({Times(Text("in"), 0, 1), Text(wanted)})}, text),
                  ElementsAre(absl::StrCat("in ", written), written));
    }
  }
}

TEST(PatternMatcher, TestsOfWordsDoNotSeeHowCharactersAreCoded) {
  const std::string composed = "caf\u00E9", decomposed = "cafe\u0301";
  for (const std::string& text : {composed, decomposed}) {
    for (const std::string& end : {composed, decomposed}) {
      EXPECT_THAT(Found({Tokens({Regex(TokenTest::ATTRIBUTE_TEXT, "^" + end + "$")})}, text),
                  ElementsAre(text));
    }
    EXPECT_THAT(Found({Tokens({Place(TokenTest::ATTRIBUTE_SHAPE, "xxxx")})}, text),
                ElementsAre(text));
    EXPECT_THAT(Found({Tokens({Place(TokenTest::ATTRIBUTE_IS_ALPHA)})}, text), ElementsAre(text));
    EXPECT_THAT(Found({Tokens({Regex(TokenTest::ATTRIBUTE_TEXT, "caf\u00E9-x")})}, text + "-x"),
                ElementsAre(text + "-x"));
  }
}

TEST(PatternMatcher, TestsOfCharacters) {
  const auto found = [](TokenTest::Attribute attribute, absl::string_view text) {
    return Found({Tokens({Place(attribute)})}, text);
  };
  EXPECT_THAT(found(TokenTest::ATTRIBUTE_IS_ALPHA, "ab a1 ß ."), ElementsAre("ab", "ß"));
  EXPECT_THAT(found(TokenTest::ATTRIBUTE_IS_DIGIT, "12 a1 ."), ElementsAre("12"));
  EXPECT_THAT(found(TokenTest::ATTRIBUTE_IS_ASCII, "ab ß"), ElementsAre("ab"));
  EXPECT_THAT(found(TokenTest::ATTRIBUTE_IS_PUNCT, "a, « $"), ElementsAre(",", "«"));
  EXPECT_THAT(found(TokenTest::ATTRIBUTE_IS_LOWER, "ab Ab a1 1"), ElementsAre("ab", "a1"));
  EXPECT_THAT(found(TokenTest::ATTRIBUTE_IS_UPPER, "AB Ab A1 1"), ElementsAre("AB", "A1"));
  EXPECT_THAT(found(TokenTest::ATTRIBUTE_IS_TITLE, "Ab AB ab A 1Ab Ab1Cd"),
              ElementsAre("Ab", "A", "1Ab", "Ab1Cd"));
}

TEST(PatternMatcher, TestsOfWords) {
  EXPECT_THAT(Found({Tokens({Place(TokenTest::ATTRIBUTE_LIKE_URL)})},
                    "see (https://x.io/a?b=1). or example.com, no.Then"),
              ElementsAre("https://x.io/a?b=1", "https://x.io/a?b=1)", "https://x.io/a?b=1).",
                          "example.com"));
  EXPECT_THAT(
      Found({Tokens({Place(TokenTest::ATTRIBUTE_LIKE_EMAIL)})}, "<jo.doe@mail.example.org>, @jo"),
      ElementsAre("jo.doe@mail.example.org"));
  EXPECT_THAT(Found({Tokens({Place(TokenTest::ATTRIBUTE_LIKE_NUM)})}, "ten 1,000.5 x"),
              ElementsAre("ten", "1", "1,000.5", "000", "5"));
  EXPECT_THAT(Found({Tokens({Place(TokenTest::ATTRIBUTE_SHAPE, "Xxxxx-dd")})}, "Covid-19 covid-19"),
              ElementsAre("Covid-19"));
  EXPECT_THAT(Found({Tokens({Place(TokenTest::ATTRIBUTE_SHAPE, "xxxx")})}, "abc abcd abcdef"),
              ElementsAre("abcd", "abcdef"));
  EXPECT_THAT(Found({Tokens({Regex(TokenTest::ATTRIBUTE_TEXT, "^[Uu]\\.?[Ss]\\.?$")})},
                    "the U.S. and US, us"),
              ElementsAre("U.S", "U.S.", "US", "us"));
  EXPECT_THAT(
      Found({Tokens({Regex(TokenTest::ATTRIBUTE_LOWER, "^colou?r$")})}, "Color COLOUR colors"),
      ElementsAre("Color", "COLOUR"));
}

TEST(PatternMatcher, ListsAndNegations) {
  TokenPattern in = Lower("red");
  in.mutable_tests(0)->add_values("dark-blue");
  EXPECT_THAT(Found({Tokens({in, Lower("hat")})}, "Red hat, dark-blue hat, blue hat"),
              ElementsAre("Red hat", "dark-blue hat"));
  TokenPattern not_in = in;
  not_in.mutable_tests(0)->set_negated(true);
  EXPECT_THAT(Found({Tokens({not_in, Lower("hat")})}, "red hat green hat"),
              ElementsAre("green hat"));
  EXPECT_THAT(Found({Tokens({Not(Lower("red")), Lower("hat")})}, "red hat green hat"),
              ElementsAre("green hat"));
  TokenPattern length = Place(TokenTest::ATTRIBUTE_LENGTH);
  length.mutable_tests(0)->set_min_length(2);
  length.mutable_tests(0)->set_max_length(3);
  EXPECT_THAT(Found({Tokens({length})}, "a äb abc abcd"), ElementsAre("äb", "abc"));
}

TEST(PatternMatcher, KeepsItsPlaceBetweenSetsAndTexts) {
  PatternMatcher matcher;
  std::vector<PatternMatch> matches;
  const auto digits = SetOf({Tokens({Place(TokenTest::ATTRIBUTE_IS_DIGIT)})});
  const auto letters = SetOf({Tokens({Place(TokenTest::ATTRIBUTE_IS_ALPHA)})});
  for (int i = 0; i < 2; ++i) {
    matcher.FindMatches(*digits, {"a", "1"}, matches);
    EXPECT_THAT(matches, ElementsAre(PatternMatch{{1, 2, 0}, 0}));
    matcher.FindMatches(*letters, {"a", "1"}, matches);
    EXPECT_THAT(matches, ElementsAre(PatternMatch{{0, 1, 0}, 0}));
    matcher.FindMatches(*digits, {}, matches);
    EXPECT_THAT(matches, IsEmpty());
  }
}

// Every end that `tokens` from place `i` on can reach from `position`, by trying everything.
void Reach(const std::vector<TokenPattern>& places, size_t i, uint32_t taken,
           const std::vector<std::string>& tokens, uint32_t position, std::set<uint32_t>& ends) {
  if (i == places.size()) {
    ends.insert(position);
    return;
  }
  const TokenPattern& place = places[i];
  if (taken >= place.min_count()) Reach(places, i + 1, 0, tokens, position, ends);
  if (position == tokens.size() || (place.max_count() > 0 && taken == place.max_count())) return;
  const bool holds = place.tests().empty() || place.tests(0).values(0) == tokens[position];
  if (holds != place.negated()) Reach(places, i, taken + 1, tokens, position + 1, ends);
}

TEST(PatternMatcher, FindsWhatTryingEverythingFinds) {
  Random random(1);
  for (int round = 0; round < 3000; ++round) {
    std::vector<TokenPattern> places(1 + random.Below(4));
    for (TokenPattern& place : places) {
      place = Lower(std::string(1, static_cast<char>('a' + random.Below(3))));
      if (random.Below(6) == 0) place.clear_tests();
      const uint32_t min_count = static_cast<uint32_t>(random.Below(3));
      place = Times(place, min_count,
                    random.Below(3) == 0 ? 0 : std::max<uint32_t>(1, min_count + random.Below(2)));
      if (!place.tests().empty()) place.set_negated(random.Below(6) == 0);
    }
    std::vector<std::string> tokens(random.Below(9));
    for (std::string& token : tokens)
      token = std::string(1, static_cast<char>('a' + random.Below(3)));
    std::vector<PatternMatch> expected, matches;
    for (uint32_t begin = 0; begin < tokens.size(); ++begin) {
      std::set<uint32_t> ends;
      Reach(places, 0, 0, tokens, begin, ends);
      ends.erase(begin);
      for (const uint32_t end : ends) expected.push_back({{begin, end, 0}, 0});
    }
    PatternMatcher matcher;
    matcher.FindMatches(*SetOf({Tokens(places)}),
                        {std::vector<absl::string_view>(tokens.begin(), tokens.end())}, matches);
    ASSERT_EQ(matches, expected) << absl::StrJoin(tokens, " ") << "\n"
                                 << Tokens(places).DebugString();
  }
}

// Backtracking would not end.
TEST(PatternMatcher, TakesBoundedTime) {
  std::vector<TokenPattern> places(30, Times(Lower("a"), 0, 0));
  places.push_back(Lower("b"));
  std::string text;
  for (int i = 0; i < 25'000; ++i) text += "a ";
  EXPECT_THAT(Found({Tokens(places)}, text), IsEmpty());
}

TEST(PatternMatcher, FindsAcrossTheWordsOfItsBitSets) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "a ";
  const std::vector<std::string> found =
      Found({Tokens({Times(Lower("a"), 2, 2), Times(Lower("b"), 0, 1)})}, text + "b");
  EXPECT_EQ(found.size(), 200u);
  EXPECT_EQ(found.back(), "a a b");
}

TEST(PatternSet, RoundTripsAndHasADigest) {
  const auto set = SetOf(
      {String("x", "B"), Tokens({Lower("y"), Times(Text("z"), 0, 0)}, "A"), String("w", "B")});
  EXPECT_THAT(set->labels(), ElementsAre("A", "B"));
  const auto again = PatternSet::Parse(set->Serialize());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->digest(), set->digest());
  EXPECT_EQ((*again)->Serialize(), set->Serialize());
  EXPECT_NE(SetOf({String("x", "B")})->digest(), set->digest());
}

TEST(PatternSet, RefusesWhatItCannotCompile) {
  const auto error = [](Pattern pattern) {
    storage::v1::PatternSet set;
    *set.add_patterns() = String("fine");
    *set.add_patterns() = std::move(pattern);
    return std::string(PatternSet::Make(std::move(set)).status().message());
  };
  EXPECT_EQ(error(String("x", "")), "pattern 2 has no label");
  EXPECT_EQ(error(String("")), "pattern 2 needs either text or tokens");
  EXPECT_EQ(error(String(" ")), "pattern 2 is only white space");
  EXPECT_EQ(error(Tokens({Lower(" ")})), "pattern 2 asks for white space");
  EXPECT_EQ(error(Tokens({Times(Lower("a"), 4'000'000'000u, 0)})), "pattern 2 has too many tokens");
  EXPECT_EQ(error(Tokens({Times(Lower("a"), 3, 2)})), "pattern 2 has min_count above max_count");
  EXPECT_EQ(error(Tokens({Place(TokenTest::ATTRIBUTE_UNSPECIFIED)})),
            "pattern 2 has a test of an unknown attribute");
  EXPECT_THAT(error(Tokens({Regex(TokenTest::ATTRIBUTE_TEXT, "(")})), HasSubstr("missing )"));
  EXPECT_EQ(PatternSet::Parse("\x0A\xFF").status().message(), "not a set of patterns");
}

TEST(KeepLongest, PrefersLongThenEarlyMatchesOfEachLabel) {
  std::vector<PatternMatch> matches = {{{0, 2, 0}, 0}, {{1, 4, 0}, 1}, {{4, 5, 0}, 2},
                                       {{4, 5, 0}, 3}, {{5, 7, 0}, 4}, {{6, 8, 0}, 5},
                                       {{0, 2, 1}, 6}};
  KeepLongest(matches);
  EXPECT_THAT(matches, ElementsAre(PatternMatch{{0, 2, 1}, 6}, PatternMatch{{1, 4, 0}, 1},
                                   PatternMatch{{4, 5, 0}, 2}, PatternMatch{{5, 7, 0}, 4}));
}

}  // namespace
}  // namespace winnow::ner

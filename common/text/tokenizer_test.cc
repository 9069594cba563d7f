#include "common/text/tokenizer.h"

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/text/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<absl::string_view> Forms(absl::string_view text) { return Forms(text, Tokenize(text)); }

TEST(Tokenizer, KeepsLettersAndNumbersTogether) {
  EXPECT_THAT(Forms("Field Sales  Executive, 3rd floor"),
              ElementsAre("Field", "Sales", "Executive", ",", "3rd", "floor"));
  EXPECT_THAT(Forms("Müller naïve Ångström №5 x²"),
              ElementsAre("Müller", "naïve", "Ångström", "№", "5", "x²"));
  EXPECT_THAT(Forms("日本語 Привет"), ElementsAre("日", "本", "語", "Привет"));
}

TEST(Tokenizer, SplitsAtEveryOtherCharacter) {
  EXPECT_THAT(Forms("Valium's don't"), ElementsAre("Valium", "'", "s", "don", "'", "t"));
  EXPECT_THAT(Forms("a_b---c..."), ElementsAre("a", "_", "b", "-", "-", "-", "c", ".", ".", "."));
  EXPECT_THAT(Forms("$25,000/C++"), ElementsAre("$", "25", ",", "000", "/", "C", "+", "+"));
  EXPECT_THAT(Forms("hi😀😀"), ElementsAre("hi", "😀", "😀"));
}

TEST(Tokenizer, MarksAndJoinersBelongToWhatTheyTouch) {
  EXPECT_THAT(Forms("cafe\u0301s हिन्दी"), ElementsAre("cafe\u0301s", "हिन्दी"));
  EXPECT_THAT(Forms("\u2764\uFE0Fyou"), ElementsAre("\u2764\uFE0F", "you"))
      << "a red heart is a symbol and a mark";
  EXPECT_THAT(Forms("a \u0301b"), ElementsAre("a", "\u0301", "b")) << "touching nothing before it";
}

TEST(Tokenizer, ScriptsWithoutSpacesAreCutIntoCharacters) {
  EXPECT_THAT(Forms("我在北京。"), ElementsAre("我", "在", "北", "京", "。"));
  EXPECT_THAT(Forms("東京タワーへ"), ElementsAre("東", "京", "タ", "ワ", "ー", "へ"));
  EXPECT_THAT(Forms("ｶﾞｽ"), ElementsAre("ｶﾞ", "ｽ"));
  EXPECT_THAT(Forms("น้ำใจ"), ElementsAre("น้ำ", "ใ", "จ"));
  EXPECT_THAT(Forms("ນ້ຳ ໃຈ"), ElementsAre("ນ້ຳ", "ໃ", "ຈ"));
  EXPECT_THAT(Forms("ភ្នំ"), ElementsAre("ភ្", "នំ"));
  EXPECT_THAT(Forms("ရန်ကုန်"), ElementsAre("ရ", "န်", "ကု", "န်"));
}

TEST(Tokenizer, MixedTextKeepsWordsAndCharacters) {
  EXPECT_THAT(Forms("新iPhone15を2台、Müller社"),
              ElementsAre("新", "iPhone15", "を", "2", "台", "、", "Müller", "社"));
  EXPECT_THAT(Forms("ปี ๒๕๖๗ที่"), ElementsAre("ปี", "๒๕๖๗", "ที่"));
  EXPECT_THAT(Forms("서울에서 日本"), ElementsAre("서울에서", "日", "本")) << "Korean has spaces";
}

TEST(Tokenizer, AnyWhiteSpaceSeparates) {
  EXPECT_THAT(Forms(""), IsEmpty());
  EXPECT_THAT(Forms(" \t\r\n\u00A0\u3000"), IsEmpty());
  EXPECT_THAT(Forms("a\u00A0b\u2028c\u0085d\u200Be"),
              ElementsAre("a", "b", "c", "d", "\u200B", "e"));
}

TEST(Tokenizer, CountsBytesAndCodePoints) {
  EXPECT_THAT(Tokenize("é 😀x"),
              ElementsAre(Token{0, 2, 0, 1}, Token{3, 7, 2, 3}, Token{7, 8, 3, 4}));
}

TEST(Tokenizer, AppendsWithOffsetsOfTheNewText) {
  std::vector<Token> tokens = Tokenize("one");
  Tokenize("two", tokens);
  EXPECT_THAT(tokens, ElementsAre(Token{0, 3, 0, 3}, Token{0, 3, 0, 3}));
}

// Random texts of characters of all kinds.
std::string RandomText(Random& random) {
  static const std::vector<std::string> kPieces = {
      "a", "Z", "7", " ",      "\t",     "_",      "'",      ".",      "é", "日", "ำ",
      "ﾞ", "ｶ", "ក្", "\u0301", "\u200D", "\u00A0", "\u3000", "\uFE0F", "😀", "²",  "ß"};
  std::string text;
  for (size_t n = random.Below(20); n > 0; --n) text += kPieces[random.Below(kPieces.size())];
  return text;
}

TEST(Tokenizer, TokensAndWhiteSpacePartitionTheText) {
  Random random(7);
  for (int trial = 0; trial < 5000; ++trial) {
    const std::string text = RandomText(random);
    const OffsetMap map(text);
    std::vector<bool> covered(text.size());
    uint32_t last_end = 0;
    for (const Token& token : Tokenize(text)) {
      ASSERT_LT(token.begin_byte, token.end_byte);
      ASSERT_GE(token.begin_byte, last_end);
      ASSERT_EQ(map.ByteToCodePoint(token.begin_byte).value(), token.start);
      ASSERT_EQ(map.ByteToCodePoint(token.end_byte).value(), token.end);
      last_end = token.end_byte;
      for (uint32_t byte = token.begin_byte; byte < token.end_byte; ++byte) covered[byte] = true;
    }
    for (size_t position = 0; position < text.size();) {
      const size_t begin = position;
      ASSERT_EQ(!IsWhiteSpace(DecodeUtf8(text, position)), covered[begin]) << text;
    }
  }
}

TEST(Tokenizer, StaysInsideIllFormedText) {
  Random random(8);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string bytes;
    for (size_t n = random.Below(12); n > 0; --n) bytes.push_back(static_cast<char>(random.Next()));
    for (const Token& token : Tokenize(bytes)) ASSERT_LE(token.end_byte, bytes.size());
  }
}

}  // namespace
}  // namespace winnow::text

#include "common/text/utf8.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::text {
namespace {

using ::testing::HasSubstr;

constexpr size_t kNone = absl::string_view::npos;

std::string Encode(char32_t c) {
  std::string bytes;
  if (c < 0x80) {
    bytes = {static_cast<char>(c)};
  } else if (c < 0x800) {
    bytes = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  } else if (c < 0x10000) {
    bytes = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
             static_cast<char>(0x80 | (c & 0x3F))};
  } else {
    bytes = {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
             static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }
  return bytes;
}

TEST(Utf8, EveryCodePointIsValidAndDecodesExceptSurrogates) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    const std::string bytes = Encode(c);
    if (c >= 0xD800 && c <= 0xDFFF) {
      ASSERT_EQ(FindInvalidUtf8(bytes), 0u) << static_cast<uint32_t>(c);
      continue;
    }
    ASSERT_EQ(FindInvalidUtf8(bytes), kNone) << static_cast<uint32_t>(c);
    size_t position = 0;
    ASSERT_EQ(DecodeUtf8(bytes, position), c);
    ASSERT_EQ(position, bytes.size());
  }
}

// A decoder written from the definition, apart from the one under test.
bool IsValidSequence(absl::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (bytes.size() == 1) return at(0) < 0x80;
  uint32_t value = at(0) & (0x7F >> bytes.size());
  if ((at(0) >> (7 - bytes.size())) != (1 << (bytes.size() + 1)) - 2) return false;
  for (size_t i = 1; i < bytes.size(); ++i) {
    if (at(i) >> 6 != 2) return false;
    value = value << 6 | (at(i) & 0x3F);
  }
  const uint32_t minimum = bytes.size() == 2 ? 0x80 : bytes.size() == 3 ? 0x800 : 0x10000;
  return value >= minimum && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

TEST(Utf8, EverySequenceOfTwoAndThreeBytesIsJudgedAsDefined) {
  for (int a = 0x80; a < 0x100; ++a) {
    for (int b = 0; b < 0x100; ++b) {
      const std::string two = {static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(FindInvalidUtf8(two) == kNone, IsValidSequence(two)) << a << ' ' << b;
      for (int c : {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE0, 0xFF}) {
        const std::string three = {static_cast<char>(a), static_cast<char>(b),
                                   static_cast<char>(c)};
        const bool valid = IsValidSequence(three) || (IsValidSequence(two) && c < 0x80);
        ASSERT_EQ(FindInvalidUtf8(three) == kNone, valid) << a << ' ' << b << ' ' << c;
        const std::string four = three + "\x80";
        const bool valid4 =
            IsValidSequence(four) || (IsValidSequence(two) && IsValidSequence(four.substr(2)));
        ASSERT_EQ(FindInvalidUtf8(four) == kNone, valid4) << a << ' ' << b << ' ' << c;
      }
    }
  }
}

TEST(Utf8, NamesTheFirstBadByte) {
  EXPECT_EQ(FindInvalidUtf8(""), kNone);
  EXPECT_EQ(FindInvalidUtf8("plain ASCII, longer than a block"), kNone);
  EXPECT_EQ(FindInvalidUtf8("ab\xFFz\xFF"), 2u);
  EXPECT_EQ(FindInvalidUtf8("0123456789abcdef\xC3"), 16u) << "truncated at the end";
  EXPECT_EQ(FindInvalidUtf8("\xF0\x9F\x98"), 0u) << "truncated emoji";
  EXPECT_EQ(FindInvalidUtf8("\xC0\xAF"), 0u) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("é\xED\xA0\xBD"), 2u) << "surrogate";
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0u) << "above U+10FFFF";
  EXPECT_EQ(FindInvalidUtf8(std::string("a\0b", 3)), kNone);
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(NumCodePoints(""), 0u);
  EXPECT_EQ(NumCodePoints("abc"), 3u);
  EXPECT_EQ(NumCodePoints("naïve 👩‍🚀"), 9u) << "the astronaut is woman, joiner, rocket";
}

TEST(Utf8, DecodesIllFormedBytesOneByOne) {
  const std::string bytes =
      "a\xFF\xC3"
      "b";
  size_t position = 0;
  std::u32string decoded;
  while (position < bytes.size()) decoded.push_back(DecodeUtf8(bytes, position));
  EXPECT_EQ(decoded, U"a\uFFFD\uFFFDb");
}

TEST(Utf8, AppendsWhatDecodesToTheSame) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;  // Surrogates are no characters.
    std::string bytes;
    AppendUtf8(c, bytes);
    ASSERT_EQ(FindInvalidUtf8(bytes), kNone);
    size_t position = 0;
    ASSERT_EQ(DecodeUtf8(bytes, position), c);
    ASSERT_EQ(position, bytes.size());
  }
}

TEST(Utf8, KnowsWhiteSpace) {
  int count = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) count += IsWhiteSpace(c);
  EXPECT_EQ(count, 25) << "Unicode's PropList.txt has 25 code points";
  for (const char32_t c : U"\t\n\r \u0085\u00A0\u2003\u2028\u3000")
    EXPECT_TRUE(c == 0 || IsWhiteSpace(c));
  for (const char32_t c : U"a_\u200B\u200D\uFEFF") EXPECT_FALSE(IsWhiteSpace(c));
}

// Says the same as OffsetMap by walking through the text.
struct Position {
  uint32_t byte, code_point, utf16;
};

std::vector<Position> AllPositions(absl::string_view text) {
  std::vector<Position> positions = {{0, 0, 0}};
  for (size_t byte = 0; byte < text.size();) {
    const uint32_t units = DecodeUtf8(text, byte) > 0xFFFF ? 2 : 1;
    const Position& last = positions.back();
    positions.push_back({static_cast<uint32_t>(byte), last.code_point + 1, last.utf16 + units});
  }
  return positions;
}

constexpr uint32_t kRefused = UINT32_MAX;

class OffsetMapTest : public testing::TestWithParam<const char*> {};

TEST_P(OffsetMapTest, ConvertsEveryPositionAndRefusesAllOthers) {
  const OffsetMap map(GetParam());
  const std::vector<Position> positions = AllPositions(GetParam());
  // kRefused where no character begins.
  std::vector<uint32_t> code_point_of_byte(map.num_bytes() + 1, kRefused);
  std::vector<uint32_t> code_point_of_unit(map.num_utf16_units() + 1, kRefused);
  EXPECT_EQ(map.num_bytes(), positions.back().byte);
  EXPECT_EQ(map.num_code_points(), positions.back().code_point);
  EXPECT_EQ(map.num_utf16_units(), positions.back().utf16);
  for (const Position& p : positions) {
    EXPECT_EQ(map.CodePointToByte(p.code_point).value(), p.byte);
    EXPECT_EQ(map.CodePointToUtf16(p.code_point).value(), p.utf16);
    code_point_of_byte[p.byte] = p.code_point;
    code_point_of_unit[p.utf16] = p.code_point;
  }
  for (uint32_t byte = 0; byte <= map.num_bytes(); ++byte) {
    EXPECT_EQ(map.ByteToCodePoint(byte).value_or(kRefused), code_point_of_byte[byte]);
  }
  for (uint32_t unit = 0; unit <= map.num_utf16_units(); ++unit) {
    EXPECT_EQ(map.Utf16ToCodePoint(unit).value_or(kRefused), code_point_of_unit[unit]);
  }
  EXPECT_FALSE(map.ByteToCodePoint(map.num_bytes() + 1).ok());
  EXPECT_FALSE(map.CodePointToByte(map.num_code_points() + 1).ok());
  EXPECT_FALSE(map.Utf16ToCodePoint(map.num_utf16_units() + 1).ok());
  EXPECT_FALSE(map.CodePointToUtf16(UINT32_MAX).ok());
}

INSTANTIATE_TEST_SUITE_P(Texts, OffsetMapTest,
                         testing::Values("", "plain", "é", "naïve café", "👩‍🚀 to Mars",
                                         "e\u0301 combining", "日本語 text 🇩🇪"));

TEST(OffsetMap, SaysWhatIsWrong) {
  const OffsetMap map("a😀b");
  EXPECT_THAT(std::string(map.ByteToCodePoint(3).status().message()),
              HasSubstr("byte 3 is inside a character"));
  EXPECT_THAT(std::string(map.Utf16ToCodePoint(2).status().message()),
              HasSubstr("UTF-16 unit 2 is inside"));
  EXPECT_THAT(std::string(map.CodePointToByte(4).status().message()),
              HasSubstr("character 4 is beyond the text's 3"));
}

}  // namespace
}  // namespace winnow::text

#include "common/text/letters.h"

#include "gtest/gtest.h"

namespace winnow::text {
namespace {

TEST(Category, IsUnicodes) {
  EXPECT_EQ(CategoryOf(U'Ä'), Category::kUpperLetter);
  EXPECT_EQ(CategoryOf(U'ǅ'), Category::kTitleLetter);
  EXPECT_EQ(CategoryOf(U'ß'), Category::kLowerLetter);
  EXPECT_EQ(CategoryOf(U'日'), Category::kOtherLetter);
  EXPECT_EQ(CategoryOf(U'\u0301'), Category::kNonspacingMark);
  EXPECT_EQ(CategoryOf(U'٣'), Category::kDecimalNumber);
  EXPECT_EQ(CategoryOf(U'½'), Category::kOtherNumber);
  EXPECT_EQ(CategoryOf(U'»'), Category::kFinalPunctuation);
  EXPECT_EQ(CategoryOf(U'€'), Category::kCurrencySymbol);
  EXPECT_EQ(CategoryOf(U'\n'), Category::kControl);
  EXPECT_EQ(CategoryOf(U'\uE000'), Category::kPrivateUse);
  EXPECT_EQ(CategoryOf(0x378), Category::kUnassigned);
  EXPECT_EQ(CategoryOf(0x110000), Category::kUnassigned);
}

TEST(Category, GroupsAreThoseOfTheFirstLetter) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    const Category category = CategoryOf(c);
    const int groups =
        IsLetter(category) + IsMark(category) + IsNumber(category) + IsPunctuation(category);
    ASSERT_LE(groups, 1) << static_cast<uint32_t>(c);
    ASSERT_TRUE(!IsUpper(category) || IsLetter(category)) << static_cast<uint32_t>(c);
  }
  EXPECT_TRUE(IsLetter(CategoryOf(U'ʰ')));
  EXPECT_TRUE(IsMark(CategoryOf(U'\u20DD')));
  EXPECT_TRUE(IsNumber(CategoryOf(U'Ⅷ')));
  EXPECT_TRUE(IsPunctuation(CategoryOf(U'_')));
  EXPECT_FALSE(IsPunctuation(CategoryOf(U'$')));
}

TEST(Lower, GoesCharacterByCharacterInAnyScript) {
  EXPECT_EQ(Lower("NURSE 3rd"), "nurse 3rd");
  EXPECT_EQ(Lower("ÄRZTIN"), "ärztin");
  EXPECT_EQ(Lower("ВРАЧ"), "врач");
  EXPECT_EQ(Lower("𐐀"), "𐐨") << "four bytes";
  EXPECT_EQ(Lower("\u212A"), "k") << "the Kelvin sign takes three bytes, its lower case one";
  EXPECT_EQ(Lower("A\xFFZ"), "a\uFFFDz");
  std::string reused = "old";
  Lower("", reused);
  EXPECT_EQ(reused, "");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
}

TEST(Words, AreLookedAtWhole) {
  EXPECT_TRUE(HasLetter("12日"));
  EXPECT_FALSE(HasLetter("12 €, -"));
  EXPECT_TRUE(IsAllAscii("a-1"));
  EXPECT_FALSE(IsAllAscii("é"));
  EXPECT_TRUE(IsAllLetters("日Aß"));
  EXPECT_FALSE(IsAllLetters("A1"));
  EXPECT_TRUE(IsAllDigits("12٣"));
  EXPECT_FALSE(IsAllDigits("½"));
  EXPECT_TRUE(IsAllPunctuation("...»"));
  EXPECT_FALSE(IsAllPunctuation("<"));
  EXPECT_TRUE(IsAllSymbols("<.$"));
  EXPECT_FALSE(IsAllSymbols("$5"));
}

TEST(Words, HaveACase) {
  EXPECT_TRUE(IsUpperCase("ÄB2"));
  EXPECT_FALSE(IsUpperCase("22")) << "no letter with a case";
  EXPECT_FALSE(IsUpperCase("Ab"));
  EXPECT_TRUE(IsLowerCase("äb-日"));
  EXPECT_FALSE(IsLowerCase("aB"));
  EXPECT_TRUE(IsTitleCase("Nurse"));
  EXPECT_TRUE(IsTitleCase("Anne-Marie"));
  EXPECT_FALSE(IsTitleCase("Anne-marie"));
  EXPECT_FALSE(IsTitleCase("NURSE"));
  EXPECT_FALSE(IsTitleCase("3"));
}

TEST(Words, HaveAShape) {
  EXPECT_EQ(ShapeOf("Nurse-12"), "Xxxxx-dd");
  EXPECT_EQ(ShapeOf("Nurses"), "Xxxxx") << "runs stop at four";
  EXPECT_EQ(ShapeOf("日é€"), "xx€");
  EXPECT_EQ(ShapeOf(""), "");
}

TEST(Words, LookLikeNumbersAddressesAndMail) {
  for (const char* number : {"3", "1,000.5", "3/4", "-7", "ten", "Billion", "21st", "third"})
    EXPECT_TRUE(LooksLikeNumber(number)) << number;
  for (const char* other : {"", "a1", "tenth!", "IV"})
    EXPECT_FALSE(LooksLikeNumber(other)) << other;
  for (const char* url : {"http://a", "www.a.b", "example.com", "a-b.co.uk/x?y=1", "x.de:80"})
    EXPECT_TRUE(LooksLikeUrl(url)) << url;
  for (const char* other : {"example", "a.b", "u.s."}) EXPECT_FALSE(LooksLikeUrl(other)) << other;
  EXPECT_TRUE(LooksLikeEmail("a.b+c@example.org"));
  EXPECT_FALSE(LooksLikeEmail("a@b"));
  EXPECT_FALSE(LooksLikeEmail("@example.org"));
}

}  // namespace
}  // namespace winnow::text

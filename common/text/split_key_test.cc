#include "common/text/split_key.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "gtest/gtest.h"

namespace winnow::text {
namespace {

// Computed once and persisted by every database and model since: never to be adapted to the code.
TEST(SplitKey, NeverChanges) {
  EXPECT_EQ(SplitKey(""), 0x2D06800538D394C2ull);
  EXPECT_EQ(SplitKey("Health & Safety Manager"), 0x4BAB87BF6C0FEBABull);
  EXPECT_EQ(SplitKey("Straße 5 – ﬁne Ⅷ"), 0x30DDCF96AFE5E0C2ull);
  EXPECT_EQ(SplitKey("日本語 😀"), 0xC37BD4DE022F5AF8ull);
  EXPECT_EQ(Bucket(0), 966);
  EXPECT_EQ(Bucket(1), 263);
  EXPECT_EQ(Bucket(SplitKey("Health & Safety Manager")), 455);
}

TEST(SplitKey, IsTheHashOfTheNormalizedText) {
  EXPECT_EQ(SplitKey("Health & Safety Manager"), Hash64("health&safetymanager"));
  EXPECT_EQ(SplitKey("É \u2003 È"), Hash64("éè"));
  EXPECT_EQ(SplitKey("Straße"), Hash64("strasse"));
  EXPECT_EQ(SplitKey("ﬁnance ＡＢＣ x²"), Hash64("financeabcx2"));
  EXPECT_EQ(SplitKey("ΣΊΣΥΦΟΣ"), Hash64("σίσυφοσ"));
}

TEST(SplitKey, IgnoresSpacingCaseAndForm) {
  const std::vector<std::vector<std::string>> classes = {
      {"Field Sales Executive, London", "field  sales executive , london",
       " FIELD SALES\tEXECUTIVE,LONDON\r\n"},
      {"café", "cafe\u0301", "CAFE\u0301", "cafe \u0301", "ｃａｆé"},
      {"can't", "can ' t"},
      {"Straße", "STRASSE", "strasse", "STRA\u1E9EE"},
      {"a\u00A0b", "a\u3000b", "a\u2028b", "ab"},
  };
  for (size_t i = 0; i < classes.size(); ++i) {
    for (const std::string& text : classes[i]) {
      EXPECT_EQ(SplitKey(text), SplitKey(classes[i][0])) << text;
      EXPECT_NE(SplitKey(text), SplitKey(classes[(i + 1) % classes.size()][0])) << text;
    }
  }
}

TEST(SplitKey, IgnoresTheOrderOfMarksThatDoNotInteract) {
  EXPECT_EQ(SplitKey("q\u0307\u0323"), SplitKey("q\u0323\u0307"));
  EXPECT_NE(SplitKey("q\u0307\u0301"), SplitKey("q\u0301\u0307"))
      << "both above the letter: the order is seen";
}

// A service keys whatever text it is sent.
TEST(SplitKey, TakesEveryCodePointAndLongRunsOfMarks) {
  std::string all;
  for (uint32_t c = 0x80; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    if (c < 0x800) {
      all += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (c < 0x10000) {
      all += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
              static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      all += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
              static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    }
  }
  EXPECT_EQ(SplitKey(all), SplitKey(all + " "));
  std::string marks;
  std::string sorted;
  for (int i = 0; i < 100000; ++i) marks += "\u0301\u0323";
  for (int i = 0; i < 100000; ++i) sorted += "\u0323";
  for (int i = 0; i < 100000; ++i) sorted += "\u0301";
  EXPECT_EQ(SplitKey(marks), SplitKey(sorted));
}

TEST(SplitKey, HashesIllFormedTextAsItIs) { EXPECT_EQ(SplitKey("a \xFF"), Hash64("a \xFF")); }

TEST(Bucket, SharesAreEven) {
  std::vector<int> counts(kNumBuckets);
  constexpr int kTexts = 100000;
  for (int i = 0; i < kTexts; ++i) {
    const int bucket = Bucket(SplitKey(absl::StrCat("text ", i)));
    ASSERT_GE(bucket, 0);
    ASSERT_LT(bucket, kNumBuckets);
    ++counts[bucket];
  }
  double chi_squared = 0;
  int holdout = 0;
  for (int bucket = 0; bucket < kNumBuckets; ++bucket) {
    const double expected = static_cast<double>(kTexts) / kNumBuckets;
    chi_squared += (counts[bucket] - expected) * (counts[bucket] - expected) / expected;
    if (IsHoldout(bucket)) holdout += counts[bucket];
  }
  EXPECT_LT(chi_squared, 999 + 4 * 44.7)
      << "999 degrees of freedom, standard deviation sqrt(2 * 999)";
  EXPECT_NEAR(holdout, 20000, 4 * 126.5) << "binomial, standard deviation sqrt(n * 0.2 * 0.8)";
}

TEST(Bucket, HoldoutIsTheFirstFifth) {
  EXPECT_TRUE(IsHoldout(0));
  EXPECT_TRUE(IsHoldout(199));
  EXPECT_FALSE(IsHoldout(200));
  EXPECT_EQ(kTuneBuckets, kHoldoutBuckets / 2);
}

}  // namespace
}  // namespace winnow::text

#include "common/text/spans.h"

#include <algorithm>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace winnow::text {
namespace {

using storage::v1::Span;

TEST(SpanLess, OrdersByStartThenEndThenLabel) {
  const std::vector<Span> ordered = {MakeSpan(0, 2, "b"), MakeSpan(0, 3, "a"), MakeSpan(0, 3, "b"),
                                     MakeSpan(1, 2, "a")};
  std::vector<Span> spans = {ordered[3], ordered[1], ordered[0], ordered[2]};
  std::sort(spans.begin(), spans.end(), SpanLess());
  EXPECT_TRUE(SameSpans(spans, ordered));
  std::set<Span, SpanLess> set(spans.begin(), spans.end());
  EXPECT_FALSE(set.insert(MakeSpan(0, 3, "b")).second);
}

TEST(SameSpan, MeansPlaceAndLabel) {
  EXPECT_TRUE(SameSpan(MakeSpan(1, 2, "a"), MakeSpan(1, 2, "a")));
  EXPECT_FALSE(SameSpan(MakeSpan(1, 2, "a"), MakeSpan(1, 2, "b")));
  EXPECT_FALSE(SameSpan(MakeSpan(1, 2, "a"), MakeSpan(1, 3, "a")));
  EXPECT_FALSE(SameSpan(MakeSpan(1, 3, "a"), MakeSpan(2, 3, "a")));
}

TEST(SameSpans, MeansOrderAndNumberToo) {
  const Span a = MakeSpan(0, 1, "x"), b = MakeSpan(2, 3, "x");
  EXPECT_TRUE(SameSpans(std::vector<Span>{}, std::vector<Span>{}));
  EXPECT_FALSE(SameSpans(std::vector<Span>{a, b}, std::vector<Span>{b, a}));
  EXPECT_FALSE(SameSpans(std::vector<Span>{a, b}, std::vector<Span>{a}));
}

TEST(Overlaps, MeansASharedCharacterWhateverTheLabels) {
  EXPECT_TRUE(Overlaps(MakeSpan(0, 3, "a"), MakeSpan(2, 4, "b")));
  EXPECT_TRUE(Overlaps(MakeSpan(0, 9, "a"), MakeSpan(2, 4, "a")));
  EXPECT_FALSE(Overlaps(MakeSpan(0, 2, "a"), MakeSpan(2, 4, "a"))) << "they touch";
}

TEST(SpanText, IsCutByCodePoints) {
  const std::string text = "als Ärztin tätig";
  const OffsetMap offsets(text);
  EXPECT_EQ(SpanText(text, offsets, MakeSpan(4, 10, "job")), "Ärztin");
  EXPECT_EQ(SpanText(text, offsets, 11, 16), "tätig");
}

TEST(SpanText, EndsWithTheText) {
  EXPECT_EQ(SpanText("abc", OffsetMap("abc"), 2, 9), "c");
  EXPECT_EQ(SpanText("für", OffsetMap("für"), 1, 9), "ür");
  EXPECT_EQ(SpanText("abc", OffsetMap("abc"), 7, 9), "");
  EXPECT_EQ(SpanText("abc", OffsetMap("abc"), 2, 1), "");
}

}  // namespace
}  // namespace winnow::text

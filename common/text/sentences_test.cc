#include "common/text/sentences.h"

#include <string>

#include "common/text/spans.h"
#include "common/text/utf8.h"
#include "gtest/gtest.h"

namespace winnow::text {
namespace {

TEST(SentencesAround, ShowsTheSentenceOfTheSpan) {
  const char* text = "I went to Rome. It was hot! Then home.";
  EXPECT_EQ(SentencesAround(text, 10, 14), (View{0, 15}));
  EXPECT_EQ(SentencesAround(text, 16, 18), (View{16, 27}));
  EXPECT_EQ(SentencesAround(text, 33, 37), (View{28, 38}));
}

TEST(SentencesAround, AbbreviationsBeforeLowerCaseDoNotBreak) {
  EXPECT_EQ(SentencesAround("Use approx. five of them", 11, 15), (View{0, 24}));
}

TEST(SentencesAround, LineBreaksAndQuotesBreak) {
  EXPECT_EQ(SentencesAround("Title\nHe said \"Go.\" She went.", 0, 5), (View{0, 5}));
  EXPECT_EQ(SentencesAround("Title\nHe said \"Go.\" She went.", 20, 23), (View{20, 29}));
}

TEST(SentencesAround, ASpanAcrossABreakKeepsBothSentences) {
  EXPECT_EQ(SentencesAround("One two. Three four. Five.", 4, 14), (View{0, 20}));
}

// The sentences around the characters [start, end) of `text`.
std::string Around(const std::string& text, uint32_t start, uint32_t end) {
  const View view = SentencesAround(text, start, end);
  const OffsetMap offsets(text);
  return std::string(SpanText(text, offsets, view.start, view.end));
}

TEST(SentencesAround, ScriptsWithoutSpacesEndSentencesWithoutSpaces) {
  EXPECT_EQ(Around("我在北京。他去上海！真的？！好。", 2, 4), "我在北京。");
  EXPECT_EQ(Around("我在北京。他去上海！真的？！好。", 5, 6), "他去上海！");
  EXPECT_EQ(Around("我在北京。他去上海！真的？！好。", 10, 11), "真的？！");
  EXPECT_EQ(Around("他说：“好。”我走了", 7, 8), "我走了");
  EXPECT_EQ(Around("他说：“好。”我走了", 1, 2), "他说：“好。”");
  EXPECT_EQ(Around("ខ្ញុំទៅ។គាត់មក។", 9, 10), "គាត់មក។");
  EXPECT_EQ(Around("သွားပြီ။လာပြီ။", 1, 2), "သွားပြီ။");
}

TEST(SentencesAround, WhatComesNextDecidesForMarksOfAllScripts) {
  EXPECT_EQ(Around("太好了!我们走", 4, 5), "我们走");
  EXPECT_EQ(Around("計算した．次に３．５を", 6, 7), "次に３．５を");
  EXPECT_EQ(Around("见foo?x=1网", 1, 2), "见foo?x=1网");
  EXPECT_EQ(Around("他……走了", 3, 4), "他……走了");
  EXPECT_EQ(Around("A社のVer.2は", 0, 1), "A社のVer.2は");
}

TEST(SentencesAround, CountsCodePoints) {
  EXPECT_EQ(SentencesAround("Äh! Über Öl.", 4, 8), (View{4, 12}));
}

}  // namespace
}  // namespace winnow::text

#include "common/text/sentences.h"

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

TEST(SentencesAround, CountsCodePoints) {
  EXPECT_EQ(SentencesAround("Äh! Über Öl.", 4, 8), (View{4, 12}));
}

}  // namespace
}  // namespace winnow::text

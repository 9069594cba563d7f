#include "common/formats/conll.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/real_data.h"

namespace winnow::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Conll, ReadsSentencesAndSpans) {
  const auto file = ParseConll(
      "\xEF\xBB\xBF\n\nField\tB-job\r\nSales\tI-job\r\nLondon\tB-place\r\n\r\n"
      "Ärztin\tB-job\nPfleger\tB-job\n,\tO\n\n\n\nx\tO");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->sentences.size(), 3u);
  EXPECT_THAT(file->sentences[0].tokens, ElementsAre("Field", "Sales", "London"));
  EXPECT_THAT(file->sentences[0].spans,
              ElementsAre(ConllSpan{0, 2, "job"}, ConllSpan{2, 3, "place"}));
  EXPECT_THAT(file->sentences[1].spans,
              ElementsAre(ConllSpan{0, 1, "job"}, ConllSpan{1, 2, "job"}));
  EXPECT_THAT(file->sentences[2].spans, IsEmpty());
  EXPECT_EQ(file->num_unopened_tags, 0u);
}

TEST(Conll, CountsTagsThatBeginASpanWithoutB) {
  const auto file = ParseConll("a\tI-x\nb\tI-x\nc\tI-y\nd\tO\ne\tI-x\n\nf\tI-x\ng\tB-x\nh\tI-x\n");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->sentences[0].spans,
              ElementsAre(ConllSpan{0, 2, "x"}, ConllSpan{2, 3, "y"}, ConllSpan{4, 5, "x"}));
  EXPECT_THAT(file->sentences[1].spans, ElementsAre(ConllSpan{0, 1, "x"}, ConllSpan{1, 3, "x"}));
  EXPECT_EQ(file->num_unopened_tags, 4u);
}

TEST(Conll, NamesEveryViolation) {
  const auto file =
      ParseConll("ok\tO\nno tag\n\tO\na\tE-x\nb\tB-\nc\tO\textra\nd\tB-x\textra\ne\to\n\xFF\tO\n");
  EXPECT_EQ(file.status().message(),
            "not valid token-per-line data (8 problems)\n"
            "  line 2: has no tab between token and tag\n"
            "  line 3: token: is empty\n"
            "  line 4: tag: is \"E-x\", not O, B-label or I-label\n"
            "  line 5: tag: is \"B-\", not O, B-label or I-label\n"
            "  line 6: has more than two columns\n"
            "  line 7: has more than two columns\n"
            "  line 8: tag: is \"o\", not O, B-label or I-label\n"
            "  line 9: invalid UTF-8 at byte 1");
}

TEST(Conll, ReadsTheRealFilesCompletely) {
  const auto content = integration::ReadRealData("job_titles/test.conll");
  if (!content.ok()) GTEST_SKIP() << content.status();
  const auto file = ParseConll(*content);
  ASSERT_TRUE(file.ok()) << file.status();
  size_t num_tokens = 0;
  size_t num_spans = 0;
  for (const ConllSentence& sentence : file->sentences) {
    num_tokens += sentence.tokens.size();
    num_spans += sentence.spans.size();
  }
  EXPECT_EQ(file->sentences.size(), 198u);
  EXPECT_EQ(num_tokens, 1015u);
  EXPECT_EQ(num_spans, 198u);
  EXPECT_EQ(file->num_unopened_tags, 0u);
}

}  // namespace
}  // namespace winnow::formats

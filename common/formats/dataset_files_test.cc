// Whole files: real ones, and damaged ones.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/random.h"
#include "common/formats/dataset.h"
#include "common/formats/prodigy.h"
#include "common/text/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/real_data.h"

namespace winnow::formats {
namespace {

using storage::v1::Decision;
using ::testing::ElementsAre;

TEST(ProdigyRealData, TheSessionOf1800AnswersIsBinaryAndExportsToTheByte) {
  const auto content =
      integration::ReadRealData("prodigy_examples/annotated_reddit-PRODUCT-ner.jsonl");
  if (!content.ok()) GTEST_SKIP() << content.status();
  const absl::StatusOr<ParsedDataset> parsed = ParseDataset(*content, {});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const ParsedDataset& dataset = *parsed;
  EXPECT_EQ(dataset.rows.size(), 1800u);
  EXPECT_EQ(dataset.survey.coverage, Coverage::kBinary);
  EXPECT_EQ(dataset.survey.coverage_reason, "inferred binary: line 1 has a span with a score");
  EXPECT_EQ(dataset.counts.num_accepted, 447u);
  EXPECT_EQ(dataset.counts.num_rejected, 1291u);
  EXPECT_EQ(dataset.counts.num_ignored, 88u);
  EXPECT_EQ(dataset.counts.num_rows_with_overlaps, 6u);
  EXPECT_EQ(dataset.counts.num_repeated_spans, 1u);
  std::string exported;
  for (const ParsedRow& row : dataset.rows)
    absl::StrAppend(&exported, ToProdigyJson(row.answer, row.text, ""), "\n");
  EXPECT_EQ(exported, *content);
}

TEST(ProdigyRealData, TheJobTitlesAreComplete) {
  const auto content = integration::ReadRealData("job_titles/job_titles_min.prodigy.jsonl");
  if (!content.ok()) GTEST_SKIP() << content.status();
  const absl::StatusOr<ParsedDataset> parsed = ParseDataset(*content, {});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const ParsedDataset& dataset = *parsed;
  EXPECT_EQ(dataset.rows.size(), 1000u);
  EXPECT_EQ(dataset.survey.coverage_reason, "inferred complete: line 1 has tokens and no score");
  EXPECT_EQ(dataset.counts.num_accepted + dataset.counts.num_rejected + dataset.counts.num_ignored,
            992u);
  EXPECT_THAT(dataset.rows[0].answer.complete_labels(), ElementsAre("job_title"));
}

TEST(RealData, TokenLinesAreReadCompletely) {
  const auto content = integration::ReadRealData("job_titles/test.conll");
  if (!content.ok()) GTEST_SKIP() << content.status();
  const absl::StatusOr<ParsedDataset> parsed = ParseDataset(*content, {});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->rows.size(), 198u);
  EXPECT_EQ(parsed->counts.num_accepted, 198u);
  EXPECT_EQ(parsed->survey.format, "CoNLL");
}

// Changes a few bytes of `content`: drops, doubles or overwrites a stretch, or inserts something
// that means something.
std::string Mutate(std::string content, Random& random) {
  static const std::vector<std::string> kPieces = {"\"",
                                                   "{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   ":",
                                                   ",",
                                                   "\n",
                                                   "\\u0000",
                                                   "\\ud83d",
                                                   "\xFF",
                                                   "-1",
                                                   "1.5",
                                                   "1e99",
                                                   "null",
                                                   "true",
                                                   "\"3\"",
                                                   "\"end\"",
                                                   "\"text\"",
                                                   "\"spans\"",
                                                   "\"label\"",
                                                   "é",
                                                   "\\",
                                                   "0",
                                                   "99999999999999999999",
                                                   "\"answer\":\"reject\",",
                                                   "\"_view_id\":\"ner\",",
                                                   "\"score\":0.5,",
                                                   "\"tokens\":[],"};
  for (uint64_t n = 1 + random.Below(3); n > 0; --n) {
    const size_t at = random.Below(content.size() + 1);
    const size_t length = random.Below(8);
    switch (random.Below(4)) {
      case 0:
        content.erase(at, length);
        break;
      case 1:
        content.insert(at, content.substr(at, length));
        break;
      case 2:
        if (at < content.size()) content[at] = static_cast<char>(random.Next());
        break;
      default:
        content.insert(at, kPieces[random.Below(kPieces.size())]);
    }
  }
  return content;
}

void ExpectConsistent(const ParsedDataset& dataset) {
  ASSERT_NE(dataset.survey.coverage, Coverage::kInfer);
  for (const ParsedRow& row : dataset.rows) {
    ASSERT_FALSE(row.text.empty());
    ASSERT_EQ(text::FindInvalidUtf8(row.text), absl::string_view::npos);
    ASSERT_EQ(ToProdigyJson(row.answer, row.text, ""), row.answer.original_json());
    for (const Decision& decision : row.answer.decisions()) {
      ASSERT_LT(decision.span().start(), decision.span().end());
      ASSERT_LE(decision.span().end(), text::NumCodePoints(row.text));
      ASSERT_FALSE(decision.span().label().empty());
      ASSERT_NE(decision.verdict(), storage::v1::VERDICT_UNSPECIFIED);
    }
  }
}

constexpr absl::string_view kView =
    R"({"text":"ab","_view_id":"ner","spans":[{"start":0,"end":1,"label":"A"}]})";
constexpr absl::string_view kScore =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A","score":0.5}],"tokens":[]})";
constexpr absl::string_view kTokens =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}],"tokens":[]})";
constexpr absl::string_view kOneSpan = R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}]})";
constexpr absl::string_view kNoSpan = R"({"text":"ab"})";

TEST(ProdigyMutations, ParseOrSayWhatIsWrong) {
  const std::string valid = absl::StrJoin(
      {kView, kScore, kTokens, kOneSpan, kNoSpan,
       absl::string_view(
           R"({"text":"Köln \ud83d\ude00 x","meta":{"a":[1,{"b":"}"}]},"spans":[{"start":0,)"
           R"("end":4,"label":"L"},{"start":5,"end":6,"label":"E"}],"answer":"ignore",)"
           R"("_timestamp":1700000000})")},
      "\n");
  Random random(20240229);
  int num_parsed = 0;
  constexpr int kTrials = 6000;
  for (int trial = 0; trial < kTrials; ++trial) {
    const std::string content = Mutate(valid, random);
    for (const Coverage coverage : {Coverage::kInfer, Coverage::kBinary, Coverage::kComplete}) {
      const absl::StatusOr<ParsedDataset> dataset =
          ParseDataset(content, {.coverage = coverage, .labels = {}});
      if (dataset.ok()) {
        ++num_parsed;
        ExpectConsistent(*dataset);
        continue;
      }
      ASSERT_EQ(dataset.status().code(), absl::StatusCode::kInvalidArgument);
      const std::string message(dataset.status().message());
      ASSERT_THAT(message, testing::ContainsRegex("problems?\\)\n  ((line|row) [0-9]+|file): "))
          << content;
      ASSERT_EQ(text::FindInvalidUtf8(message), absl::string_view::npos) << content;
    }
  }
  EXPECT_GT(num_parsed, kTrials / 20) << "the mutations are too coarse to test what parses";
  EXPECT_LT(num_parsed, kTrials * 2) << "the mutations are too fine to test what does not";
}

}  // namespace
}  // namespace winnow::formats

#include "services/annotation/dataset_import.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/annotation/testing.h"

namespace winnow::annotation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::ImportDatasetRequest::Header Header(const std::string& dataset, v1::Coverage coverage,
                                        const std::string& request_id = "") {
  v1::ImportDatasetRequest::Header header;
  header.set_dataset(dataset);
  header.set_coverage(coverage);
  header.set_request_id(request_id);
  return header;
}

constexpr absl::string_view kRows =
    R"({"text": "Nurse in Paris", "spans": [{"start": 0, "end": 5, "label": "job"}], "answer": "accept"}
{"text": "Cook in Rome", "spans": [{"start": 0, "end": 2, "label": "job"}], "answer": "reject", "meta": {"a": 1}}

{"text": "Baker", "spans": [{"start": 0, "end": 5, "label": "job"}], "answer": "ignore"}
)";

TEST(ImportDataset, AppendsEveryRowWithItsTextAndIds) {
  measure::TestCorpus corpus;
  const v1::ImportDatasetResponse response =
      *ImportDataset(corpus.corpus(), Header("d", v1::COVERAGE_BINARY), kRows);
  EXPECT_EQ(response.num_rows(), 3u);
  EXPECT_EQ(response.num_accepted(), 1u);
  EXPECT_EQ(response.num_rejected(), 1u);
  EXPECT_EQ(response.num_ignored(), 1u);
  EXPECT_EQ(response.coverage(), v1::COVERAGE_BINARY);
  EXPECT_EQ(response.revision(), corpus.corpus().revision());
  std::vector<storage::v1::Answer> answers;
  ASSERT_TRUE(corpus.reader()
                  .ForEachAnswer("d", 0, corpus::kLatest,
                                 [&](const storage::v1::Answer& answer) {
                                   answers.push_back(answer);
                                   return true;
                                 })
                  .ok());
  ASSERT_THAT(answers, SizeIs(3));
  EXPECT_EQ(answers[0].task_id(),
            corpus::TaskIdOf(corpus::ExampleIdOf("Nurse in Paris"), storage::v1::TASK_KIND_BINARY,
                             {measure::MakeSpan(0, 5)}));
  const auto example = corpus.reader().GetExample(answers[1].example_id());
  EXPECT_EQ(example->text(), "Cook in Rome");
  EXPECT_EQ(example->meta_json(), R"({"a": 1})");
}

TEST(ImportDataset, SpansOffTheTokensAreKeptCountedAndListed) {
  measure::TestCorpus corpus;
  const v1::ImportDatasetResponse response =
      *ImportDataset(corpus.corpus(), Header("d", v1::COVERAGE_BINARY), kRows);
  EXPECT_EQ(response.num_off_token_spans(), 1u);
  EXPECT_THAT(response.off_token_spans(), ElementsAre(HasSubstr("[0, 2)")));
  EXPECT_EQ(corpus.reader().Summarize("d")->num_answers, 3u);

  std::string many;
  for (int i = 0; i < 150; ++i) {
    absl::StrAppend(&many, R"({"text": "Nurse )", i,
                    R"(", "spans": [{"start": 1, "end": 5, "label": "job"}]})", "\n");
  }
  const v1::ImportDatasetResponse more =
      *ImportDataset(corpus.corpus(), Header("e", v1::COVERAGE_BINARY), many);
  EXPECT_EQ(more.num_off_token_spans(), 150u);
  EXPECT_THAT(more.off_token_spans(), SizeIs(100));
}

TEST(ImportDataset, ABadRowLeavesNothingBehindAndEveryViolationIsNamed) {
  measure::TestCorpus corpus;
  const std::string bad =
      absl::StrCat(kRows, R"({"text": "Baker", "spans": [{"start": 3, "end": 9, "label": "job"}]})",
                   "\n{\"spans\": []}\n");
  const absl::Status status =
      ImportDataset(corpus.corpus(), Header("d", v1::COVERAGE_BINARY), bad).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 5"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 6"));
  EXPECT_TRUE(absl::IsNotFound(corpus.reader().GetDataset("d").status()));
  EXPECT_TRUE(
      absl::IsNotFound(corpus.reader().GetExample(corpus::ExampleIdOf("Nurse in Paris")).status()));
  EXPECT_EQ(corpus.corpus().revision(), 0u);
  EXPECT_TRUE(absl::IsInvalidArgument(
      ImportDataset(corpus.corpus(), Header("../d", v1::COVERAGE_BINARY), kRows).status()));
}

TEST(ImportDataset, AnEmptyFileIsRefused) {
  measure::TestCorpus corpus;
  EXPECT_TRUE(absl::IsInvalidArgument(
      ImportDataset(corpus.corpus(), Header("d", v1::COVERAGE_BINARY), "\n").status()));
}

TEST(ImportDataset, ARepeatedRequestAppendsOnce) {
  measure::TestCorpus corpus;
  auto header = Header("d", v1::COVERAGE_COMPLETE, "r1");
  constexpr absl::string_view kComplete =
      R"({"text": "Nurse", "spans": [{"start": 0, "end": 5, "label": "job"}]})";
  const std::string first = ImportDataset(corpus.corpus(), header, kComplete)->SerializeAsString();
  EXPECT_EQ(ImportDataset(corpus.corpus(), header, kComplete)->SerializeAsString(), first);
  EXPECT_EQ(corpus.reader().Summarize("d")->num_answers, 1u);
  EXPECT_TRUE(absl::IsAlreadyExists(
      ImportDataset(corpus.corpus(), header, absl::StrCat(kComplete, " ")).status()));
  // Other labels make other annotations.
  for (const char* label : {"job", "place"}) header.add_labels(label);
  EXPECT_TRUE(absl::IsAlreadyExists(ImportDataset(corpus.corpus(), header, kComplete).status()));
}

TEST(ImportSource, AddsEachTextOnce) {
  measure::TestCorpus corpus;
  v1::ImportSourceRequest::Header header;
  header.set_source("s");
  header.set_format(v1::SOURCE_FORMAT_TXT);
  const v1::ImportSourceResponse first =
      *ImportSource(corpus.corpus(), header, "Nurse\nCook\nNurse\n");
  EXPECT_EQ(first.num_added(), 2u);
  EXPECT_EQ(first.num_duplicates(), 1u);
  header.set_format(v1::SOURCE_FORMAT_JSONL);
  const v1::ImportSourceResponse second =
      *ImportSource(corpus.corpus(), header, "{\"text\": \"Cook\"}\n{\"text\": \"Baker\"}\n");
  EXPECT_EQ(second.num_added(), 1u);
  EXPECT_EQ(second.source().num_examples(), 3u);
  EXPECT_TRUE(absl::IsInvalidArgument(ImportSource(corpus.corpus(), header, "\n\n").status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(ImportSource(corpus.corpus(), header, "{\"text\": 1}\n").status()));
}

}  // namespace
}  // namespace winnow::annotation

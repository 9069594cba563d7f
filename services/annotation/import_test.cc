#include "services/annotation/import.h"

#include "common/base/status.h"
#include "common/corpus/testing.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::annotation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const formats::ParseOptions kBinary{formats::Coverage::kBinary, {}};

const std::string kRows =
    R"({"text": "Nurse in Paris", "spans": [{"start": 0, "end": 5, "label": "job"}], )"
    R"("answer": "accept"}
{"text": "Cook in Rome", "spans": [{"start": 0, "end": 2, "label": "job"}], "answer": "reject", )"
    R"("meta": {"a": 1}}

{"text": "Baker", "spans": [{"start": 0, "end": 5, "label": "job"}], "answer": "ignore"}
)";

// A file in pieces of that many bytes.
ReadFile FileOf(std::string content, size_t piece = 1000) {
  return [=, content = std::move(content)](const TakePiece& take) -> absl::Status {
    for (size_t at = 0; at < content.size(); at += piece)
      WINNOW_RETURN_IF_ERROR(take(absl::string_view(content).substr(at, piece)));
    return absl::OkStatus();
  };
}

// More than are held at a time.
std::string ManyRows() {
  std::string rows;
  for (int i = 0; i < 2'500; ++i) {
    absl::StrAppend(&rows, R"({"text": "Nurse )", i,
                    R"(", "spans": [{"start": 0, "end": 5, "label": "job"}]})", "\n");
  }
  return rows;
}

TEST(ImportDataset, AppendsEveryRowWithItsTextAndIds) {
  measure::TestCorpus corpus;
  const storage::v1::DatasetImport response =
      *ImportDataset(corpus.corpus(), "d", kBinary, "", FileOf(kRows));
  EXPECT_EQ(response.num_rows(), 3u);
  EXPECT_EQ(response.num_accepted(), 1u);
  EXPECT_EQ(response.num_rejected(), 1u);
  EXPECT_EQ(response.num_ignored(), 1u);
  EXPECT_EQ(response.coverage(), storage::v1::COVERAGE_BINARY);
  EXPECT_EQ(response.revision(), corpus.corpus().revision());
  const std::vector<storage::v1::Answer> answers = corpus::AnswersOf(corpus.reader(), "d");
  ASSERT_THAT(answers, SizeIs(3));
  EXPECT_EQ(answers[0].task_id(),
            corpus::TaskIdOf(corpus::ExampleIdOf("Nurse in Paris"), storage::v1::TASK_KIND_TEACH,
                             {measure::MakeSpan(0, 5)}));
  const auto example = corpus.reader().GetExample(answers[1].example_id());
  EXPECT_EQ(example->text(), "Cook in Rome");
}

TEST(ImportDataset, ManyRowsAreStoredInPiecesAndSeenAsAWhole) {
  measure::TestCorpus corpus;
  const std::string many = ManyRows();
  constexpr char kId[] = "00000000-0000-0000-0000-000000000001";
  const auto first = *ImportDataset(corpus.corpus(), "d", kBinary, kId, FileOf(many));
  EXPECT_EQ(first.num_rows(), 2'500u);
  EXPECT_EQ(first.revision(), corpus.corpus().revision());
  EXPECT_EQ(corpus::AnswersOf(corpus.reader(), "d").size(), 2'500u);
  EXPECT_EQ(corpus.reader().GetDataset("d")->num_texts(), 2'500u);
  // Repeated with its id it is the same import, and into what is there it is one more.
  EXPECT_EQ(ImportDataset(corpus.corpus(), "d", kBinary, kId, FileOf(many))->revision(),
            first.revision());
  ASSERT_TRUE(ImportDataset(corpus.corpus(), "d", kBinary, "", FileOf(many)).ok());
  EXPECT_EQ(corpus.reader().GetDataset("d")->num_answers(), 5'000u);
}

TEST(ImportDataset, SpansOffTheTokensAreKeptCountedAndListed) {
  measure::TestCorpus corpus;
  const storage::v1::DatasetImport response =
      *ImportDataset(corpus.corpus(), "d", kBinary, "", FileOf(kRows));
  EXPECT_EQ(response.num_off_token_spans(), 1u);
  EXPECT_THAT(response.off_token_spans(), ElementsAre(HasSubstr("[0, 2)")));
  EXPECT_EQ(corpus.reader().GetDataset("d")->num_answers(), 3u);

  std::string many;
  for (int i = 0; i < 150; ++i) {
    absl::StrAppend(&many, R"({"text": "Nurse )", i,
                    R"(", "spans": [{"start": 1, "end": 5, "label": "job"}]})", "\n");
  }
  const storage::v1::DatasetImport more =
      *ImportDataset(corpus.corpus(), "e", kBinary, "", FileOf(many));
  EXPECT_EQ(more.num_off_token_spans(), 150u);
  EXPECT_THAT(more.off_token_spans(), SizeIs(100));
}

TEST(ImportDataset, ABadRowLeavesNothingBehindAndEveryViolationIsNamed) {
  measure::TestCorpus corpus;
  const std::string bad =
      absl::StrCat(kRows, R"({"text": "Baker", "spans": [{"start": 3, "end": 9, "label": "job"}]})",
                   "\n{\"spans\": []}\n");
  const absl::Status status =
      ImportDataset(corpus.corpus(), "d", kBinary, "", FileOf(bad)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 5"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 6"));
  EXPECT_TRUE(absl::IsNotFound(corpus.reader().GetDataset("d").status()));
  EXPECT_TRUE(
      absl::IsNotFound(corpus.reader().GetExample(corpus::ExampleIdOf("Nurse in Paris")).status()));
  EXPECT_EQ(corpus.corpus().revision(), 0u);
  EXPECT_TRUE(absl::IsInvalidArgument(
      ImportDataset(corpus.corpus(), "../d", kBinary, "", FileOf(kRows)).status()));
}

TEST(ImportDataset, ABadRowAtTheEndOfManyLeavesNothingBehind) {
  measure::TestCorpus corpus;
  const std::string many = ManyRows();
  const absl::Status status =
      ImportDataset(corpus.corpus(), "d", kBinary, "", FileOf(many + "{}\n")).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 2501"));
  EXPECT_TRUE(absl::IsNotFound(corpus.reader().GetDataset("d").status()));
  EXPECT_TRUE(
      absl::IsNotFound(corpus.reader().GetExample(corpus::ExampleIdOf("Nurse 0")).status()));
  EXPECT_EQ(corpus.corpus().revision(), 0u);
}

TEST(ImportDataset, AFileThatBreaksOffWhileItIsStoredIsNotSeen) {
  measure::TestCorpus corpus;
  const std::string many = ManyRows();
  constexpr char kId[] = "00000000-0000-0000-0000-000000000001";
  int num_pieces = 0;
  const ReadFile broken = [&](const TakePiece& take) {
    return FileOf(many)([&](absl::string_view piece) {
      constexpr int kAtTheThirdReading = 500;
      return ++num_pieces > kAtTheThirdReading ? absl::CancelledError("") : take(piece);
    });
  };
  EXPECT_TRUE(
      absl::IsCancelled(ImportDataset(corpus.corpus(), "d", kBinary, kId, broken).status()));
  EXPECT_GT(corpus.corpus().revision(), 0u);
  EXPECT_TRUE(absl::IsNotFound(corpus.reader().GetDataset("d").status()));
  const auto again = ImportDataset(corpus.corpus(), "d", kBinary, kId, FileOf(many));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(corpus::AnswersOf(corpus.reader(), "d").size(), 2'500u);
}

TEST(ImportDataset, AnEmptyFileIsRefused) {
  measure::TestCorpus corpus;
  EXPECT_TRUE(absl::IsInvalidArgument(
      ImportDataset(corpus.corpus(), "d", kBinary, "", FileOf("\n")).status()));
}

TEST(ImportDataset, ARepeatedRequestAppendsOnce) {
  measure::TestCorpus corpus;
  constexpr absl::string_view kRow =
      R"({"text": "Nurse", "spans": [{"start": 0, "end": 5, "label": "job"}]})";
  const auto import = [&](absl::string_view content, std::vector<std::string> labels) {
    return ImportDataset(corpus.corpus(), "d", {formats::Coverage::kComplete, std::move(labels)},
                         "r1", FileOf(std::string(content)));
  };
  const std::string first = import(kRow, {})->SerializeAsString();
  EXPECT_EQ(import(kRow, {})->SerializeAsString(), first);
  EXPECT_EQ(corpus.reader().GetDataset("d")->num_answers(), 1u);
  EXPECT_TRUE(absl::IsAlreadyExists(import(absl::StrCat(kRow, " "), {}).status()));
  // Other labels make other annotations.
  EXPECT_TRUE(absl::IsAlreadyExists(import(kRow, {"job", "place"}).status()));
}

class ImportSourceTest : public testing::Test {
 protected:
  // Sends the content in pieces of that many bytes.
  absl::StatusOr<storage::v1::SourceImport> Import(absl::string_view content,
                                                   formats::SourceFormat format,
                                                   size_t piece = 1000,
                                                   const std::string& request_id = "") {
    return ImportSource(corpus_.corpus(), "s", format, request_id,
                        FileOf(std::string(content), piece));
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts;
    const absl::Status status = corpus_.reader().ForEachSourceExample(
        "s", 0, corpus::kLatest, [&](const corpus::SourceExample& item) {
          texts.push_back(item.example.text());
          return true;
        });
    EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << status;
    return texts;
  }

  measure::TestCorpus corpus_;
};

TEST_F(ImportSourceTest, AddsEachTextOnceHoweverTheFileIsCut) {
  constexpr absl::string_view kTexts = "Nurse\nCook\nNurse\n\n  Baker in R\u00f6m";
  for (const size_t piece : {1, 2, 7, 1000}) {
    corpus_.Change([](corpus::Transaction& transaction) {
      const absl::Status dropped = transaction.DropSource("s");
      return absl::IsNotFound(dropped) ? absl::OkStatus() : dropped;
    });
    const auto imported = Import(kTexts, formats::SourceFormat::kText, piece);
    ASSERT_TRUE(imported.ok()) << imported.status();
    EXPECT_EQ(imported->num_added(), 3u);
    EXPECT_EQ(imported->num_duplicates(), 1u);
    EXPECT_EQ(imported->source().num_examples(), 3u);
    EXPECT_THAT(Texts(), ElementsAre("Nurse", "Cook", "Baker in R\u00f6m"));
  }
}

TEST_F(ImportSourceTest, AWrongLineLeavesNothingBehindAndEveryOneIsNamed) {
  std::string content;
  for (int i = 0; i < 300; ++i) absl::StrAppend(&content, "{\"text\": \"text ", i, "\"}\n");
  absl::StrAppend(&content, "{\"text\": 7}\n", "{\"text\": \"fine\"}\n", "nonsense");
  const absl::Status status = Import(content, formats::SourceFormat::kJsonl).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 301"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 303"));
  EXPECT_THAT(Texts(), IsEmpty());
  ASSERT_TRUE(Import("Nurse", formats::SourceFormat::kText).ok());
  EXPECT_THAT(Texts(), ElementsAre("Nurse"));
}

TEST_F(ImportSourceTest, ARepeatedRequestAddsOnce) {
  const auto first = Import("Nurse", formats::SourceFormat::kText, 1000, "r1");
  const auto again = Import("Nurse", formats::SourceFormat::kText, 2, "r1");
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_TRUE(
      absl::IsAlreadyExists(Import("Cook", formats::SourceFormat::kText, 9, "r1").status()));
}

TEST_F(ImportSourceTest, AnEmptyFileAndABadNameAreRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Import("\n", formats::SourceFormat::kText).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      ImportSource(corpus_.corpus(), "../s", formats::SourceFormat::kText, "", FileOf("Nurse"))
          .status()));
}

}  // namespace
}  // namespace winnow::annotation

#include "common/ner/vectors_file.h"

#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/ner/lexicon_learning.h"
#include "common/ner/word_form.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class VectorsFileTest : public ::testing::Test {
 protected:
  VectorsFileTest()
      : path_(std::filesystem::path(testing::TempDir()) /
              absl::StrCat("vectors_", getpid(), ".txt")) {}
  ~VectorsFileTest() override { std::filesystem::remove(path_); }

  absl::StatusOr<ImportedVectors> Read(const std::string& content,
                                       size_t max_words = kMaxImportedWords) {
    std::ofstream(path_, std::ios::binary) << content;
    return ReadVectors(path_, max_words);
  }
  // The message behind "FILE:".
  std::string Error(const std::string& content) {
    const absl::Status status = Read(content).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << content;
    const std::string message(status.message()), place = path_.string() + ":";
    EXPECT_EQ(message.substr(0, place.size()), place);
    return message.size() < place.size() ? message : message.substr(place.size());
  }

  const std::filesystem::path path_;
};

std::vector<float> Row(const ImportedVectors& imported, Eigen::Index row) {
  return {imported.vectors.row(row).begin(), imported.vectors.row(row).end()};
}

TEST_F(VectorsFileTest, WithAndWithoutAHeader) {
  const std::string rows = "the 1 -2.5 3e-2\nGröße\t4 5 6 \r\n\nx 7 8 9";
  for (const std::string& content : {rows, "3 3\n" + rows, "\xEF\xBB\xBF" + rows,
                                     "\xEF\xBB\xBF"
                                     "3 3\r\n" +
                                         rows}) {
    const auto read = Read(content);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_THAT(read->word_hashes,
                ElementsAre(FormOf("the").hash, FormOf("GRÖßE").hash, FormOf("x").hash));
    EXPECT_THAT(Row(*read, 0), ElementsAre(1, -2.5f, 0.03f));
    EXPECT_THAT(Row(*read, 2), ElementsAre(7, 8, 9));
  }
}

TEST_F(VectorsFileTest, OfOneFormTheFirstRowCountsAndWordsWithBlanksAreLeftOut) {
  const auto read = Read(". . . 0 0\nTown 1 2\nat me@x.org 0 0\ntown 3 4\ncity 5 6\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->word_hashes, ElementsAre(FormOf("town").hash, FormOf("city").hash));
  EXPECT_THAT(Row(*read, 0), ElementsAre(1, 2));
}

TEST_F(VectorsFileTest, ReadsNoFurtherThanItMust) {
  std::string content = "100000 2\n";
  for (int i = 0; i < 3000; ++i)
    absl::StrAppend(&content, "w", std::string(static_cast<size_t>(i), 'x'), " ", i, " 1\n");
  absl::StrAppend(&content, "damaged\n");
  const auto read = Read(content, 3000);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->word_hashes.size(), 3000u);
  EXPECT_EQ(read->vectors.rows(), 3000);
  EXPECT_THAT(Row(*read, 2999), ElementsAre(2999, 1));
  EXPECT_THAT(Read(content, 3001).status().message(), HasSubstr(":3002: has 0 values, not 2"));
}

TEST_F(VectorsFileTest, RefusesBadRowsWithTheirLine) {
  EXPECT_THAT(Error("a 1 2\nb 1 2\nc 1\n"), HasSubstr("3: has 1 values, not 2"));
  EXPECT_THAT(Error("a 1 2\nb 1 2 3\n"), HasSubstr("2: has 3 values, not 2"));
  EXPECT_THAT(Error("2 3\na 1 2\n"), HasSubstr("2: has 2 values, not 3"));
  EXPECT_THAT(Error("a 1 2\n 1 2\n"), HasSubstr("2: has 1 values, not 2"));
  EXPECT_THAT(Error("a 1 2\nb 1 two\n"), HasSubstr("2: value 2, \"two\", is not a finite number"));
  EXPECT_THAT(Error("a 1 nan\n"), HasSubstr("1: value 2, \"nan\", is not a finite number"));
  EXPECT_THAT(Error("a 1 2\nb -inf 2\n"), HasSubstr("2: value 1, \"-inf\""));
  EXPECT_THAT(Error("a 1 2\nb 1e99 2\n"), HasSubstr("2: value 1, \"1e99\""));
  EXPECT_THAT(Error("a 1 2\nb\xFF 1 2\n"), HasSubstr("2: is not valid UTF-8"));
}

TEST_F(VectorsFileTest, RefusesWhatIsNoFileOfVectors) {
  EXPECT_THAT(Error(""), HasSubstr("the file has no vectors"));
  EXPECT_THAT(Error("3 2\na 1 2\nb 1 2\n"),
              HasSubstr("3: the file ends after 2 rows; its header says 3"));
  EXPECT_THAT(Error("1 2\na 1 2\nb 1 2\n"),
              HasSubstr("3: the file ends after 2 rows; its header says 1"));
  EXPECT_THAT(Error("5 0\n"), HasSubstr("1: says that vectors have no dimensions"));
  EXPECT_THAT(Error("5 20000\n"), HasSubstr("1: 20000 dimensions are more than 10000"));
  EXPECT_THAT(Error("word\n"), HasSubstr("1: has no values"));
  EXPECT_THAT(Error(std::string(1100000, 'x')), HasSubstr("1: is too long"));
  std::filesystem::remove(path_);
  EXPECT_EQ(ReadVectors(path_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(VectorsFileTest, GiveTheClassesOfALexicon) {
  std::string content;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&content, "town", std::string(static_cast<size_t>(i), 'x'), " 1 0.", i, "\n");
    absl::StrAppend(&content, "fruit", std::string(static_cast<size_t>(i), 'x'), " -1 0.", i, "\n");
  }
  const auto imported = Read(content);
  ASSERT_TRUE(imported.ok()) << imported.status();
  const std::vector<absl::string_view> texts = {"she lives in Townx now", "we met in Townx"};
  const auto lexicon = LearnLexicon(texts, {.vectors = &*imported});
  ASSERT_TRUE(lexicon.ok()) << lexicon.status();
  const WordEntry* town = (*lexicon)->Find(FormOf("townx").hash);
  const WordEntry* fruit = (*lexicon)->Find(FormOf("fruitx").hash);
  ASSERT_TRUE(town != nullptr && fruit != nullptr);
  EXPECT_TRUE(town->has_classes() && fruit->has_classes());
  EXPECT_NE(town->coarse(), fruit->coarse());
  // How words are written is known from the texts, where they have them.
  EXPECT_NE(town->case_profile(), 0u);
  EXPECT_EQ(fruit->case_profile(), 0u);
  const WordEntry* lives = (*lexicon)->Find(FormOf("lives").hash);
  ASSERT_NE(lives, nullptr);
  EXPECT_FALSE(lives->has_classes());
  EXPECT_TRUE(LearnLexicon(std::vector<absl::string_view>(), {.vectors = &*imported}).ok());
}

}  // namespace
}  // namespace winnow::ner

#include "services/cli/recipes/source_argument.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

using SourceArgumentTest = RecipeTest;

class SourceOfFile : public RecipeTest {
 protected:
  SourceOfFile() { AddGold(world_.annotation, "a", {}); }
  // The source that ner.teach asks from.
  std::string SourceOf(const std::string& path) {
    EXPECT_EQ(world_.Run({"ner.teach", "d", "m", path, "-l", "job", "--oracle", "gold"}), 0)
        << world_.err.str();
    return world_.annotation.queue.source();
  }
};

TEST_F(SourceOfFile, IsNamedAfterItAndItsContent) {
  const std::string name = SourceOf(Write("my sample.jsonl", "{\"text\":\"a\"}\n"));
  EXPECT_THAT(name, MatchesRegex("my_sample-[0-9a-f]{12}"));
  EXPECT_EQ(world_.annotation.imported[name], "{\"text\":\"a\"}\n");
}

TEST_F(SourceOfFile, FilesOfOneStemAreDifferentSources) {
  const std::string en = SourceOf(Write("en/texts.jsonl", "{\"text\":\"a nurse\"}\n"));
  const std::string de = SourceOf(Write("de/texts.jsonl", "{\"text\":\"eine Pflegerin\"}\n"));
  EXPECT_NE(en, de);
  EXPECT_EQ(world_.annotation.imported[en], "{\"text\":\"a nurse\"}\n");
  EXPECT_NE(SourceOf(Write("texts.txt", "a\n")),
            SourceOf(Write("b/texts.jsonl", "{\"text\":\"a\"}\n")));
}

TEST_F(SourceOfFile, ALineDeletedFromTheFileIsNotAskedAnyMore) {
  const std::string before = SourceOf(Write("texts.txt", "one\ntwo\n"));
  const std::string after = SourceOf(Write("texts.txt", "two\n"));
  EXPECT_NE(before, after);
  EXPECT_EQ(world_.annotation.imported[after], "two\n");
}

TEST_F(SourceOfFile, AFileThatDidNotChangeIsImportedOnce) {
  const std::string path = Write("texts.txt", "one\ntwo\n");
  const std::string name = SourceOf(path);
  world_.annotation.imported[name] = "there already";
  EXPECT_EQ(SourceOf(path), name);
  EXPECT_EQ(world_.annotation.imported[name], "there already");
  EXPECT_THAT(world_.err.str(), HasSubstr("3 texts, as before"));
}

TEST_F(SourceOfFile, RepeatedTextsAreCounted) {
  world_.annotation.num_repeated = 2;
  SourceOf(Write("texts.txt", "one\none\none\n"));
  EXPECT_THAT(world_.err.str(), HasSubstr("2 rows repeat a text"));
}

TEST_F(SourceOfFile, AnUnknownNameIsRefusedBeforeAnythingIsMade) {
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "nowhere", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("no such source"));
  EXPECT_EQ(world_.annotation.queue.name(), "");
}

TEST_F(SourceArgumentTest, TeachReadsThePipe) {
  AddGold(world_.annotation, "a", {});
  world_.in.str("one\ntwo\n");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "-l", "job", "--oracle", "gold"}), 0)
      << world_.err.str();
  EXPECT_THAT(world_.annotation.queue.source(), StartsWith("stdin-"));
  EXPECT_THAT(world_.err.str(), HasSubstr("standard input is source stdin-"));
  EXPECT_EQ(world_.annotation.imported[world_.annotation.queue.source()], "one\ntwo\n");
}

TEST_F(SourceArgumentTest, TeachWithoutTextsIsRefused) {
  AddGold(world_.annotation, "a", {});
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("standard input is empty"));
  world_.environment.in_is_terminal = true;
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("SOURCE: is missing"));
}

}  // namespace
}  // namespace winnow::cli

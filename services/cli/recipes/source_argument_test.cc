#include "services/cli/recipes/source_argument.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using SourceArgumentTest = RecipeTest;

TEST_F(SourceArgumentTest, TeachImportsAFileAsTheSourceNamedAfterIt) {
  AddGold(world_.annotation, "a", {});
  const std::string path = Write("my sample.jsonl", "{\"text\":\"a\"}\n");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", path, "-l", "job", "--oracle", "gold"}), 0)
      << world_.err.str();
  EXPECT_EQ(world_.annotation.queue.source(), "my_sample");
  EXPECT_EQ(world_.annotation.imported["my_sample"], "{\"text\":\"a\"}\n");
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

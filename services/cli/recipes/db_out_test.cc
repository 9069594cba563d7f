#include <filesystem>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using DbOutTest = RecipeTest;

TEST_F(DbOutTest, DbOutWritesToAFileOrTheOutput) {
  world_.annotation.imported["d"] = "{\"text\":\"é\"}\n";
  EXPECT_EQ(world_.Run({"db-out", "d"}), 0);
  EXPECT_EQ(world_.out.str(), "{\"text\":\"é\"}\n");
  EXPECT_EQ(world_.Run({"db-out", "d", Path("out.jsonl")}), 0);
  EXPECT_EQ(Content("out.jsonl"), "{\"text\":\"é\"}\n");
  EXPECT_EQ(world_.Run({"db-out", "d", "--json"}), 2);
}

TEST_F(DbOutTest, ADirectoryGetsAFileNamedAfterTheDatasetAndNoTemporaryOne) {
  world_.annotation.imported["d"] = "{\"text\":\"a\"}\n";
  std::filesystem::create_directory(Path("there"));
  EXPECT_EQ(world_.Run({"db-out", "d", Path("there")}), 0) << world_.err.str();
  EXPECT_THAT(world_.out.str(), ::testing::HasSubstr(Path("there/d.jsonl")));
  EXPECT_EQ(world_.Run({"db-out", "d", Path("made/here/")}), 0) << world_.err.str();
  EXPECT_EQ(Content("there/d.jsonl"), "{\"text\":\"a\"}\n");
  EXPECT_EQ(Content("made/here/d.jsonl"), "{\"text\":\"a\"}\n");

  std::filesystem::create_directories(Path("taken/d.jsonl"));
  EXPECT_NE(world_.Run({"db-out", "d", Path("taken")}), 0);
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_))
    left.insert(entry.path().lexically_relative(directory_).string());
  EXPECT_EQ(left, (std::set<std::string>{"there", "there/d.jsonl", "made", "made/here",
                                         "made/here/d.jsonl", "taken", "taken/d.jsonl"}));
}

TEST_F(DbOutTest, OptionsChooseRows) {
  EXPECT_EQ(world_.Run({"db-out", "d", "--annotator", "anna", "--session", "d.teach-1-anna",
                        "--since", "2026-03-01", "--all"}),
            0)
      << world_.err.str();
  const annotation::v1::ExportDatasetRequest& request = world_.annotation.export_request;
  EXPECT_EQ(request.annotator(), "anna");
  EXPECT_EQ(request.session(), "d.teach-1-anna");
  EXPECT_EQ(request.since().seconds(), 1'772'323'200);
  EXPECT_TRUE(request.all());
  EXPECT_EQ(world_.Run({"db-out", "d", "--effective"}), 0);
  EXPECT_FALSE(world_.annotation.export_request.all());
  EXPECT_FALSE(world_.annotation.export_request.has_since());
}

TEST_F(DbOutTest, BadOptionsAndUnknownNamesAreRefused) {
  EXPECT_EQ(world_.Run({"db-out", "d", "--effective", "--all"}), 2);
  EXPECT_EQ(world_.Run({"db-out", "d", "--since", "yesterday"}), 2);
  EXPECT_THAT(world_.err.str(), ::testing::HasSubstr("--since: is 'yesterday'"));
  world_.annotation.refusal = absl::NotFoundError("no row is of the person \"ana\"");
  EXPECT_EQ(world_.Run({"db-out", "d", Path("out.jsonl"), "--annotator", "ana"}), 2);
  EXPECT_THAT(world_.err.str(), ::testing::HasSubstr("person \"ana\""));
  EXPECT_FALSE(std::filesystem::exists(Path("out.jsonl")));
}

}  // namespace
}  // namespace winnow::cli

#include "services/cli/shell/label_list.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/shell/options.h"
#include "tests/testing/scratch_directory.h"

namespace winnow::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(LabelList, ALabelMayHoldAComma) {
  const integration::ScratchDirectory directory;
  const std::string lines = *directory.Write("labels.txt", "job, senior\r\n\n  place \n");
  const std::string json = *directory.Write("labels", "[\"a, b\",\n\"c\"]\n");
  EXPECT_THAT(*ReadLabels(" job ,place,"), ElementsAre("job", "place"));
  EXPECT_THAT(*ReadLabels(R"(["job, senior","place"])"), ElementsAre("job, senior", "place"));
  EXPECT_THAT(*ReadLabels(lines), ElementsAre("job, senior", "place"));
  EXPECT_THAT(*ReadLabels(json), ElementsAre("a, b", "c"));
}

TEST(LabelList, WhatNoDatasetCanHaveIsRefused) {
  for (const char* value : {R"([" job"])", R"(["job)", R"([1])", R"([""])", "[]", " , ", "no.txt"})
    EXPECT_TRUE(absl::IsInvalidArgument(ReadLabels(value).status())) << value;
}

TEST(LabelList, TheOptionMayBeRepeated) {
  const CommandSpec spec = {.name = "x", .options = {LabelsOption("labels")}};
  const auto given = Parse(spec, {"-l", R"(["a, b"])", "--label", "c,d", "-l=e"});
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_THAT(given->List("label"), ElementsAre("a, b", "c", "d", "e"));
  EXPECT_THAT(std::string(Parse(spec, {"-l", "[1"}).status().message()),
              HasSubstr("-l: begins with '[' and is no JSON list"));
}

}  // namespace
}  // namespace winnow::cli

#include "common/corpus/ids.h"

#include "common/corpus/testing.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

using storage::v1::TASK_KIND_MANUAL;
using storage::v1::TASK_KIND_TEACH;

TEST(Ids, ExampleIdIsTheFirstHalfOfTheSha256) {
  EXPECT_EQ(IdToHex(ExampleIdOf("abc")), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_EQ(ExampleIdOf("").size(), kIdBytes);
  EXPECT_NE(ExampleIdOf("abc"), ExampleIdOf("abc "));
}

TEST(Ids, TaskIdIgnoresTheOrderOfSpansOnly) {
  const std::string example = ExampleIdOf("abc");
  const auto a = MakeSpan(0, 1, "x");
  const auto b = MakeSpan(1, 2, "y");
  const std::string id = TaskIdOf(example, TASK_KIND_TEACH, {a, b});
  EXPECT_EQ(id.size(), kIdBytes);
  EXPECT_EQ(id, TaskIdOf(example, TASK_KIND_TEACH, {b, a}));
  EXPECT_NE(id, TaskIdOf(example, TASK_KIND_MANUAL, {a, b}));
  EXPECT_NE(id, TaskIdOf(ExampleIdOf("abd"), TASK_KIND_TEACH, {a, b}));
  EXPECT_NE(id, TaskIdOf(example, TASK_KIND_TEACH, {a}));
  EXPECT_NE(id, TaskIdOf(example, TASK_KIND_TEACH, {MakeSpan(0, 1, "y"), MakeSpan(1, 2, "x")}));
}

TEST(Ids, LabelsCannotImitateSpans) {
  const std::string example = ExampleIdOf("abc");
  EXPECT_NE(TaskIdOf(example, TASK_KIND_TEACH, {MakeSpan(0, 1, "x;2-3:1:y")}),
            TaskIdOf(example, TASK_KIND_TEACH, {MakeSpan(0, 1, "x"), MakeSpan(2, 3, "y")}));
}

TEST(Ids, ComparisonIdIsOfTheTwoOutputsWhicheverIsFirst) {
  const std::string example = ExampleIdOf("abc");
  const auto a = MakeSpan(0, 1, "x");
  const auto b = MakeSpan(1, 2, "y");
  // The order of the labels does not matter, and they are no spans.
  EXPECT_EQ(MarkupTaskIdOf(example, {"x", "y"}), MarkupTaskIdOf(example, {"y", "x"}));
  EXPECT_NE(MarkupTaskIdOf(example, {"x", "y"}), MarkupTaskIdOf(example, {"x"}));
  EXPECT_NE(MarkupTaskIdOf(example, {"x", "y"}), MarkupTaskIdOf(example, {"x;1:y"}));
  EXPECT_NE(MarkupTaskIdOf(example, {}), TaskIdOf(example, TASK_KIND_MANUAL, {}));
  EXPECT_NE(MarkupTaskIdOf(example, {"x"}), MarkupTaskIdOf(ExampleIdOf("abd"), {"x"}));

  EXPECT_EQ(ComparisonTaskIdOf(example, {a}, {b}), ComparisonTaskIdOf(example, {b}, {a}));
  EXPECT_NE(ComparisonTaskIdOf(example, {a}, {b}), ComparisonTaskIdOf(example, {a, b}, {}));
  EXPECT_NE(ComparisonTaskIdOf(example, {a}, {}), ComparisonTaskIdOf(example, {b}, {}));
}

// Stored ids must not change with the code.
TEST(Ids, TaskIdsAreFixedForEver) {
  const std::string example = ExampleIdOf("abc");
  EXPECT_EQ(IdToHex(TaskIdOf(example, TASK_KIND_TEACH, {MakeSpan(0, 1, "x")})),
            "f28f186cc2f47bffaf9560d9ea3ea79b");
  EXPECT_EQ(IdToHex(ComparisonTaskIdOf(example, {MakeSpan(0, 1, "x")}, {})),
            "3514cff520f77de8ddf23c9a9f076434");
}

TEST(Ids, HexIsReadBack) {
  const std::string id = ExampleIdOf("abc");
  EXPECT_EQ(*IdFromHex(IdToHex(id)), id);
  for (const char* bad :
       {"", "ba7816bf8f01cfea414140de5dae222", "ba7816bf8f01cfea414140de5dae2223a",
        "ga7816bf8f01cfea414140de5dae2223", "ba7816bf 8f01cfea414140de5dae222"}) {
    EXPECT_EQ(IdFromHex(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(Ids, RandomIdsDiffer) {
  EXPECT_EQ(RandomIdHex().size(), 2 * kIdBytes);
  EXPECT_NE(RandomIdHex(), RandomIdHex());
}

}  // namespace
}  // namespace winnow::corpus

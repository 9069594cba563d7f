#include "services/annotation/merge.h"

#include <string>
#include <vector>

#include "common/corpus/testing.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace winnow::annotation {
namespace {

using measure::MakeSpan;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class MergeTest : public testing::Test {
 protected:
  // Data sets of both coverages, with all that an answer may hold.
  MergeTest() {
    storage::v1::Answer taught = measure::BinaryAnswer(MakeSpan(0, 5), storage::v1::VERDICT_REJECT);
    taught.set_queue("a.teach-1");
    taught.set_answered_unix_micros(1'700'000'000'123'456);
    taught.set_took_micros(1'234'567);
    taught.mutable_selection()->set_strategy("audit");
    taught.mutable_selection()->set_model_version("m@3");
    taught.set_late(true);
    corpus_.Append("a", "Nurse wanted", taught);
    corpus_.Undo("a", corpus_.Accept("a", "undone", MakeSpan(0, 5)));
    storage::v1::Answer surplus =
        measure::BinaryAnswer(MakeSpan(0, 5), storage::v1::VERDICT_ACCEPT);
    surplus.set_surplus(true);
    corpus_.Append("a", "surplus", surplus);

    corpus_.Complete("b", measure::Mark("a [cook] in <Rome>"), {"job", "place"});
    storage::v1::Answer imported = measure::CompleteAnswer({}, {"job"});
    imported.set_verdict(storage::v1::VERDICT_REJECT);
    imported.set_annotator("ben");
    imported.set_original_json("{ \"text\": \"bad\" }");
    corpus_.Append("b", "bad", imported);
    storage::v1::Answer ignored =
        measure::BinaryAnswer(MakeSpan(0, 5), storage::v1::VERDICT_IGNORE);
    corpus_.Append("c", "Nurse wanted", ignored);
  }

  absl::StatusOr<storage::v1::Dataset> Merge(const std::vector<std::string>& datasets,
                                             const std::string& output = "all",
                                             const std::string& id = "") {
    return MergeDatasets(
        corpus_.corpus(), datasets, output,
        {.caller = "", .method = "Merge", .request_id = id, .body_digest = output});
  }

  measure::TestCorpus corpus_;
};

TEST_F(MergeTest, CopiesWhatStandsAsItIs) {
  const auto merged = Merge({"b", "a", "c"});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->name(), "all");
  EXPECT_EQ(merged->num_answers(), 4u);
  EXPECT_EQ(merged->num_accepted(), 1u);
  EXPECT_EQ(merged->num_rejected(), 2u);
  EXPECT_EQ(merged->num_ignored(), 1u);
  EXPECT_EQ(merged->num_texts(), 3u);

  std::vector<storage::v1::Answer> before = corpus::AnswersOf(corpus_.reader(), "b");
  before.push_back(corpus::AnswersOf(corpus_.reader(), "a")[0]);
  before.push_back(corpus::AnswersOf(corpus_.reader(), "c")[0]);
  std::vector<storage::v1::Answer> after = corpus::AnswersOf(corpus_.reader(), "all");
  ASSERT_THAT(after, SizeIs(4));
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_GT(after[i].revision(), before[i].revision());
    after[i].set_revision(before[i].revision());
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(after[i], before[i])) << i;
  }
}

TEST_F(MergeTest, MoreThanOneStepHolds) {
  for (int i = 0; i < 2'500; ++i) corpus_.Accept("many", absl::StrCat("Nurse ", i), MakeSpan(0, 5));
  const auto merged = Merge({"many", "a"});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->num_answers(), 2'501u);
}

TEST_F(MergeTest, ARepetitionReturnsTheFirstResult) {
  const std::string id = "00000000-0000-4000-8000-000000000001";
  const auto first = Merge({"a", "b"}, "all", id);
  corpus_.Accept("a", "later", MakeSpan(0, 5));
  const auto second = Merge({"a", "b"}, "all", id);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*first, *second));
}

TEST_F(MergeTest, WhatCannotBeMergedIsRefusedAndNothingMade) {
  EXPECT_THAT(Merge({"a", "a", "no/name"}, "-").status().message(),
              AllOf(HasSubstr("output"), HasSubstr("name 'a' twice"), HasSubstr("no/name")));
  EXPECT_TRUE(absl::IsInvalidArgument(Merge({}).status()));
  EXPECT_TRUE(absl::IsNotFound(Merge({"a", "nowhere"}).status()));
  EXPECT_THAT(Merge({"a"}, "b").status().message(), HasSubstr("\"b\" is there already"));
  corpus_.Undo("c", corpus::AnswersOf(corpus_.reader(), "c")[0].revision());
  EXPECT_TRUE(absl::IsFailedPrecondition(Merge({"c"}).status()));
  EXPECT_TRUE(absl::IsNotFound(corpus_.reader().GetDataset("all").status()));
}

}  // namespace
}  // namespace winnow::annotation

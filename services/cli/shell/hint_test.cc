#include "services/cli/shell/hint.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string HintOfReason(common::v1::ErrorReason reason) {
  const std::string name = common::v1::ErrorReason_Name(reason);
  return HintOf(
      WithReason(absl::NotFoundError("x"), name.substr(std::string("ERROR_REASON_").size())));
}

TEST(Hint, SaysHowToMakeWhatIsNotThere) {
  EXPECT_THAT(HintOfReason(common::v1::ERROR_REASON_UNKNOWN_DATASET),
              AllOf(HasSubstr("winnow db-in DATASET FILE"), HasSubstr("winnow ner.teach DATASET")));
  EXPECT_THAT(HintOfReason(common::v1::ERROR_REASON_UNKNOWN_SOURCE), HasSubstr(".jsonl or .txt"));
  EXPECT_THAT(HintOfReason(common::v1::ERROR_REASON_UNKNOWN_MODEL),
              AllOf(HasSubstr("winnow ner.batch-train"), HasSubstr("winnow models promote")));
  EXPECT_THAT(HintOfReason(common::v1::ERROR_REASON_NOTHING_TO_TRAIN_ON),
              HasSubstr("winnow stats DATASET"));
}

TEST(Hint, SaysNothingWhereNoCommandMendsIt) {
  EXPECT_EQ(HintOfReason(common::v1::ERROR_REASON_LEASE_LOST), "");
  EXPECT_EQ(HintOf(absl::NotFoundError("x")), "");
  EXPECT_EQ(HintOf(absl::OkStatus()), "");
}

}  // namespace
}  // namespace winnow::cli

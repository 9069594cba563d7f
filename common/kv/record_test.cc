#include "common/kv/record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::kv {
namespace {

TEST(SerializeRecord, WhatCannotBeReadAgainIsNotWritten) {
  storage::v1::LabelledText record;
  record.set_text("Köchin gesucht");
  EXPECT_EQ(*SerializeRecord(record), record.SerializeAsString());
  record.add_complete_labels("job\xff");
  const absl::Status refused = SerializeRecord(record).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("LabelledText"));
}

}  // namespace
}  // namespace winnow::kv

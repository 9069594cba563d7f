// Conversions between records (storage) and API messages that more than one service needs.
#pragma once

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "winnow/common/v1/common.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::rpc {

google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);
google::protobuf::Duration ToDuration(absl::Duration duration);
absl::Duration FromDuration(const google::protobuf::Duration& duration);

winnow::common::v1::Span ToApi(const storage::v1::Span& span);
storage::v1::Span ToRecord(const winnow::common::v1::Span& span);
winnow::common::v1::Verdict ToApi(storage::v1::Verdict verdict);

}  // namespace winnow::rpc

#include "common/rpc/convert.h"

namespace winnow::rpc {

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp result;
  const int64_t seconds = absl::ToUnixSeconds(time);
  result.set_seconds(seconds);
  result.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return result;
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Duration ToDuration(absl::Duration duration) {
  google::protobuf::Duration result;
  absl::Duration rest;
  result.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  result.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return result;
}

absl::Duration FromDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

winnow::common::v1::Span ToApi(const storage::v1::Span& span) {
  winnow::common::v1::Span result;
  result.set_start(span.start());
  result.set_end(span.end());
  result.set_label(span.label());
  return result;
}

storage::v1::Span ToRecord(const winnow::common::v1::Span& span) {
  storage::v1::Span result;
  result.set_start(span.start());
  result.set_end(span.end());
  result.set_label(span.label());
  return result;
}

winnow::common::v1::Verdict ToApi(storage::v1::Verdict verdict) {
  // The two enums have the same numbers.
  return static_cast<winnow::common::v1::Verdict>(verdict);
}

}  // namespace winnow::rpc

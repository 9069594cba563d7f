#include "common/models/replay.h"

#include <limits>

#include "common/base/status.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/delimited_message_util.h"

namespace winnow::models {

using storage::v1::LabelledText;

std::string SerializeReplay(absl::Span<const LabelledText> records) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  for (const LabelledText& record : records) {
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(record, &stream);
  }
  return bytes;
}

absl::StatusOr<std::vector<LabelledText>> ParseReplay(absl::string_view bytes) {
  const absl::Status damaged =
      WithReason(absl::InvalidArgumentError("replay.bin is damaged"), "CORRUPT_MODEL");
  if (bytes.size() > std::numeric_limits<int>::max()) return damaged;
  std::vector<LabelledText> records;
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  bool clean_eof = false;
  LabelledText record;
  while (google::protobuf::util::ParseDelimitedFromZeroCopyStream(&record, &stream, &clean_eof)) {
    records.push_back(record);
    record.Clear();
  }
  if (clean_eof) return records;
  return damaged;
}

}  // namespace winnow::models

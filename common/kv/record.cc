#include "common/kv/record.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message_lite.h"

namespace winnow::kv {

absl::StatusOr<std::string> SerializeRecord(const google::protobuf::MessageLite& record) {
  std::string bytes = record.SerializeAsString();
  const std::unique_ptr<google::protobuf::MessageLite> read(record.New());
  if (read->ParseFromString(bytes)) return bytes;
  return absl::InvalidArgumentError(absl::StrCat(
      "a ", record.GetTypeName(), " could not be read again: a string in it is no UTF-8"));
}

}  // namespace winnow::kv

// Records on their way to disk.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace google::protobuf {
class MessageLite;
}

namespace winnow::kv {

// The bytes of a record, read back before anybody writes them: protobuf writes strings that are no
// UTF-8, and refuses to read them. InvalidArgument, naming the type, for a record that could not be
// read again.
absl::StatusOr<std::string> SerializeRecord(const google::protobuf::MessageLite& record);

}  // namespace winnow::kv

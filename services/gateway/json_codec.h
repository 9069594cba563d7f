// Messages in JSON (https://protobuf.dev/programming-guides/json), by their descriptors.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace winnow::gateway {

// The bytes of a message. InvalidArgument, with where and what, for JSON that is not one of this
// type, fields that it does not have included.
absl::StatusOr<std::string> FromJson(const google::protobuf::Descriptor& type,
                                     const std::string& json);

// As protoc's own libraries print it: lowerCamelCase, without fields that have their default.
// Internal for bytes that are no such message.
absl::StatusOr<std::string> ToJson(const google::protobuf::Descriptor& type,
                                   const std::string& bytes);

}  // namespace winnow::gateway

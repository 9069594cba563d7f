// The key under which a mutating request runs once (common/kv/once.h).
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/kv/once.h"
#include "common/rpc/methods.h"
#include "google/protobuf/message.h"

namespace winnow::rpc {

// Of a method whose requests are told apart by `body`: whatever of them is not the id.
kv::RequestKey MakeRequestKey(Method method, absl::string_view request_id, absl::string_view body);

// Of a unary method: two requests are the same when all their fields but `request_id` are.
// REQUIRES: the request is of a method in kMethods and has a string field `request_id`.
// `caller` is named where callers may not see what others were told.
kv::RequestKey KeyOf(const google::protobuf::Message& request, absl::string_view caller = "");

}  // namespace winnow::rpc

// The one place where absl::Status and grpc::Status meet.
#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace winnow::rpc {

// Message and details of one status take at most this many bytes as they are sent (percent-encoded
// and in base64), so that they fit, with other metadata, into the 8 KiB that every client reads.
inline constexpr size_t kMaxStatusBytes = 4'000;

// Keeps code and message; reason, violations and delay (common/base/status.h) travel as
// google.rpc.ErrorInfo, BadRequest and RetryInfo in a google.rpc.Status. Violations that do not fit
// into kMaxStatusBytes are left out, long ones are cut; the message and ErrorInfo.metadata tell the
// number left out.
grpc::Status ToGrpc(const absl::Status& status);

// The inverse: a client sees the same status as the service made, with the violations that were
// carried. What other servers send in the same form is read, too.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace winnow::rpc

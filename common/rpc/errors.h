// The one place where absl::Status and grpc::Status meet.
#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace winnow::rpc {

// Keeps code and message; reason and violations (common/base/status.h) travel as a
// winnow.common.v1.ErrorDetail in the status details.
grpc::Status ToGrpc(const absl::Status& status);

// The inverse, so that a client sees the same status as the service made.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace winnow::rpc

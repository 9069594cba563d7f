// Carries calls of browsers to the services.
#pragma once

#include "absl/strings/string_view.h"
#include "services/gateway/backend_call.h"
#include "services/gateway/carried_methods.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/sessions.h"

namespace winnow::gateway {

// Of one message; what is longer travels in pieces.
inline constexpr size_t kMaxRequestBytes = 4 << 20;

// Unary methods and streams of either side, by the Connect protocol and gRPC-Web; not those with
// two streams, since browsers cannot send and read at a time. A stream of requests is passed on as
// it comes, and a stream of replies as the client takes it. Thread-safe.
class RpcHandler {
 public:
  // All must outlive it.
  RpcHandler(const CarriedMethods& methods, const Sessions& sessions, CallQueue& queue)
      : methods_(methods), sessions_(sessions), queue_(queue) {}

  // `path` is "SERVICE/METHOD". The request is a POST.
  http::Awaitable<void> Handle(http::Exchange& exchange, absl::string_view path) const;

 private:
  const CarriedMethods& methods_;
  const Sessions& sessions_;
  CallQueue& queue_;
};

}  // namespace winnow::gateway

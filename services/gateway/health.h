// Whether the services behind a gateway can be used.
#pragma once

#include "services/gateway/backend_call.h"
#include "services/gateway/carried_methods.h"
#include "services/gateway/http/exchange.h"

namespace winnow::gateway {

// By grpc.health.v1: 200 "ok" when all are SERVING, else 503 with one line for each that is not.
// `methods` must outlive it.
http::Awaitable<http::Response> CheckHealth(http::Exchange& exchange, const CarriedMethods& methods,
                                            CallQueue& queue);

}  // namespace winnow::gateway

#include "services/gateway/health.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace winnow::gateway {
namespace {

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr absl::Duration kTimeout = absl::Seconds(2);

// grpc.health.v1.HealthCheckRequest {string service = 1}, for which the distribution ships no
// header. REQUIRES: the name is shorter than 128 bytes.
std::string HealthCheckRequest(const std::string& service) {
  return absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
}

// HealthCheckResponse {ServingStatus status = 1}, with SERVING = 1.
constexpr absl::string_view kServing("\x08\x01", 2);

}  // namespace

http::Awaitable<http::Response> CheckHealth(http::Exchange& exchange, const CarriedMethods& methods,
                                            CallQueue& queue) {
  std::string problems;
  for (const CarriedService& service : methods.services()) {
    CallSpec spec{.channel = service.channel, .path = kCheck, .timeout = kTimeout};
    UnaryCall call(queue, exchange.executor(), std::move(spec), HealthCheckRequest(service.name));
    const UnaryReply reply = co_await call.Finish();
    if (!reply.status.ok()) {
      absl::StrAppend(&problems, service.name, ": ", reply.status.error_message(), "\n");
    } else if (reply.message != kServing) {
      absl::StrAppend(&problems, service.name, ": not serving\n");
    }
  }
  http::Response response{
      .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
      .body = "ok\n"};
  if (!problems.empty()) {
    response.status = 503;
    response.body = problems;
  }
  co_return response;
}

}  // namespace winnow::gateway

// A server of HTTP/1.1, with or without TLS.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/metrics.h"
#include "services/gateway/http/serve.h"
#include "services/gateway/http/tls_context.h"

namespace winnow::http {

struct ServerOptions {
  // "host:port", port 0 for a free one.
  std::string address;
  // Encrypts the connections, unless it is empty.
  Identity identity;
  // A client beyond them is told to come back later.
  size_t max_connections = 2000;
  Limits limits;
};

// A running server. It has a few threads, however many connections there are. Thread-safe.
//
// Metrics: winnow_http_connections, winnow_http_connections_refused_total.
class Server {
 public:
  // Unavailable, naming the address, when the port is taken; InvalidArgument for an address or a
  // certificate that cannot be used. The process may open as many files from now on as the system
  // lets it. `registry` must outlive it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       Handler handler,
                                                       metrics::Registry& registry);
  ~Server();

  int port() const { return port_; }

  // Takes no further connections and requests; answers under way have until `drain`, then their
  // clients are gone. Returns when all have ended. Idempotent.
  void Stop(absl::Duration drain);

 private:
  struct Parts;
  Server() = default;
  std::unique_ptr<Parts> parts_;
  int port_ = 0;
};

}  // namespace winnow::http

// The way of browsers to the services: the web application, its calls, sign-in, health and metrics,
// of one origin.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/metrics.h"
#include "services/gateway/carried_methods.h"
#include "services/gateway/http/server.h"

namespace winnow::gateway {

struct Options {
  // "host:port" to listen on, port 0 for a free one.
  std::string address;
  // Of the certificate; encrypts the address, unless it is empty.
  http::Identity identity;
  // What the web build made (WebFiles::Load).
  std::filesystem::path web_files;
  // Holds the key of the cookies and the sign-outs; made if need be.
  std::filesystem::path data_dir;
  // Under which browsers know it, besides localhost and IP addresses. Without any, an address that
  // is not loopback has all names.
  std::vector<std::string> host_names;
  size_t max_connections = 2000;
};

// Where the application lies that was built or installed with this program:
// ../share/winnow/web, seen from the program.
std::filesystem::path InstalledWebFiles();

// A running gateway. Thread-safe.
//
// Metrics: those of http::Server; winnow_gateway_requests_total{route, status},
// winnow_gateway_seconds{route} to the end of the reply.
class Gateway {
 public:
  // Errors of http::Server::Start, Sessions::Open and WebFiles::Load. `registry` must outlive it.
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(const Options& options,
                                                        const Backends& backends,
                                                        metrics::Registry& registry);
  ~Gateway();

  int port() const;
  // "http://127.0.0.1:7708/"
  const std::string& url() const;

  // See http::Server::Stop.
  void Stop(absl::Duration drain);

 private:
  struct Parts;
  explicit Gateway(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace winnow::gateway

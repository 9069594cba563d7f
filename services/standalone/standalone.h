// All services in one process, on one gRPC port or none, over one data directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/oidc/issuer_options.h"
#include "common/rpc/server.h"
#include "common/rpc/streams.h"
#include "grpcpp/channel.h"

namespace winnow::standalone {

struct Options {
  // Holds corpus/, models/, jobs/, evaluations/, access/ and gateway/; made if need be.
  std::filesystem::path data_dir;
  // "host:port" to listen on, port 0 for a free one, or "unix:path"; empty: only channel(), and
  // then nobody is asked who they are, and nothing is audited: whoever has the directory has
  // everything.
  std::string address;
  // Encrypts the address, unless it is empty.
  rpc::TlsFiles tls;
  // Whose tokens are accepted on the address, too, unless it is empty.
  oidc::IssuerOptions issuer;
  // Listen beyond loopback all the same (rpc::Protection).
  bool insecure = false;
  rpc::StreamLimits streams;
};

// For Standalone::ServeBrowsers.
struct WebOptions {
  // "host:port", port 0 for a free one. It is encrypted where Options::address is.
  std::string address;
  // What the web build made; empty: what was installed with this program.
  std::filesystem::path files;
};

// The running services. Thread-safe.
class Standalone {
 public:
  // FailedPrecondition when another process uses the corpus; Unavailable when the port is taken;
  // InvalidArgument for an address that is not protected, or files of TLS or an issuer that cannot
  // be used.
  // Training and evaluation are left out, and their calls say why, where models/, jobs/ or
  // evaluations/ cannot be opened: what is in corpus/ can still be read and written.
  static absl::StatusOr<std::unique_ptr<Standalone>> Start(const Options& options);
  ~Standalone();

  // Starts a gateway for browsers, once; what it keeps is in the data directory's gateway/. Calls
  // come as from outside. Errors of gateway::Gateway::Start; InvalidArgument for an address that is
  // not protected. REQUIRES: Options::address is not empty, since nobody would be asked who they
  // are.
  absl::Status ServeBrowsers(const WebOptions& web);
  // Where; empty without a gateway.
  std::string web_url() const;

  // In-process channel to all services.
  std::shared_ptr<grpc::Channel> channel();
  int port() const;
  // Nobody is registered, and there is no issuer: everybody who reaches the address may do
  // everything.
  bool IsOpen() const;
  // Stops background work and the calls that wait for it; other calls in flight have until `drain`.
  // Idempotent.
  void Shutdown(absl::Duration drain = rpc::kDrain);

 private:
  struct Parts;
  explicit Standalone(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace winnow::standalone

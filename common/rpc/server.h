// Runs gRPC services: health, reflection, draining shutdown; and the signals that end a process.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/failed_services.h"
#include "common/rpc/health_watch.h"
#include "common/rpc/sync_calls.h"
#include "common/rpc/tls.h"
#include "grpcpp/channel.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"

namespace winnow::rpc {

// Of a message in either direction; compressed ones are refused (UNIMPLEMENTED).
inline constexpr int kMaxMessageBytes = 16 << 20;
// Files travel in pieces of this size.
inline constexpr size_t kChunkBytes = 256 << 10;

// How long calls in flight may go on when a server shuts down.
inline constexpr absl::Duration kDrain = absl::Seconds(1);

struct ServerOptions {
  // "host:port", port 0 for a free one, or "unix:path"; empty: only InProcessChannel().
  std::string address;
  // Encrypts the address, unless it is empty.
  TlsFiles tls;
  // Reported to grpc.health.v1, with the empty name for all of them.
  std::vector<ServedService> services;
  // Services that could not be opened, by full name: their calls end with this, and their health is
  // NOT_SERVING.
  std::map<std::string, absl::Status> failed_services;
  // Threads of the sync API, which has one for each call under way: a call beyond them is refused
  // with RESOURCE_EXHAUSTED, and not told when to come back. So there are more of them than calls
  // may be under way; the others refuse. Calls of the callback API take none while they wait.
  int max_threads = kMaxSyncCalls + 128;
  // Memory for messages on their way in and out of all connections; beyond it gRPC takes back what
  // idle connections hold, and then breaks off calls. Enough for 16 messages of the largest size,
  // or for a piece of a file that is read and one behind it in each thread.
  size_t max_transport_bytes = size_t{16} * kMaxMessageBytes;
};

// A running server, of services with methods of the sync API and of the callback API, also mixed in
// one service (Service::WithCallbackMethod_X). Thread-safe. The services must outlive it.
class Server {
 public:
  // Unavailable, naming the address, when the port is taken.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  ~Server();

  // The port listened on; 0 without one, and anything for a path.
  int port() const { return port_; }
  // A channel that stays inside the process.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // Health turns NOT_SERVING, no new calls are taken, calls in flight have until `drain` to finish:
  // then they are cancelled. Returns when all handlers have returned, so they must look whether
  // their call is cancelled. Idempotent.
  void Shutdown(absl::Duration drain = kDrain);

 private:
  Server() = default;
  std::unique_ptr<FailedServices> failed_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HealthWatch> health_;
  int port_ = 0;
};

// Blocks SIGINT and SIGTERM in this thread and all it starts later. Call first in main.
void BlockTerminationSignals();
// Returns when one of them has come; the next one ends the process at once, which harms nothing
// that was acknowledged. REQUIRES: BlockTerminationSignals was called.
void WaitForTermination();

}  // namespace winnow::rpc

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
#include "grpcpp/channel.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"

namespace winnow::rpc {

struct ServerOptions {
  // "host:port", port 0 for a free one; empty: no port, only InProcessChannel().
  std::string address;
  // Full names ("winnow.training.v1.TrainingService") reported to grpc.health.v1; the empty name is
  // always there.
  std::vector<std::string> service_names;
  // Services that could not be opened, by full name: their calls end with this, and their health is
  // NOT_SERVING.
  std::map<std::string, absl::Status> failed_services;
  // Threads of the sync API, which has one for each call under way: a call beyond them is refused
  // with RESOURCE_EXHAUSTED. Calls of the callback API take none while they wait.
  int max_threads = 512;
  // Memory for messages on their way in and out of all connections; beyond it gRPC takes back what
  // idle connections hold, and then breaks off calls. Enough for 16 messages of the largest size.
  size_t max_transport_bytes = size_t{1} << 30;
};

// A running server, of services with methods of the sync API and of the callback API, also mixed in
// one service (Service::WithCallbackMethod_X). Thread-safe. The services must outlive it.
class Server {
 public:
  // Unavailable, naming the address, when the port is taken.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  ~Server();

  // The port listened on; 0 without one.
  int port() const { return port_; }
  // A channel that stays inside the process.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // Health turns NOT_SERVING, no new calls are taken, calls in flight have until `drain` to finish.
  // Idempotent.
  void Shutdown(absl::Duration drain = absl::Seconds(10));

 private:
  Server() = default;
  std::unique_ptr<FailedServices> failed_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

// Blocks SIGINT and SIGTERM in this thread and all it starts later. Call first in main.
void BlockTerminationSignals();
// Returns when one of them has come. REQUIRES: BlockTerminationSignals was called.
void WaitForTermination();

// A channel to "host:port" (plain text), with messages of up to kMaxMessageBytes.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// OK for a loopback address, or any with `insecure`: there is no authentication yet.
// InvalidArgument otherwise.
absl::Status CheckListenAddress(const std::string& address, bool insecure);

inline constexpr int kMaxMessageBytes = 64 << 20;
// Files travel in pieces of this size.
inline constexpr size_t kChunkBytes = 256 << 10;

}  // namespace winnow::rpc

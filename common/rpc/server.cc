#include "common/rpc/server.h"

#include <malloc.h>

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace winnow::rpc {
namespace {

constexpr int kKeepaliveMilliseconds = 20'000;

void SetLimits(const ServerOptions& options, grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("server");
  quota.SetMaxThreads(options.max_threads);
  quota.Resize(options.max_transport_bytes);
  builder.SetResourceQuota(quota);
  // gRPC would guess a window from the speed of the connection, megabytes for each call on a fast
  // one, whether its handler reads or not.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, int{kChunkBytes});
  // A machine that has gone says nothing: it is asked, and what its calls hold is free after the
  // two times. Clients may ask as often.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kKeepaliveMilliseconds);
  // A message of a megabyte may stand for a gigabyte, which nothing bounds before it is unpacked.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
}

// Large blocks go back to the system when they are freed. The C library would keep them after a
// while, up to 64 MiB for each of many threads.
void ReturnFreedMemory() {
  constexpr int kLargeBytes = 4 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  mallopt(M_TRIM_THRESHOLD, kLargeBytes);
}

sigset_t TerminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  ReturnFreedMemory();
  grpc::EnableDefaultHealthCheckService(true);
  static const bool reflection = (grpc::reflection::InitProtoReflectionServerBuilderPlugin(), true);
  (void)reflection;
  std::unique_ptr<Server> server(new Server());
  grpc::ServerBuilder builder;
  SetLimits(options, builder);
  // Without this two servers may share one port, and "port in use" would go unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  if (!options.address.empty()) {
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    if (!options.tls.empty()) {
      WINNOW_ASSIGN_OR_RETURN(credentials, ServerTls(options.tls));
    }
    builder.AddListeningPort(options.address, credentials, &server->port_);
  }
  for (grpc::Service* service : services) builder.RegisterService(service);
  if (!options.failed_services.empty()) {
    server->failed_ = std::make_unique<FailedServices>(options.failed_services);
    builder.RegisterCallbackGenericService(server->failed_.get());
  }
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || (!options.address.empty() && server->port_ == 0)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.address,
                     ": the port is in use or not allowed; choose another one"));
  }
  if (grpc::HealthCheckServiceInterface* health = server->server_->GetHealthCheckService();
      health != nullptr) {
    std::vector<ServedService> served = options.services;
    for (const auto& [name, why] : options.failed_services)
      served.push_back({name, [why = why] { return why; }});
    server->health_ = std::make_unique<HealthWatch>(*health, std::move(served));
  }
  return server;
}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

std::shared_ptr<grpc::Channel> Server::InProcessChannel() {
  return server_->InProcessChannel(ChannelArguments());
}

void Server::Shutdown(absl::Duration drain) {
  if (server_ == nullptr) return;
  health_.reset();
  if (grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
      health != nullptr) {
    health->Shutdown();
  }
  server_->Shutdown(absl::ToChronoTime(absl::Now() + drain));
  server_->Wait();
}

void BlockTerminationSignals() {
  const sigset_t signals = TerminationSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void WaitForTermination() {
  const sigset_t signals = TerminationSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace winnow::rpc

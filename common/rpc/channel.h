// Channels to servers of ours.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/tls.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace winnow::rpc {

struct ConnectOptions {
  // Sent with every call; empty for none.
  std::string token;
  // With an authority: encrypted.
  TlsFiles tls;
  // A connection of its own; channels to one address share one otherwise.
  bool own_connection = false;
  // For many people's calls, which some of them read slowly: holds no more of a reply than a piece
  // of a file, and looks for a server that has gone every second.
  bool is_gateway = false;
};

// "host:port" or "unix:path". Connects when it is first used. InvalidArgument for files of TLS that
// cannot be used.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& address,
                                                       const ConnectOptions& options = {});

// What every channel of ours has: the limits of messages.
grpc::ChannelArguments ChannelArguments();

}  // namespace winnow::rpc

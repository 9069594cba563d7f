// The content of a file, sent to a service in pieces.
#pragma once

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "common/rpc/server.h"
#include "grpcpp/support/sync_stream.h"

namespace winnow::cli {

// Writes `content` in pieces as the `chunk` of messages. False when the server has stopped reading.
template <typename Request>
bool WriteChunks(absl::string_view content, grpc::ClientWriter<Request>& writer) {
  while (!content.empty()) {
    Request request;
    request.set_chunk(std::string(content.substr(0, rpc::kChunkBytes)));
    if (!writer.Write(request)) return false;
    content.remove_prefix(std::min(content.size(), rpc::kChunkBytes));
  }
  return true;
}

}  // namespace winnow::cli

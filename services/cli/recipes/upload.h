// Files, sent to a service in pieces.
#pragma once

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/rpc/server.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "services/cli/recipes/input_file.h"

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

// Writes the header of an upload, then the file so, and no more. The error of reading the file, for
// which the call is cancelled; a server that stops reading says why in Finish.
template <typename Request>
absl::Status WriteFile(const Request& header, const InputFile& file, grpc::ClientContext& context,
                       grpc::ClientWriter<Request>& writer) {
  bool is_read = writer.Write(header);
  const absl::Status sent = file.Read([&](absl::string_view piece) {
    is_read = is_read && WriteChunks(piece, writer);
    return is_read ? absl::OkStatus() : absl::CancelledError("");
  });
  if (is_read && !sent.ok()) {
    context.TryCancel();
    return sent;
  }
  writer.WritesDone();
  return absl::OkStatus();
}

}  // namespace winnow::cli

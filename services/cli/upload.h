// What goes from this machine to the services: files, texts, model directories.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/formats/source.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "services/cli/command.h"

namespace winnow::cli {

// The content of a file, or of standard input for "-". InvalidArgument, naming the file, when it
// cannot be read.
absl::StatusOr<std::string> ReadInput(const std::string& path, Environment& environment);

// `status` with the file it speaks of in front of its message.
absl::Status InFile(const std::string& path, const absl::Status& status);

// A name for what a path points at: the last part without its extension (`./ads/sample.jsonl` gives
// "sample"); what is not allowed in a name becomes '_'.
std::string NameOfPath(const std::string& path, bool drop_extension);

// How `content` of `path` is to be read: by the extension of the name; for "-" JSONL if it begins
// with '{', else text.
absl::StatusOr<formats::SourceFormat> FormatOf(const std::string& path, absl::string_view content);

// The name of the source that SOURCE means: a file (ends with .jsonl or .txt, contains a '/', or is
// a file here) is imported into a source named after it, standard input ("-", or nothing where it
// is not a terminal) into one named after its content; anything else is the name of a source.
absl::StatusOr<std::string> ResolveSource(const std::string& argument, Session& session,
                                          Environment& environment);

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

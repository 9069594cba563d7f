#include "services/cli/recipes/source_argument.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/formats/source.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/upload.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

bool LooksLikeFile(const std::string& argument) {
  std::error_code ignored;
  return formats::SourceFormatOf(argument).ok() || absl::StrContains(argument, '/') ||
         std::filesystem::is_regular_file(argument, ignored);
}

annotation::v1::SourceFormat ToApi(formats::SourceFormat format) {
  switch (format) {
    case formats::SourceFormat::kJsonl:
      return annotation::v1::SOURCE_FORMAT_JSONL;
    case formats::SourceFormat::kText:
      return annotation::v1::SOURCE_FORMAT_TXT;
    case formats::SourceFormat::kRecognise:
      break;
  }
  return annotation::v1::SOURCE_FORMAT_UNSPECIFIED;
}

absl::Status ImportSource(const std::string& path, const std::string& name,
                          const std::string& content, Session& session, Environment& environment) {
  grpc::ClientContext context;
  annotation::v1::ImportSourceResponse response;
  const auto writer = session.annotation().ImportSource(&context, &response);
  annotation::v1::ImportSourceRequest request;
  request.mutable_header()->set_request_id(NewRequestId());
  request.mutable_header()->set_source(name);
  request.mutable_header()->set_format(ToApi(FormatOf(path)));
  if (writer->Write(request)) WriteChunks(content, *writer);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(InFile(path, rpc::FromGrpc(writer->Finish())));
  environment.Note(absl::StrCat(path == "-" ? "standard input" : path, " is source ", name, ": ",
                                Counted(response.num_added(), "new text"), ", ",
                                response.source().num_examples(), " in all"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ResolveSource(const std::string& argument, Session& session,
                                          Environment& environment) {
  if (argument.empty() && environment.in_is_terminal) {
    return absl::InvalidArgumentError(
        "SOURCE: is missing, and nothing is piped into standard input");
  }
  const std::string path = argument.empty() ? "-" : argument;
  if (path != "-" && !LooksLikeFile(path)) return path;
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadInput(path, environment));
  if (path == "-" && content.empty())
    return absl::InvalidArgumentError("SOURCE: standard input is empty");
  const std::string name = path == "-" ? absl::StrCat("stdin-", Sha256Hex(content).substr(0, 12))
                                       : NameOfPath(path, true);
  WINNOW_RETURN_IF_ERROR(ImportSource(path, name, content, session, environment));
  return name;
}

}  // namespace winnow::cli

#include "services/cli/upload.h"

#include <filesystem>
#include <istream>
#include <iterator>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "services/cli/render.h"

namespace winnow::cli {
namespace {

bool LooksLikeFile(const std::string& argument) {
  std::error_code ignored;
  return formats::SourceFormatOf(argument).ok() || absl::StrContains(argument, '/') ||
         std::filesystem::is_regular_file(argument, ignored);
}

absl::Status ImportSource(const std::string& path, const std::string& name,
                          const std::string& content, Session& session, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const formats::SourceFormat format, FormatOf(path, content));
  grpc::ClientContext context;
  annotation::v1::ImportSourceResponse response;
  const auto writer = session.annotation().ImportSource(&context, &response);
  annotation::v1::ImportSourceRequest request;
  request.mutable_header()->set_request_id(NewRequestId());
  request.mutable_header()->set_source(name);
  request.mutable_header()->set_format(format == formats::SourceFormat::kJsonl
                                           ? annotation::v1::SOURCE_FORMAT_JSONL
                                           : annotation::v1::SOURCE_FORMAT_TXT);
  if (writer->Write(request)) WriteChunks(content, *writer);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(InFile(path, rpc::FromGrpc(writer->Finish())));
  environment.Note(absl::StrCat(path, " is source ", name, ": ",
                                Counted(response.num_added(), "new text"), ", ",
                                response.source().num_examples(), " in all"));
  return absl::OkStatus();
}

}  // namespace

absl::Status InFile(const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(path == "-" ? "standard input" : path, ": ", status.message()));
}

absl::StatusOr<std::string> ReadInput(const std::string& path, Environment& environment) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(environment.in), {});
  absl::StatusOr<std::string> content = ReadFile(path);
  if (!content.ok()) return absl::InvalidArgumentError(content.status().message());
  return content;
}

std::string NameOfPath(const std::string& path, bool drop_extension) {
  std::filesystem::path normal = std::filesystem::absolute(path).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  std::string name = (drop_extension ? normal.stem() : normal.filename()).string();
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && !absl::StrContains("._-", c))
      c = '_';
  }
  if (name.empty() || name[0] == '.' || name[0] == '-') name.insert(0, "_");
  return name;
}

absl::StatusOr<formats::SourceFormat> FormatOf(const std::string& path, absl::string_view content) {
  if (path != "-") return formats::SourceFormatOf(path);
  return absl::StartsWith(absl::StripLeadingAsciiWhitespace(content), "{")
             ? formats::SourceFormat::kJsonl
             : formats::SourceFormat::kText;
}

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

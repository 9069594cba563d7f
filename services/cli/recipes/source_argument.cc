#include "services/cli/recipes/source_argument.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/upload.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

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

absl::StatusOr<annotation::v1::Source> GetSource(const std::string& name, Session& session) {
  annotation::v1::GetSourceRequest request;
  request.set_name(name);
  return Call(session.annotation(), &AnnotationService::Stub::GetSource, request);
}

// "sample-0123456789ab". The same bytes are other texts in another format.
absl::StatusOr<std::string> NameOf(const std::string& path, formats::SourceFormat format,
                                   const InputFile& file) {
  Sha256Hasher digest;
  digest.Add(absl::StrCat(static_cast<int>(format), "\n"));
  WINNOW_RETURN_IF_ERROR(file.Read([&](absl::string_view piece) {
    digest.Add(piece);
    return absl::OkStatus();
  }));
  // Leaves room below kMaxNameBytes for the digest.
  constexpr size_t kMaxStem = 96;
  const std::string stem = path == "-" ? "stdin" : NameOfPath(path, /*drop_extension=*/true);
  return absl::StrCat(stem.substr(0, kMaxStem), "-", digest.FinishHex().substr(0, 12));
}

}  // namespace

absl::StatusOr<SourceArgument> SourceArgument::Read(const std::string& argument, Session& session,
                                                    Environment& environment) {
  if (argument.empty() && environment.in_is_terminal) {
    return absl::InvalidArgumentError(
        "SOURCE: is missing, and nothing is piped into standard input");
  }
  SourceArgument source;
  const std::string path = argument.empty() ? "-" : argument;
  if (path != "-" && !LooksLikeFile(path)) {
    source.name_ = path;
    WINNOW_RETURN_IF_ERROR(GetSource(path, session).status());
    return source;
  }
  WINNOW_ASSIGN_OR_RETURN(source, ReadFor(/*name=*/"", path, environment));
  WINNOW_ASSIGN_OR_RETURN(source.name_, NameOf(path, source.format_, *source.file_));
  return source;
}

absl::StatusOr<SourceArgument> SourceArgument::ReadFor(const std::string& name,
                                                       const std::string& path,
                                                       Environment& environment) {
  SourceArgument source;
  source.name_ = name;
  source.path_ = path;
  WINNOW_ASSIGN_OR_RETURN(source.file_, InputFile::Open(path, environment));
  if (path == "-" && source.file_->empty())
    return absl::InvalidArgumentError("SOURCE: standard input is empty");
  source.format_ = FormatOf(path);
  return source;
}

absl::Status SourceArgument::Import(Session& session, Environment& environment) const {
  if (path_.empty()) return absl::OkStatus();
  const std::string what =
      absl::StrCat(path_ == "-" ? "standard input" : path_, " is source ", name_, ": ");
  // Imports become visible as a whole, and the name tells the content.
  const absl::StatusOr<annotation::v1::Source> existing = GetSource(name_, session);
  if (existing.ok()) {
    environment.Note(absl::StrCat(what, Counted(existing->num_examples(), "text"), ", as before"));
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(existing.status())) return existing.status();

  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ImportSourceResponse response, Add(session));
  const uint64_t repeated = response.num_duplicates();
  environment.Note(absl::StrCat(
      what, Counted(response.num_added(), "text"),
      repeated == 0
          ? ""
          : absl::StrCat("; ", Counted(repeated, "row"), repeated == 1 ? " repeats" : " repeat",
                         " a text, which is asked about once, with the other keys of "
                         "its first row")));
  return absl::OkStatus();
}

absl::StatusOr<annotation::v1::ImportSourceResponse> SourceArgument::Add(Session& session) const {
  grpc::ClientContext context;
  annotation::v1::ImportSourceResponse response;
  const auto writer = session.annotation().ImportSource(&context, &response);
  annotation::v1::ImportSourceRequest request;
  request.mutable_header()->set_request_id(NewRequestId());
  request.mutable_header()->set_source(name_);
  request.mutable_header()->set_format(ToApi(format_));
  WINNOW_RETURN_IF_ERROR(WriteFile(request, *file_, context, *writer));
  WINNOW_RETURN_IF_ERROR(InFile(path_, rpc::FromGrpc(writer->Finish())));
  return response;
}

}  // namespace winnow::cli

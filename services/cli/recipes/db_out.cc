// db-out: a data set as a file.
#include <filesystem>
#include <ostream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/since_option.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

// The file that FILE means: of a directory the one in it that is named after the data set, as
// Prodigy writes it. A directory that ends in '/' is made if need be.
absl::StatusOr<std::filesystem::path> TargetOf(const std::string& file,
                                               const std::string& dataset) {
  std::error_code error;
  if (file.back() == '/') {
    std::filesystem::create_directories(file, error);
    if (error) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot make the directory ", file, ": ", error.message()));
    }
  }
  if (!std::filesystem::is_directory(file, error)) return std::filesystem::path(file);
  return std::filesystem::path(file) / absl::StrCat(dataset, ".jsonl");
}

absl::StatusOr<annotation::v1::ExportDatasetRequest> RequestOf(const Invocation& invocation) {
  annotation::v1::ExportDatasetRequest request;
  request.set_dataset(invocation.Argument("DATASET"));
  request.set_annotator(invocation.Text("annotator"));
  request.set_session(invocation.Text("session"));
  request.set_all(invocation.Flag("all"));
  if (request.all() && invocation.Flag("effective"))
    return absl::InvalidArgumentError("--effective and --all exclude each other");
  if (invocation.Has("since")) {
    WINNOW_ASSIGN_OR_RETURN(const absl::Time since,
                            ReadSince(invocation.Text("since"), absl::Now()));
    *request.mutable_since() = rpc::ToTimestamp(since);
  }
  return request;
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string path = invocation.Argument("FILE");
  if (invocation.Flag("json") && path.empty()) {
    return absl::InvalidArgumentError(
        "--json needs FILE: without it the rows go to standard output");
  }
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ExportDatasetRequest request,
                          RequestOf(invocation));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  grpc::ClientContext context;
  const auto reader = session->annotation().ExportDataset(&context, request);
  annotation::v1::ExportDatasetResponse part;
  std::string content;
  while (reader->Read(&part)) {
    if (path.empty()) {
      environment.out << part.chunk();
    } else {
      content += part.chunk();
    }
  }
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  if (path.empty()) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(const std::filesystem::path target, TargetOf(path, request.dataset()));
  WINNOW_RETURN_IF_ERROR(WriteFileAtomically(target, content));
  if (invocation.Flag("json")) {
    PrintJson(
        {{"dataset", request.dataset()}, {"file", target.string()}, {"num_bytes", content.size()}},
        environment);
  } else {
    environment.out << request.dataset() << " written to " << target.string() << " ("
                    << Counted(content.size(), "byte") << ")\n";
  }
  return absl::OkStatus();
}

}  // namespace

Command DbOut() {
  return {
      ClientSpec(
          {.name = "db-out",
           .summary = "Export a dataset as Prodigy JSONL",
           .arguments = {{"DATASET", "dataset to export"},
                         {"FILE",
                          "file to write, or a directory that gets DATASET.jsonl (default: "
                          "standard output)",
                          false}},
           .options = {ValueOption({"--session"}, ValueKind::kText, "S",
                                   "only rows of this session: a queue, or a `_session_id`"),
                       ValueOption({"--annotator"}, ValueKind::kText, "A",
                                   "only rows of this person (`_annotator_id`)"),
                       SinceOption("only answers given then or later; rows of which no time is "
                                   "known are left out"),
                       FlagOption({"--effective"}, "only what counts (default)"),
                       FlagOption({"--all"},
                                  "also answers that were taken back, with \"_undone\": true, and "
                                  "those that came when enough people had answered, with "
                                  "\"_surplus\": true; `winnow db-in` does not take these rows")},
           .example = "db-out job_titles_1 answers.jsonl --annotator anna --since 7d",
           .notes =
               "Imported rows come back to the byte. Of answers given here `_annotator_id` is "
               "the person, and `_session_id` is QUEUE-PERSON: the queue of a command is named "
               "after its dataset, so it begins with the dataset and ends with the person, as "
               "in Prodigy."}),
      Run};
}

}  // namespace winnow::cli

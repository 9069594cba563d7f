// db-out: a data set as a file.
#include <ostream>
#include <string>

#include "common/base/file.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string path = invocation.Argument("FILE");
  if (invocation.Flag("json") && path.empty()) {
    return absl::InvalidArgumentError(
        "--json needs FILE: without it the rows go to standard output");
  }
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  annotation::v1::ExportDatasetRequest request;
  request.set_dataset(invocation.Argument("DATASET"));
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
  WINNOW_RETURN_IF_ERROR(WriteFileAtomically(path, content));
  if (invocation.Flag("json")) {
    PrintJson({{"dataset", request.dataset()}, {"file", path}, {"num_bytes", content.size()}},
              environment);
  } else {
    environment.out << request.dataset() << " written to " << path << " ("
                    << Counted(content.size(), "byte") << ")\n";
  }
  return absl::OkStatus();
}

}  // namespace

Command DbOut() {
  return {ClientSpec({.name = "db-out",
                      .summary = "Export a dataset as Prodigy JSONL",
                      .arguments = {{"DATASET", "dataset to export"},
                                    {"FILE", "file to write (default: standard output)", false}},
                      .example = "db-out job_titles_1 answers.jsonl"}),
          Run};
}

}  // namespace winnow::cli

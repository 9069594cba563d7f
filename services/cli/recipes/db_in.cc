// db-in: annotations of a file into a data set.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/upload.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

std::string ImportText(const annotation::v1::ImportDatasetResponse& response) {
  std::string text =
      absl::StrCat(response.dataset(), ": ", Counted(response.num_rows(), "row"), "; ",
                   response.num_accepted(), " accepted, ", response.num_rejected(), " rejected, ",
                   response.num_ignored(), " ignored spans\ncoverage: ",
                   response.coverage() == annotation::v1::COVERAGE_COMPLETE ? "complete" : "binary",
                   " (", Printable(response.coverage_reason()), ")\n");
  if (response.num_overlapping_rows() > 0) {
    absl::StrAppend(&text, Counted(response.num_overlapping_rows(), "row"),
                    " with overlapping spans, kept\n");
  }
  if (response.num_off_token_spans() > 0) {
    absl::StrAppend(&text, Counted(response.num_off_token_spans(), "span"),
                    " off the tokens, kept, left out of training:\n");
    for (const std::string& span : response.off_token_spans())
      absl::StrAppend(&text, "  ", Printable(span), "\n");
    const uint64_t unlisted =
        response.num_off_token_spans() - static_cast<uint64_t>(response.off_token_spans_size());
    if (unlisted > 0) absl::StrAppend(&text, "  and ", unlisted, " more\n");
  }
  return text;
}

// An option mends what the rows do not tell; any other mistake is mended in the file.
absl::Status WithCoverageHint(const absl::Status& status) {
  for (const Violation& violation : Violations::Of(status)) {
    if (absl::EndsWith(violation.where, "coverage")) {
      return WithMessage(status,
                         absl::StrCat(status.message(), "\nstate it with --binary or --complete"));
    }
  }
  return status;
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  if (invocation.Flag("binary") && invocation.Flag("complete")) {
    return absl::InvalidArgumentError("--binary and --complete exclude each other");
  }
  const std::string path = invocation.Argument("FILE");
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadInput(path, environment));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));

  grpc::ClientContext context;
  annotation::v1::ImportDatasetResponse response;
  const auto writer = session->annotation().ImportDataset(&context, &response);
  annotation::v1::ImportDatasetRequest request;
  annotation::v1::ImportDatasetRequest::Header& header = *request.mutable_header();
  header.set_request_id(NewRequestId());
  header.set_dataset(invocation.Argument("DATASET"));
  if (invocation.Flag("binary")) header.set_coverage(annotation::v1::COVERAGE_BINARY);
  if (invocation.Flag("complete")) header.set_coverage(annotation::v1::COVERAGE_COMPLETE);
  for (const std::string& label : invocation.List("label")) header.add_labels(label);
  // A server that stops reading has found a mistake, which Finish tells.
  if (writer->Write(request)) WriteChunks(content, *writer);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(WithCoverageHint(InFile(path, rpc::FromGrpc(writer->Finish()))));
  PrintReply(invocation, response, ImportText(response), environment);
  return absl::OkStatus();
}

}  // namespace

Command DbIn() {
  return {
      ClientSpec(
          {.name = "db-in",
           .summary = "Import annotations (Prodigy JSONL) into a dataset",
           .arguments = {{"DATASET", "dataset that the rows are added to; made if need be"},
                         {"FILE", "Prodigy JSONL, or - for standard input"}},
           .options = {FlagOption({"--binary"},
                                  "yes/no answers: only the spans shown were judged, the rest of "
                                  "the text is unknown"),
                       FlagOption({"--complete"}, "complete annotations: every entity is marked"),
                       ValueOption({"-l", "--label"}, ValueKind::kList, "LABELS",
                                   "labels that complete rows are complete for (default: those in "
                                   "the file)")},
           .example = "db-in job_titles_gold titles.jsonl --complete -l job_title",
           .notes = "Without --binary or --complete the file tells which it is, or is refused. "
                    "Either all rows are imported, or none, and every mistake is listed."}),
      Run};
}

}  // namespace winnow::cli

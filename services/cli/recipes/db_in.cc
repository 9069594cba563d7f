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

// "N things: what became of them", a line; nothing for none.
void AddCount(uint64_t count, const char* thing, const char* what, std::string& text) {
  if (count > 0) absl::StrAppend(&text, Counted(count, thing), what, "\n");
}

void AddOffTokens(const annotation::v1::ImportDatasetResponse& response, std::string& text) {
  if (response.num_off_token_spans() == 0) return;
  AddCount(response.num_off_token_spans(), "span",
           " off the tokens, kept, left out of training. A token is a word, a number or one other "
           "character, and\na span must begin and end where tokens do: mend the offsets, or mark "
           "whole words:",
           text);
  for (const std::string& span : response.off_token_spans())
    absl::StrAppend(&text, "  ", Printable(span), "\n");
  const uint64_t unlisted =
      response.num_off_token_spans() - static_cast<uint64_t>(response.off_token_spans_size());
  if (unlisted > 0) absl::StrAppend(&text, "  and ", unlisted, " more\n");
}

std::string ImportText(const annotation::v1::ImportDatasetResponse& response) {
  std::string text = absl::StrCat(
      response.dataset(), ": ", Counted(response.num_rows(), "row"), "; ", response.num_accepted(),
      " accepted, ", response.num_rejected(), " rejected, ", response.num_ignored(),
      " ignored spans\nformat: ", Printable(response.format()), "\ncoverage: ",
      response.coverage() == annotation::v1::COVERAGE_COMPLETE ? "complete" : "binary", " (",
      Printable(response.coverage_reason()), ")\n");
  AddCount(response.num_rejected_rows(), "row",
           " rejected as a whole: kept, says nothing of its text", text);
  AddCount(response.num_ignored_rows(), "row", " ignored: kept, says nothing of its text", text);
  AddCount(response.num_left_out_rows(), "row", " of these left out: without a text", text);
  AddCount(response.num_trimmed_spans(), "span", " with blanks at an end, which were taken off",
           text);
  AddCount(response.num_repeated_spans(), "span", " that a row had once more, merged", text);
  AddCount(response.num_overlapping_rows(), "row", " with overlapping spans, kept", text);
  AddOffTokens(response, text);
  return text;
}

struct Hint {
  // End of the place that a violation names.
  const char* where;
  const char* what;
};

// Where an option mends what the rows do not tell; any other mistake is mended in the file.
constexpr Hint kHints[] = {
    {"coverage", "state it with --binary or --complete"},
    {"file: offsets", "--offsets utf16, bytes or inclusive reads them so"},
    {"file: spans", "--yes takes the texts as texts without entities"},
};

absl::Status WithHints(const absl::Status& status) {
  std::string message(status.message());
  for (const Hint& hint : kHints) {
    for (const Violation& violation : Violations::Of(status)) {
      if (!absl::EndsWith(violation.where, hint.where)) continue;
      absl::StrAppend(&message, "\n", hint.what);
      break;
    }
  }
  return WithMessage(status, message);
}

annotation::v1::OffsetUnit OffsetsOf(const std::string& name) {
  if (name == "utf16") return annotation::v1::OFFSET_UNIT_UTF16;
  if (name == "bytes") return annotation::v1::OFFSET_UNIT_BYTES;
  if (name == "inclusive") return annotation::v1::OFFSET_UNIT_INCLUSIVE;
  return annotation::v1::OFFSET_UNIT_UNSPECIFIED;
}

OptionSpec OffsetsOption() {
  OptionSpec option =
      ValueOption({"--offsets"}, ValueKind::kText, "UNIT",
                  "what the offsets count: utf16 (browsers, Java), bytes, or inclusive (the end is "
                  "the last character); default: characters, [start, end)");
  option.choices = {"utf16", "bytes", "inclusive"};
  return option;
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  if (invocation.Flag("binary") && invocation.Flag("complete")) {
    return absl::InvalidArgumentError("--binary and --complete exclude each other");
  }
  const std::string path = invocation.Argument("FILE");
  WINNOW_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path, environment));
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
  header.set_offsets(OffsetsOf(invocation.Text("offsets")));
  header.set_allow_no_spans(invocation.Flag("yes"));
  WINNOW_RETURN_IF_ERROR(WriteFile(request, file, context, *writer));
  WINNOW_RETURN_IF_ERROR(WithHints(InFile(path, rpc::FromGrpc(writer->Finish()))));
  PrintReply(invocation, response, ImportText(response), environment);
  return absl::OkStatus();
}

}  // namespace

Command DbIn() {
  return {
      ClientSpec(
          {.name = "db-in",
           .summary = "Import annotations into a dataset",
           .arguments = {{"DATASET", "dataset that the rows are added to; made if need be"},
                         {"FILE", "annotations (see below), or - for standard input"}},
           .options = {FlagOption({"--binary"},
                                  "yes/no answers: only the spans shown were judged, the rest of "
                                  "the text is unknown"),
                       FlagOption({"--complete"}, "complete annotations: every entity is marked"),
                       LabelsOption("labels that complete rows are complete for (default: those in "
                                    "the file)"),
                       OffsetsOption(),
                       FlagOption({"--yes"},
                                  "take a file without a single span as texts without entities")},
           .example = "db-in job_titles_gold titles.jsonl --complete -l job_title",
           .notes = "The format is recognised: JSONL of Prodigy, doccano, spaCy, Label Studio or "
                    "Hugging Face (tokens with tags), the same as one JSON array, CoNLL (IOB, "
                    "BIOES), CSV or TSV with a line of names; UTF-8 or UTF-16, .gz or .zst. "
                    "Without --binary or --complete the file tells which it is, or is refused. "
                    "Either all rows are imported, or none, and every mistake is listed."}),
      Run};
}

}  // namespace winnow::cli

// Data sets in and out: db-in, db-out, stats, drop.
#include <filesystem>
#include <istream>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "services/cli/commands.h"
#include "services/cli/highlight.h"
#include "services/cli/render.h"
#include "services/cli/upload.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

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

absl::Status DbIn(const Invocation& invocation, Environment& environment) {
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
  if (writer->Write(request)) WriteChunks(content, *writer);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(InFile(path, rpc::FromGrpc(writer->Finish())));
  if (invocation.Flag("json")) {
    PrintJson(ToJson(response), environment);
  } else {
    environment.out << ImportText(response);
  }
  return absl::OkStatus();
}

absl::Status DbOut(const Invocation& invocation, Environment& environment) {
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

// All pages of a list: `items` takes them out of a response.
template <typename Request, typename Response, typename Items>
absl::StatusOr<Response> ListAll(Session& session,
                                 grpc::Status (AnnotationService::Stub::*method)(
                                     grpc::ClientContext*, const Request&, Response*),
                                 Items items) {
  Request request;
  request.set_page_size(1000);
  Response all;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(Response page, Call(session.annotation(), method, request));
    items(all)->MergeFrom(*items(page));
    if (page.next_page_token().empty()) return all;
    request.set_page_token(page.next_page_token());
  }
}

std::string DatasetTable(const std::vector<annotation::v1::Dataset>& datasets) {
  Table table({"data set", "answers", "accepted", "rejected", "ignored", "texts", "labels"});
  for (const annotation::v1::Dataset& dataset : datasets) {
    table.Add({dataset.name(), absl::StrCat(dataset.num_answers()),
               absl::StrCat(dataset.num_accepted()), absl::StrCat(dataset.num_rejected()),
               absl::StrCat(dataset.num_ignored()), absl::StrCat(dataset.num_texts()),
               Printable(absl::StrJoin(dataset.labels(), ", "))});
  }
  return table.ToString();
}

absl::Status StatsOfOne(const std::string& name, bool json, Session& session,
                        Environment& environment) {
  annotation::v1::GetDatasetRequest request;
  request.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::Dataset dataset,
      Call(session.annotation(), &AnnotationService::Stub::GetDataset, request));
  if (json) {
    PrintJson(ToJson(dataset), environment);
  } else {
    environment.out << DatasetTable({dataset}) << "made "
                    << absl::FormatTime("%Y-%m-%d %H:%M:%S",
                                        absl::FromUnixSeconds(dataset.created().seconds()),
                                        absl::LocalTimeZone())
                    << ", revision " << dataset.revision() << "\n";
  }
  return absl::OkStatus();
}

absl::Status Stats(const Invocation& invocation, Environment& environment) {
  const bool json = invocation.Flag("json");
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  if (const std::string name = invocation.Argument("DATASET"); !name.empty()) {
    return StatsOfOne(name, json, *session, environment);
  }
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ListDatasetsResponse datasets,
                          ListAll(*session, &AnnotationService::Stub::ListDatasets,
                                  [](auto& response) { return response.mutable_datasets(); }));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ListSourcesResponse sources,
                          ListAll(*session, &AnnotationService::Stub::ListSources,
                                  [](auto& response) { return response.mutable_sources(); }));
  if (json) {
    PrintJson({{"datasets", ToJson(datasets)["datasets"]}, {"sources", ToJson(sources)["sources"]}},
              environment);
    return absl::OkStatus();
  }
  environment.out << DatasetTable({datasets.datasets().begin(), datasets.datasets().end()}) << "\n";
  Table table({"source", "texts"});
  for (const annotation::v1::Source& source : sources.sources()) {
    table.Add({source.name(), absl::StrCat(source.num_examples())});
  }
  environment.out << table.ToString();
  return absl::OkStatus();
}

// Yes only if the person types it.
absl::StatusOr<bool> Confirm(const annotation::v1::Dataset& dataset, Environment& environment) {
  if (!environment.in_is_terminal) {
    return absl::InvalidArgumentError(
        "drop asks before it removes; where nobody can be asked it needs --yes");
  }
  environment.err << "Remove data set " << dataset.name() << " with "
                  << Counted(dataset.num_answers(), "answer") << "? [y/N] " << std::flush;
  std::string line;
  std::getline(environment.in, line);
  return line == "y" || line == "Y" || line == "yes";
}

absl::Status Drop(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  annotation::v1::GetDatasetRequest get;
  get.set_name(invocation.Argument("DATASET"));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Dataset dataset,
                          Call(session->annotation(), &AnnotationService::Stub::GetDataset, get));
  if (!invocation.Flag("yes")) {
    WINNOW_ASSIGN_OR_RETURN(const bool yes, Confirm(dataset, environment));
    if (!yes) return absl::CancelledError("nothing was removed");
  }
  annotation::v1::DropDatasetRequest request;
  request.set_request_id(NewRequestId());
  request.set_name(dataset.name());
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::DropDatasetResponse response,
      Call(session->annotation(), &AnnotationService::Stub::DropDataset, request));
  if (invocation.Flag("json")) {
    PrintJson(ToJson(response), environment);
  } else {
    environment.out << dataset.name() << " removed, with "
                    << Counted(response.num_answers(), "answer") << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> DataCommands() {
  return {
      {ClientSpec(
           {.name = "db-in",
            .summary = "Import annotations (Prodigy JSONL) into a data set",
            .arguments = {{"DATASET", "appended to; made if need be"},
                          {"FILE", "Prodigy JSONL, or - for standard input"}},
            .options =
                {{{"--binary"}, ValueKind::kFlag, "", "only the spans shown were judged"},
                 {{"--complete"}, ValueKind::kFlag, "", "all spans of the labels are marked"},
                 {{"-l", "--label"},
                  ValueKind::kList,
                  "LABELS",
                  "labels that complete rows cover (default: those in the file)"}},
            .example = "db-in job_titles_gold titles.jsonl --complete -l job_title",
            .notes = "Without --binary or --complete the file tells which it is, or is refused. "
                     "All rows become\n"
                     "visible, or none and every mistake is listed."}),
       DbIn},
      {ClientSpec({.name = "db-out",
                   .summary = "Export a data set as Prodigy JSONL",
                   .arguments = {{"DATASET", "what to export"},
                                 {"FILE", "where to (default: standard output)", false}},
                   .example = "db-out job_titles_1 answers.jsonl"}),
       DbOut},
      {ClientSpec({.name = "stats",
                   .summary = "Data sets and sources, with counts",
                   .arguments = {{"DATASET", "only this one", false}},
                   .example = "stats job_titles_1"}),
       Stats},
      {ClientSpec({.name = "drop",
                   .summary = "Remove a data set",
                   .arguments = {{"DATASET", "what to remove"}},
                   .options = {{{"--yes"}, ValueKind::kFlag, "", "do not ask"}},
                   .example = "drop job_titles_trial --yes",
                   .notes = "Models that were trained from it keep what they learnt."}),
       Drop},
  };
}

}  // namespace winnow::cli

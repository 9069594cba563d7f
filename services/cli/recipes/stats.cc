// stats: data sets and sources, with counts.
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/cli/recipes/all_pages.h"
#include "services/cli/recipes/dataset_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

std::string DatasetTable(const std::vector<annotation::v1::Dataset>& datasets) {
  Table table({"dataset", "answers", "accepted", "rejected", "ignored", "texts", "labels"});
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
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Dataset dataset, GetDataset(name, session));
  if (json) {
    PrintJson(ToJson(dataset), environment);
  } else {
    environment.out << DatasetTable({dataset}) << "made " << TimeText(dataset.create_time())
                    << ", revision " << dataset.revision() << "\n";
  }
  return absl::OkStatus();
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const bool json = invocation.Flag("json");
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  if (const std::string name = invocation.Argument("DATASET"); !name.empty()) {
    return StatsOfOne(name, json, *session, environment);
  }
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ListDatasetsResponse datasets,
                          ListAll(session->annotation(), &AnnotationService::Stub::ListDatasets,
                                  [](auto& response) { return response.mutable_datasets(); }));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ListSourcesResponse sources,
                          ListAll(session->annotation(), &AnnotationService::Stub::ListSources,
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

}  // namespace

Command Stats() {
  return {ClientSpec({.name = "stats",
                      .summary = "List datasets and sources, with counts",
                      .arguments = {{"DATASET", "only this one", false}},
                      .example = "stats job_titles_1"}),
          Run};
}

}  // namespace winnow::cli

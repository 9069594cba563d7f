// db-merge: data sets made into one.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/dataset_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::Dataset;
using annotation::v1::MergeDatasetsRequest;

absl::StatusOr<MergeDatasetsRequest> RequestOf(const Invocation& invocation) {
  std::vector<std::string> datasets = SplitList(invocation.Argument("DATASETS"));
  std::string output = invocation.Text("output");
  if (output.empty() && datasets.size() > 1) {
    output = datasets.back();
    datasets.pop_back();
  }
  if (output.empty()) {
    return absl::InvalidArgumentError("the new dataset is missing: name it last, or with --output");
  }
  MergeDatasetsRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_datasets() = {datasets.begin(), datasets.end()};
  request.set_output(output);
  return request;
}

// The number of answers that the merge would copy.
absl::StatusOr<uint64_t> TryOut(const MergeDatasetsRequest& request, Session& session) {
  uint64_t num_answers = 0;
  for (const std::string& name : request.datasets()) {
    WINNOW_ASSIGN_OR_RETURN(const Dataset dataset, GetDataset(name, session));
    num_answers += dataset.num_answers();
  }
  const absl::Status existing = GetDataset(request.output(), session).status();
  if (absl::IsNotFound(existing)) return num_answers;
  WINNOW_RETURN_IF_ERROR(existing);
  return absl::FailedPreconditionError(
      absl::StrCat("dataset \"", request.output(), "\" is there already; merge into a new one"));
}

absl::StatusOr<uint64_t> Merge(const MergeDatasetsRequest& request, Session& session) {
  WINNOW_ASSIGN_OR_RETURN(
      const Dataset merged,
      Call(session.annotation(), &AnnotationService::Stub::MergeDatasets, request, kLongCall));
  return merged.num_answers();
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const MergeDatasetsRequest request, RequestOf(invocation));
  const bool dry = invocation.Flag("dry");
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const uint64_t num_answers,
                          dry ? TryOut(request, *session) : Merge(request, *session));
  if (invocation.Flag("json")) {
    PrintJson({{"output", request.output()},
               {"datasets", request.datasets()},
               {"answers", num_answers},
               {"dry", dry}},
              environment);
    return absl::OkStatus();
  }
  environment.out << Counted(num_answers, "answer") << " of "
                  << absl::StrJoin(request.datasets(), ", ")
                  << (dry ? " would be merged into " : " merged into ") << request.output() << "\n";
  return absl::OkStatus();
}

}  // namespace

Command DbMerge() {
  return {
      ClientSpec(
          {.name = "db-merge",
           .summary = "Merge datasets into a new one",
           .arguments = {{"DATASETS",
                          "datasets to merge, in this order; and last the new one, unless "
                          "--output names it",
                          true, true}},
           .options = {ValueOption({"-o", "--output"}, ValueKind::kText, "OUT", "the new dataset"),
                       FlagOption({"-D", "--dry"}, "say what would be merged, and merge nothing")},
           .example = "db-merge titles_anna,titles_ben titles",
           .notes = "The answers that count are copied as they are: who gave them, when, in which "
                    "queue, accepted, rejected or ignored, and for which labels they are complete. "
                    "The datasets stay. Several people's answers to one question stay side by "
                    "side, as in a dataset that several answered."}),
      Run};
}

}  // namespace winnow::cli

// agreement: who agrees with whom.
#include <string>
#include <vector>

#include "common/base/status.h"
#include "services/cli/recipes/agreement_report.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

using evaluation::v1::EvaluationService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  evaluation::v1::MeasureAgreementRequest request;
  for (const std::string& dataset : SplitList(invocation.Argument("DATASETS")))
    request.add_datasets(dataset);
  for (const std::string& label : invocation.List("label")) request.add_labels(label);
  if (invocation.Has("confidence")) request.set_confidence(invocation.Number("confidence"));
  request.set_seed(invocation.Count("seed"));
  request.set_without_prior(invocation.Flag("no-prior"));
  WINNOW_ASSIGN_OR_RETURN(
      const evaluation::v1::MeasureAgreementResponse response,
      Call(session->evaluation(), &EvaluationService::Stub::MeasureAgreement, request, kLongCall));
  PrintReply(invocation, response, AgreementText(response), environment);
  return absl::OkStatus();
}

}  // namespace

Command Agreement() {
  return {
      ClientSpec(
          {.name = "agreement",
           .summary = "Show who agrees with whom, and on what people differ",
           .arguments = {{"DATASETS",
                          "datasets in which several people answered the same questions or "
                          "annotated the same texts",
                          true, true}},
           .options = {LabelsOption("only these (default: all)"),
                       ValueOption({"--confidence"}, ValueKind::kShare, "C",
                                   "of the intervals in brackets (default: 0.95)"),
                       ValueOption({"--seed"}, ValueKind::kCount, "S",
                                   "of the drawing behind intervals (default: 0)"),
                       FlagOption({"--no-prior"},
                                  "do not take people to be careful before their answers tell")},
           .example = "agreement titles_ann titles_bob -l job_title",
           .notes =
               "Yes/no questions that two people answered give the share of same answers, "
               "Krippendorff's alpha, Fleiss' kappa and, of two people, Cohen's: 1 is full "
               "agreement, 0 what chance gives. Texts that two people annotated completely give "
               "F1 of the one against the other, of the same spans and of overlapping ones.\n"
               "How often each person is right is estimated where three or more answered the "
               "same questions or annotated the same texts. Imported rows name their person as "
               "`_annotator_id`, else `_session_id`."}),
      Run};
}

}  // namespace winnow::cli

#include "services/evaluation/agreement.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/measure/labelled_texts.h"
#include "common/measure/shared_answers.h"
#include "common/stats/bootstrap.h"

namespace winnow::evaluation {
namespace {

absl::Status CheckRequest(const AgreementRequest& request) {
  Violations violations;
  if (request.datasets.empty() || request.datasets.size() > kMaxAgreementDatasets) {
    violations.Add("datasets", absl::StrCat("must be 1 to ", kMaxAgreementDatasets, ", not ",
                                            request.datasets.size()));
  }
  for (const std::string& dataset : request.datasets)
    violations.AddUnlessOk("datasets", ValidateName("dataset", dataset));
  for (const std::string& label : request.labels)
    violations.AddUnlessOk("labels", ValidateLabel(label));
  stats::CheckOptions(request.options.bootstrap, violations);
  return violations.ToStatus("cannot measure agreement");
}

// Each of the labels must be one that some data set has.
absl::Status CheckLabels(const corpus::CorpusReader& reader, const AgreementRequest& request) {
  std::set<std::string> known;
  for (const std::string& name : request.datasets) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset dataset, reader.GetDataset(name));
    for (const storage::v1::Dataset::LabelCount& label : dataset.labels())
      known.insert(label.label());
  }
  Violations violations;
  for (const std::string& label : request.labels) {
    if (known.contains(label)) continue;
    violations.Add("labels", absl::StrCat("nothing is labelled \"", label, "\"; there is ",
                                          absl::StrJoin(known, ", "), ".",
                                          DidYouMean(label, {known.begin(), known.end()})));
  }
  const absl::Status status = violations.ToStatus("cannot measure agreement");
  return status.ok() ? status : WithReason(status, "UNKNOWN_LABEL");
}

absl::Status NothingShared(const measure::SharedAnswers& shared) {
  constexpr absl::string_view kNothing = "nothing is shared: ";
  if (shared.people.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(kNothing, shared.num_unnamed == 0 ? "there are no answers about spans"
                                                       : "no answer says who gave it"));
  }
  if (shared.people.size() == 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(kNothing, "only '", shared.people[0], "' has answered"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(kNothing, "no two of the ", shared.people.size(),
                   " people answered the same question, or annotated the same text completely for "
                   "the same label"));
}

void AddCaveats(const measure::SharedAnswers& shared, Agreement& agreement) {
  const auto& rates = agreement.report.rates;
  if (shared.num_unnamed > 0) {
    agreement.caveats.push_back(
        shared.num_unnamed == 1
            ? "1 answer does not say who gave it, and is left out"
            : absl::StrCat(shared.num_unnamed,
                           " answers do not say who gave them, and are left out"));
  }
  if (rates.has_value() && !rates->converged) {
    agreement.caveats.emplace_back(
        "the rates of people had not settled when their estimation was ended");
  }
  if (rates.has_value()) return;
  agreement.no_rates_reason =
      "how often each person is right cannot be told: that takes questions that at least three "
      "people answered, or texts that they annotated completely. What one person says against a "
      "model is a disagreement with the model, and no error rate";
}

}  // namespace

absl::StatusOr<Agreement> MeasureAgreement(const AnnotationServiceClient& annotation,
                                           const AgreementRequest& request) {
  WINNOW_RETURN_IF_ERROR(CheckRequest(request));
  WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, annotation.TakeSnapshot());
  WINNOW_RETURN_IF_ERROR(measure::CheckDatasets(snapshot.reader(), request.datasets));
  WINNOW_RETURN_IF_ERROR(CheckLabels(snapshot.reader(), request));
  WINNOW_ASSIGN_OR_RETURN(measure::SharedAnswers shared,
                          measure::ReadSharedAnswers(snapshot.reader(), request.datasets,
                                                     request.labels, snapshot.revision()));
  if (shared.questions.empty() && shared.texts.empty()) return NothingShared(shared);

  Agreement agreement;
  agreement.revision = snapshot.revision();
  WINNOW_ASSIGN_OR_RETURN(agreement.report, measure::MeasureAgreement(shared, request.options));
  AddCaveats(shared, agreement);
  agreement.people = std::move(shared.people);
  return agreement;
}

}  // namespace winnow::evaluation

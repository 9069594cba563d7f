#include "services/evaluation/audit_estimates.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/corpus/standing.h"
#include "common/measure/audit_sample.h"
#include "common/measure/figure_records.h"
#include "common/models/training_keys.h"
#include "common/ner/blank_model.h"
#include "common/stats/asking.h"
#include "common/stats/audit.h"

namespace winnow::evaluation {

using storage::v1::Figure;
using storage::v1::Queue;

namespace {

bool IsAudit(const storage::v1::Answer& answer, const Queue& queue) {
  return answer.queue() == queue.name() && answer.selection().strategy() == stats::kAuditStrategy;
}

// Of a version; what it was trained on is not always known.
absl::StatusOr<std::optional<models::TrainingKeys>> KeysOf(const models::ModelStore& store,
                                                           const models::VersionName& version) {
  absl::StatusOr<models::TrainingKeys> keys = models::ReadTrainingKeys(store, version);
  if (absl::IsNotFound(keys.status())) return std::nullopt;
  WINNOW_RETURN_IF_ERROR(keys.status());
  return *std::move(keys);
}

}  // namespace

absl::StatusOr<AuditEstimate> AuditEstimates::Of(const std::string& name) {
  WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, annotation_.TakeSnapshot());
  WINNOW_ASSIGN_OR_RETURN(const Queue queue, snapshot.reader().GetQueue(name));
  if (queue.kind() != storage::v1::TASK_KIND_TEACH) {
    return absl::FailedPreconditionError(
        absl::StrCat("queue \"", name, "\" has no audit questions: only those of ner.teach do"));
  }
  if (queue.model().empty() || ner::IsBlankName(queue.model())) return AuditEstimate();
  WINNOW_ASSIGN_OR_RETURN(const auto model, models_.Get(queue.model()));
  WINNOW_ASSIGN_OR_RETURN(Basis basis, BasisOf(snapshot.reader(), queue, snapshot.revision()));
  AuditEstimate estimate{.num_answers = basis.num_answers};
  if (basis.num_answers < stats::kMinAnswers) return estimate;
  basis.version = model->version.ToString();

  MutexLock lock(mutex_);
  Known& known = known_[name];
  if (known.basis != basis) {
    WINNOW_ASSIGN_OR_RETURN(known.figure, Measure(snapshot, queue, *model));
    known.basis = std::move(basis);
  }
  estimate.figure = known.figure;
  return estimate;
}

absl::StatusOr<AuditEstimates::Basis> AuditEstimates::BasisOf(const corpus::CorpusReader& reader,
                                                              const Queue& queue,
                                                              uint64_t revision) {
  Basis basis;
  const absl::Status read = corpus::ForEachStandingAnswer(
      reader, queue.dataset(), revision, [&](const storage::v1::Answer& answer) {
        if (!IsAudit(answer, queue)) return true;
        ++(answer.verdict() == storage::v1::VERDICT_IGNORE ? basis.num_ignored : basis.num_answers);
        basis.last_revision = answer.revision();
        return true;
      });
  // Nobody has answered yet.
  if (absl::IsNotFound(read)) return basis;
  WINNOW_RETURN_IF_ERROR(read);
  return basis;
}

absl::StatusOr<std::optional<Figure>> AuditEstimates::Measure(
    const rpc::CorpusSnapshot& snapshot, const Queue& queue,
    const models::LoadedModel& model) const {
  WINNOW_ASSIGN_OR_RETURN(const std::optional<models::TrainingKeys> keys,
                          KeysOf(store_, model.version));
  WINNOW_ASSIGN_OR_RETURN(
      const std::optional<measure::AuditSample> sample,
      measure::ReadAuditSample(snapshot.reader(), {queue.dataset()}, snapshot.revision(),
                               *model.model, *model.model, keys.value_or(models::TrainingKeys())));
  if (!sample.has_value() || sample->queue != queue.name()) return std::nullopt;
  const absl::StatusOr<stats::AuditReport> report =
      stats::EstimateFromAudit(sample->texts, stats::AuditModel::kA);
  // No yes or no yet.
  if (absl::IsFailedPrecondition(report.status())) return std::nullopt;
  WINNOW_RETURN_IF_ERROR(report.status());
  if (report->answers < stats::kMinAnswers) return std::nullopt;
  Figure figure = measure::AuditFigure(*report);
  figure.add_datasets(queue.dataset());
  figure.set_model_version(model.version.ToString());
  figure.set_dataset_revision(snapshot.revision());
  figure.set_num_leaked(sample->num_leaked);
  if (!keys.has_value()) {
    figure.add_caveats(absl::StrCat("a leak cannot be excluded: the texts that ",
                                    model.version.ToString(), " was trained on are not known"));
  }
  return figure;
}

}  // namespace winnow::evaluation

#include "services/training/training_jobs.h"

#include <string>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "common/kv/record.h"
#include "common/training/training_spec.h"
#include "services/training/judge_again.h"
#include "services/training/knowledge.h"
#include "services/training/train_version.h"
#include "services/training/training_progress.h"

namespace winnow::training {
namespace {

using storage::v1::TrainingReport;
using storage::v1::TrainingSpec;

absl::StatusOr<TrainingReport> LearnPoolAlone(const TrainingEnvironment& environment,
                                              const TrainingSpec& spec, jobs::JobContext& context) {
  TrainingReport report;
  WINNOW_ASSIGN_OR_RETURN(const CorpusView corpus, environment.take_snapshot());
  WINNOW_RETURN_IF_ERROR(LearnWords(environment, corpus, spec, context, report).status());
  return report;
}

// A kind whose payload and result are the records that `work` takes and gives.
template <typename Work>
jobs::JobKind MakeKind(absl::string_view name, const TrainingEnvironment& environment, Work work) {
  const auto run = [&environment, work](const std::string& payload,
                                        jobs::JobContext& context) -> absl::StatusOr<std::string> {
    TrainingSpec spec;
    if (!spec.ParseFromString(payload))
      return absl::DataLossError("the spec of the training is damaged");
    WINNOW_ASSIGN_OR_RETURN(const TrainingReport report, work(environment, spec, context));
    return kv::SerializeRecord(report);
  };
  return {std::string(name), TrainingPhaseNames(), run};
}

}  // namespace

absl::string_view KindOf(const TrainingSpec& spec, const storage::v1::TrainingFiles& files) {
  if (!spec.judged_version().empty()) return kJudgingKind;
  return IsPoolAlone(spec, files) ? kPoolKind : kTrainingKind;
}

std::vector<jobs::JobKind> JobKinds(const TrainingEnvironment& environment) {
  return {MakeKind(kTrainingKind, environment, TrainVersion),
          MakeKind(kPoolKind, environment, LearnPoolAlone),
          MakeKind(kJudgingKind, environment, JudgeAgain)};
}

}  // namespace winnow::training

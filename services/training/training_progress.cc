#include "services/training/training_progress.h"

namespace winnow::training {

std::vector<std::string> TrainingPhaseNames() {
  return {"",           "reading",           "learning words",
          "training",   "choosing settings", "calibrating",
          "evaluating", "publishing"};
}

absl::Status Report(jobs::JobContext& context, storage::v1::TrainingPhase phase, uint64_t done,
                    uint64_t total) {
  storage::v1::JobProgress progress;
  progress.set_phase(static_cast<uint32_t>(phase));
  progress.set_done(done);
  progress.set_total(total);
  return context.Report(progress);
}

absl::Status ReportEpoch(jobs::JobContext& context, uint64_t done, uint64_t total, double loss) {
  storage::v1::JobProgress progress;
  progress.set_phase(storage::v1::TRAINING_PHASE_TRAINING);
  progress.set_done(done);
  progress.set_total(total);
  storage::v1::JobFact& fact = *progress.add_facts();
  fact.set_name(std::string(kLossFact));
  fact.set_value(loss);
  return context.Report(progress);
}

}  // namespace winnow::training

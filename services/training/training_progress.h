// The progress of a training, as its job reports it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/jobs/job_kind.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// The fact of TRAINING_PHASE_TRAINING: mean loss per text of the last pass, in nats.
inline constexpr absl::string_view kLossFact = "loss";

// Names for people, by storage.v1.TrainingPhase.
std::vector<std::string> TrainingPhaseNames();

// Cancelled when the training must stop.
absl::Status Report(jobs::JobContext& context, storage::v1::TrainingPhase phase, uint64_t done = 0,
                    uint64_t total = 0);
absl::Status ReportEpoch(jobs::JobContext& context, uint64_t done, uint64_t total, double loss);

}  // namespace winnow::training

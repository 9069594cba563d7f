// Measures a new version against the one it would replace, and asks the gate.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "services/training/measured_samples.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// How many versions were measured before on the sample with this digest.
using CountEarlierTries = std::function<int(const std::string& sample_digest)>;

// Adds `before` (when there is a baseline), `parent` (when that is another), `after`,
// `calibration`, `gate` and caveats to the report; returns the digest of the sample that the gate
// read, empty without one.
absl::StatusOr<std::string> MeasureVersion(const MeasurementInput& input,
                                           const CountEarlierTries& count_earlier_tries,
                                           storage::v1::TrainingReport& report);

}  // namespace winnow::training

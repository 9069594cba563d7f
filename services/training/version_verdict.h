// What is to become of a version: its figures, the gate's verdict, and whether it serves.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/models/model_store.h"
#include "common/ner/model.h"
#include "common/training/training_data.h"
#include "services/training/loaded_version.h"
#include "services/training/measured_samples.h"
#include "services/training/training_environment.h"
#include "services/training/training_input.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// Without a model where the version is null. It must outlive the result.
MeasuredVersion ToMeasured(const LoadedVersion* version);

// What a version was made from, and by which texts it is judged. All that it points to must outlive
// its use.
struct Trial {
  const storage::v1::TrainingSpec* spec = nullptr;
  const CorpusView* corpus = nullptr;
  const TrainingInput* texts = nullptr;
  const Predecessors* before = nullptr;
};

// Adds the figures, and the verdict of the gate, to the report, which names the parent; returns the
// digest of the sample that the gate read. A version that is another model than the one that serves
// is kept apart from it, whatever the figures say.
absl::StatusOr<std::string> JudgeVersion(const models::ModelStore& store, const Trial& trial,
                                         const MeasuredVersion& version,
                                         storage::v1::TrainingReport& report);

// Says in the gate's report whether `serving` of the output is to move: where the gate says so of
// the version that serves now, and where nothing serves yet. A model that predicts nothing in the
// texts that it was trained on is refused.
absl::Status DecidePromotion(const models::ModelStore& store, const std::string& output,
                             const ner::Model& model, const TrainingData& data,
                             storage::v1::GateReport& gate);

}  // namespace winnow::training

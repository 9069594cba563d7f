// Makes a trained model a version of the store, and moves the aliases that the report says.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/models/model_store.h"
#include "common/ner/knowledge.h"
#include "common/ner/training.h"
#include "services/training/loaded_version.h"
#include "services/training/training_environment.h"
#include "services/training/training_input.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// A version to be; all that it points to must outlive its use.
struct NewVersion {
  std::string job_id;
  const storage::v1::TrainingSpec* spec = nullptr;
  const CorpusView* corpus = nullptr;
  // May be null.
  const LoadedVersion* parent = nullptr;
  const TrainingInput* texts = nullptr;
  const ner::Knowledge* knowledge = nullptr;
  const ner::TrainingResult* trained = nullptr;
  // Digest of the sample that the gate read; may be empty.
  std::string gate_sample;
};

// Publishes the files of the version, with its lineage and the report. Moves no alias, but says in
// the report whether `serving` is to move (DecidePromotion).
absl::StatusOr<models::VersionName> PublishVersion(const TrainingEnvironment& environment,
                                                   const NewVersion& version,
                                                   storage::v1::TrainingReport& report);

// Names the version in the report and moves the alias that the report says. May be done twice.
absl::Status Announce(models::ModelPublisher& publisher, const models::VersionName& version,
                      storage::v1::TrainingReport& report);

}  // namespace winnow::training

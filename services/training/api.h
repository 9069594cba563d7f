// Between the messages of the API and the records that trainings work on.
#pragma once

#include <filesystem>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/training/model_upload.h"
#include "services/training/training_environment.h"
#include "winnow/annotation/v1/snapshots.grpc.pb.h"
#include "winnow/storage/v1/jobs.pb.h"
#include "winnow/storage/v1/training_records.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// The two halves of a request: the spec that is kept with the job, and what may be large.
storage::v1::TrainingSpec SpecOf(const v1::TrainingSpec& spec);
storage::v1::TrainingFiles FilesOf(const v1::TrainingSpec& spec);

// The job as it is told: without files. One whose payload or result cannot be read is FAILED and
// says so.
v1::TrainingJob ToApi(const storage::v1::Job& job);

v1::TrainingReport ToApi(const storage::v1::TrainingReport& report);

// Adds a message of the stream to the upload; errors as ModelUpload.
absl::Status AddPart(const v1::ImportModelRequest& part, ModelUpload& upload);

// Takes a snapshot of the annotation service's corpus. Errors as rpc::CorpusSnapshot::Take.
absl::StatusOr<CorpusView> TakeSnapshot(annotation::v1::SnapshotService::StubInterface& annotation,
                                        const std::filesystem::path& corpus_root);

}  // namespace winnow::training

// What the audit answers of a queue say of the version that it asks by.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "services/evaluation/annotation_service_client.h"
#include "winnow/storage/v1/figures.pb.h"

namespace winnow::evaluation {

struct AuditEstimate {
  // Audit questions of the queue that are answered yes or no.
  uint64_t num_answers = 0;
  // Absent before stats::kMinAnswers of them, and while another queue of the data set has more
  // audit answers.
  std::optional<storage::v1::Figure> figure;
};

// Thread-safe. What is passed in must outlive it.
class AuditEstimates {
 public:
  AuditEstimates(models::ModelCache& models, const models::ModelStore& store,
                 const AnnotationServiceClient& annotation)
      : models_(models), store_(store), annotation_(annotation) {}

  // The unbiased figure of the version that serves the queue's model, or that it pins. Reads all
  // hold-out texts of the queue's frames, one queue at a time; without a new answer or version the
  // figure is there already. NotFound (UNKNOWN_QUEUE, UNKNOWN_MODEL); FailedPrecondition for a
  // queue that has no audit questions.
  absl::StatusOr<AuditEstimate> Of(const std::string& queue);

 private:
  // What a figure depends on: the version, and the audit answers.
  struct Basis {
    std::string version;
    // Yes and no.
    uint64_t num_answers = 0;
    uint64_t num_ignored = 0;
    uint64_t last_revision = 0;

    bool operator==(const Basis&) const = default;
  };
  struct Known {
    Basis basis;
    std::optional<storage::v1::Figure> figure;
  };

  static absl::StatusOr<Basis> BasisOf(const corpus::CorpusReader& reader,
                                       const storage::v1::Queue& queue, uint64_t revision);
  absl::StatusOr<std::optional<storage::v1::Figure>> Measure(
      const rpc::CorpusSnapshot& snapshot, const storage::v1::Queue& queue,
      const models::LoadedModel& model) const;

  models::ModelCache& models_;
  const models::ModelStore& store_;
  const AnnotationServiceClient& annotation_;
  Mutex mutex_;
  // By queue.
  std::map<std::string, Known> known_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::evaluation

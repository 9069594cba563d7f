// Comparisons of two models by people (A/B): made once, asked through a queue of annotation, judged
// at any time.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "services/evaluation/annotation_service_client.h"
#include "services/evaluation/comparison_store.h"
#include "services/evaluation/differences.h"
#include "services/evaluation/predict.h"
#include "services/evaluation/request_check.h"
#include "winnow/evaluation/v1/evaluation.pb.h"

namespace winnow::evaluation {

inline constexpr uint32_t kDefaultMaxJudgements = 200;

// Thread-safe. What is passed in must outlive it.
//
// A comparison is stored before its queue is filled: whatever is interrupted goes on with the next
// request of the same name and spec, with the same texts and the same versions.
class Comparisons {
 public:
  Comparisons(models::ModelCache& models, const models::ModelStore& store, kv::Store& database,
              const AnnotationClient& annotation)
      : models_(models), store_(store), stored_(database), annotation_(annotation) {}

  // Makes the comparison, or returns the one of that name when it has the same spec and versions.
  // No queue is made when the outputs do not differ. InvalidArgument with everything that is wrong;
  // NotFound for an unknown model or source; AlreadyExists (REQUEST_ID_REUSED); FailedPrecondition
  // when the name is another comparison's or another queue's, or no text is left to compare on.
  absl::StatusOr<v1::Comparison> Create(const v1::CreateComparisonRequest& request,
                                        const IsCancelled& is_cancelled);

  // NotFound, with the nearest names.
  absl::StatusOr<v1::Comparison> Get(const std::string& name) const;

 private:
  absl::StatusOr<storage::v1::ComparisonRun> FindOrBegin(const v1::ComparisonSpec& spec,
                                                         const RequestIdentity& request,
                                                         const IsCancelled& is_cancelled);
  absl::StatusOr<bool> Begin(storage::v1::ComparisonRun& run, const Model& a, const Model& b,
                             const RequestIdentity& request, const IsCancelled& is_cancelled);
  absl::Status Resume(storage::v1::ComparisonRun& run, const IsCancelled& is_cancelled);
  absl::Status Fill(storage::v1::ComparisonRun& run, const Differences& differences);
  absl::StatusOr<v1::Comparison> Describe(const storage::v1::ComparisonRun& run) const;

  models::ModelCache& models_;
  const models::ModelStore& store_;
  ComparisonStore stored_;
  const AnnotationClient& annotation_;
};

}  // namespace winnow::evaluation

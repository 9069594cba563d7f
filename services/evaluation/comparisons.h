// Comparisons of two models by people (A/B): made once, asked through a queue of annotation, judged
// at any time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/jobs/job_runner.h"
#include "common/jobs/job_store.h"
#include "common/kv/once.h"
#include "common/kv/store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/tournament/verdict.h"
#include "services/evaluation/annotation_service_client.h"
#include "services/evaluation/comparison_store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

inline constexpr uint32_t kDefaultMaxJudgements = 200;

// How a comparison stands.
struct StandingComparison {
  // Until it is filled, what it is to be.
  storage::v1::ComparisonRun run;
  // What the answers so far say; absent until it is filled, and in lists.
  std::optional<tournament::Verdict> verdict;
  // Until it is filled, the job that makes it, or failed to.
  storage::v1::Job job;
  // In lists: why it cannot be read; `run` has its name alone then.
  std::string problem;
};

// Thread-safe.
//
// A comparison is made by a job (make_comparison.h), which outlives the call that asked for it and
// the process; while it runs the comparison can be seen and cancelled by its name. What fails goes
// on with the next request of the same name and spec, with the same texts and the same versions.
class Comparisons {
 public:
  // All arguments must outlive it; the database is its own. Jobs left from before go on.
  static absl::StatusOr<std::unique_ptr<Comparisons>> Open(
      models::ModelCache& models, const models::ModelStore& store, kv::Store& database,
      const AnnotationServiceClient& annotation, const Clock& clock);

  // Before its server shuts down: comparisons that are being made stop, and go on with the next
  // Open.
  void RequestStop() { runner_->RequestStop(); }

  // What of `spec` Create would refuse at once; an empty model is yet to be imported, and not
  // checked.
  absl::Status Validate(const storage::v1::ComparisonRun& spec) const;

  // Makes the comparison, or returns the one of that name when it has the same spec and versions.
  // `spec` has name, models, source, data set, labels, seed and max_judgements (0 means
  // kDefaultMaxJudgements). InvalidArgument with everything that is wrong; NotFound
  // (UNKNOWN_MODEL); AlreadyExists (REQUEST_ID_REUSED); the errors of MakeComparison; Cancelled
  // when nobody waits for it any more, and then the job goes on.
  absl::StatusOr<StandingComparison> Create(const storage::v1::ComparisonRun& spec,
                                            const kv::RequestKey& request,
                                            absl::FunctionRef<bool()> is_cancelled);

  // NotFound (UNKNOWN_COMPARISON), with the nearest names; DataLoss when what is stored is damaged.
  absl::StatusOr<StandingComparison> Get(const std::string& name) const;
  // Asks the job that makes the comparison to end, and returns how it stands now; no effect on one
  // that is made. NotFound as Get.
  absl::StatusOr<StandingComparison> Cancel(const std::string& name);
  // The stored ones behind `after`, by name, `limit` at most, without verdicts. A damaged one hides
  // no other: it has its problem.
  absl::StatusOr<std::vector<StandingComparison>> List(absl::string_view after, size_t limit) const;
  // Forgets the comparison, also a damaged one, once per request. Its queue and answers stay.
  // NotFound as Get; FailedPrecondition while it is made.
  absl::Status Delete(const std::string& name, const kv::RequestKey& request);

 private:
  Comparisons(models::ModelCache& models, const models::ModelStore& store, kv::Store& database,
              const AnnotationServiceClient& annotation, const Clock& clock);
  jobs::JobKind Kind();
  // The job that makes the comparison, or else the last one that did; NotFound without one.
  absl::StatusOr<storage::v1::Job> FindJob(const std::string& name) const;
  // Without its verdict; errors as Get.
  absl::StatusOr<StandingComparison> Find(const std::string& name) const;
  // What Find makes of what is stored under the name.
  absl::StatusOr<StandingComparison> Standing(
      const std::string& name, const absl::StatusOr<storage::v1::ComparisonRun>& stored) const;
  absl::StatusOr<storage::v1::Job> FindOrQueue(const storage::v1::ComparisonRun& spec,
                                               const kv::RequestKey& request);

  models::ModelCache& models_;
  const models::ModelStore& store_;
  const AnnotationServiceClient& annotation_;
  const Clock& clock_;
  ComparisonStore stored_;
  jobs::JobStore jobs_;
  kv::Once once_;
  // Its threads use all of the above.
  std::unique_ptr<jobs::JobRunner> runner_;
};

}  // namespace winnow::evaluation

// A queue of the product (tasks::Queue over teach::TeachStream) with a corpus in memory, and the
// people who answer it: oracles that know the gold spans, and err.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/corpus/corpus.h"
#include "common/measure/people_errors.h"
#include "common/models/model_cache.h"
#include "common/ner/model.h"
#include "common/stats/gate.h"
#include "common/tasks/queue.h"
#include "common/teach/learners.h"
#include "common/teach/working_model.h"
#include "tests/bench/teach_base.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::bench {

struct ClassroomOptions {
  // Share of their answers that each person inverts, in [0, 1]; at least one person. They answer in
  // turn.
  std::vector<double> error_rates = {0};
  // How many people get each question; at most as many as there are.
  size_t overlap = 1;
  // Share of the answers that are gold checks: half of them of right spans, half of wrong ones. In
  // [0, 1).
  double check_share = 0;
};

// What the audit answers say of the batch-trained model against the base model.
struct GateOutcome {
  stats::Difference difference;
  stats::GateVerdict verdict = stats::GateVerdict::kUndecided;
};

// Not thread-safe.
class Classroom {
 public:
  // The base must outlive it.
  Classroom(const ClassroomOptions& options, const Base& base, const std::string& strategy,
            size_t seed);

  absl::Status Open();

  // One answer to a question or a gold check, and to the audit questions before it; false when
  // there is nothing left to ask. It waits for the learner, so that the questions do not depend on
  // how fast that is.
  absl::StatusOr<bool> AnswerOne();

  // Without those of the audit.
  size_t num_answers() const { return num_answers_ - num_audit_; }
  size_t num_audit() const { return num_audit_; }
  size_t num_accepted() const { return num_accepted_; }

  // What the answers say of the two models, as the product's gate has it.
  absl::StatusOr<GateOutcome> Gate(const ner::Model& before, const ner::Model& after) const;

  // What the answers say of the texts to learn from: by majority, or with error rates.
  absl::StatusOr<std::vector<storage::v1::LabelledText>> Answered(
      const ner::ErrorsOfPeople* errors = nullptr) const;

  // What the answers tell of the people; empty where they tell nothing.
  absl::StatusOr<std::vector<measure::PersonErrors>> Errors() const;

  // The working model after all steps, and the mean milliseconds of one of them.
  absl::StatusOr<std::pair<const ner::Model*, double>> Online();

 private:
  static bool IsAudit(const tasks::LeasedTask& leased);
  // Who answers next.
  size_t Turn() const { return num_answers_ % error_rates_.size(); }
  // What the person whose turn it is says of a span.
  storage::v1::Verdict Judge(bool right);
  absl::Status Submit(const tasks::LeasedTask& leased, const std::string& person);
  absl::Status AnswerCheck(const std::string& person);

  const Base& base_;
  Random oracle_;
  const std::vector<double> error_rates_;
  const double check_share_;
  storage::v1::Queue record_;
  // Stands still, so that no lease is lost while a model is trained.
  FakeClock clock_;
  std::unique_ptr<corpus::Corpus> corpus_;
  models::ModelCache cache_;
  teach::Learners learners_{/*num_threads=*/1};
  std::unique_ptr<tasks::Queue> queue_;
  std::unique_ptr<teach::WorkingModel> working_;
  // By text.
  std::map<std::string, const storage::v1::LabelledText*> gold_;
  size_t num_answers_ = 0, num_audit_ = 0, num_accepted_ = 0;
  double seconds_ = 0;
};

}  // namespace winnow::bench

// One queue at work: hands tasks out, stores answers, takes answers back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "services/annotation/lease_table.h"
#include "services/annotation/task_supply.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::annotation {

// Thread-safe. `corpus` and `clock` must outlive it. What is answered follows the data set's log,
// whoever appends to it.
class TaskQueue {
 public:
  // Reads what the data set answers already: those tasks are never asked again.
  static absl::StatusOr<std::unique_ptr<TaskQueue>> Open(storage::v1::Queue spec,
                                                         corpus::Corpus& corpus, const Clock& clock,
                                                         std::unique_ptr<TaskSupply> supply);

  const storage::v1::Queue& spec() const { return spec_; }
  TaskSupply& supply() { return *supply_; }

  // Up to `max_tasks` tasks for the annotator. With `wait_until` above the infinite past, first
  // waits until the supply knows every answer on disk, so that equal seeds and answers give equal
  // tasks.
  absl::StatusOr<v1::LeaseTasksResponse> Lease(absl::string_view annotator, uint32_t max_tasks,
                                               absl::Duration ttl, absl::Time wait_until);

  // One result per answer. An answer with OK is on disk. Of several answers to one task one is
  // taken, also when they come at the same time.
  std::vector<v1::SubmitAnswersResponse::Result> Submit(const v1::SubmitAnswersRequest& request);

  // Takes back the annotator's answer of that revision (0: the last one) and leases its task to the
  // annotator again. A repetition returns the same lease.
  absl::StatusOr<v1::UndoAnswerResponse> Undo(const corpus::RequestKey& key,
                                              absl::string_view annotator, uint64_t revision,
                                              absl::Duration ttl);

  absl::Status Describe(v1::Queue& queue);

 private:
  struct Counts {
    uint64_t accepted = 0;
    uint64_t rejected = 0;
    uint64_t ignored = 0;
    uint64_t audit = 0;
  };

  class Claim;
  struct Pending;

  TaskQueue(storage::v1::Queue spec, corpus::Corpus& corpus, const Clock& clock,
            std::unique_ptr<TaskSupply> supply);
  // Takes in what was appended to the data set since.
  absl::Status ReadLog() WINNOW_REQUIRES(mutex_);
  void Count(const storage::v1::Answer& answer, int sign) WINNOW_REQUIRES(mutex_);
  absl::StatusOr<storage::v1::Answer> MakeAnswer(const v1::NewAnswer& answer,
                                                 absl::string_view annotator);
  void Store(std::vector<Pending> pending, std::vector<v1::SubmitAnswersResponse::Result>& results);
  // Of the annotator's standing answer of that revision (0: the last one).
  absl::StatusOr<uint64_t> FindOwnAnswer(absl::string_view annotator, uint64_t revision);

  const storage::v1::Queue spec_;
  corpus::Corpus& corpus_;
  const Clock& clock_;
  const std::unique_ptr<TaskSupply> supply_;

  // Held by an undo from beginning to end: one at a time.
  Mutex undo_mutex_;
  Mutex mutex_;
  LeaseTable leases_ WINNOW_GUARDED_BY(mutex_);
  // Ids of tasks to which some call is storing answers.
  std::set<std::string> claimed_ WINNOW_GUARDED_BY(mutex_);
  CondVar claims_changed_;
  // Id of the data set and its revision up to which the following is true.
  uint64_t dataset_id_ WINNOW_GUARDED_BY(mutex_) = 0;
  uint64_t read_revision_ WINNOW_GUARDED_BY(mutex_) = 0;
  // Task ids that the data set answers, once per standing answer.
  std::multiset<std::string> answered_ WINNOW_GUARDED_BY(mutex_);
  // Revisions of standing answers of this queue, by annotator, ascending.
  std::map<std::string, std::vector<uint64_t>, std::less<>> by_annotator_ WINNOW_GUARDED_BY(mutex_);
  Counts counts_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::annotation

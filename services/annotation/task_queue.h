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

// Thread-safe. `corpus` and `clock` must outlive it.
class TaskQueue {
 public:
  // Reads what the data set answers already: those tasks are never asked again.
  static absl::StatusOr<std::unique_ptr<TaskQueue>> Open(storage::v1::Queue spec, corpus::Corpus& corpus,
                                                         const Clock& clock, std::unique_ptr<TaskSupply> supply);

  const storage::v1::Queue& spec() const { return spec_; }
  TaskSupply& supply() { return *supply_; }

  // Up to `max_tasks` tasks for the annotator. With `wait_until` above the infinite past, first waits until the supply
  // knows every answer on disk, so that equal seeds and answers give equal tasks.
  absl::StatusOr<v1::LeaseTasksResponse> Lease(absl::string_view annotator, uint32_t max_tasks, absl::Duration ttl,
                                               absl::Time wait_until);

  // One result per answer. An answer with OK is on disk.
  std::vector<v1::SubmitAnswersResponse::Result> Submit(const v1::SubmitAnswersRequest& request);

  // Takes back the annotator's answer of that revision (0: the last one) and leases its task to the annotator again.
  absl::StatusOr<v1::UndoAnswerResponse> Undo(const corpus::RequestKey& key, absl::string_view annotator,
                                              uint64_t revision, absl::Duration ttl);

  void Describe(v1::Queue& queue) const;

 private:
  struct Counts {
    uint64_t accepted = 0;
    uint64_t rejected = 0;
    uint64_t ignored = 0;
    uint64_t audit = 0;
  };

  TaskQueue(storage::v1::Queue spec, corpus::Corpus& corpus, const Clock& clock, std::unique_ptr<TaskSupply> supply);
  absl::Status ReadLog();
  void Count(const storage::v1::Answer& answer, int sign) WINNOW_REQUIRES(mutex_);
  absl::StatusOr<storage::v1::Answer> MakeAnswer(const v1::NewAnswer& answer, absl::string_view annotator);

  const storage::v1::Queue spec_;
  corpus::Corpus& corpus_;
  const Clock& clock_;
  const std::unique_ptr<TaskSupply> supply_;

  mutable Mutex mutex_;
  LeaseTable leases_ WINNOW_GUARDED_BY(mutex_);
  // Task ids that the data set answers.
  std::set<std::string> answered_ WINNOW_GUARDED_BY(mutex_);
  // Revisions of standing answers of this queue, by annotator, ascending.
  std::map<std::string, std::vector<uint64_t>, std::less<>> by_annotator_ WINNOW_GUARDED_BY(mutex_);
  Counts counts_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::annotation

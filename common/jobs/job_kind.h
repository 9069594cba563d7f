// The work of a job, and what it may ask of its runner meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "winnow/storage/v1/jobs.pb.h"

namespace winnow::jobs {

// The runner's side of a running job. Thread-safe.
class JobContext {
 public:
  virtual ~JobContext() = default;

  virtual const std::string& job_id() const = 0;
  // The input that the job was created with.
  virtual absl::StatusOr<std::string> ReadInput() const = 0;
  // Shows the progress to those who watch. Cancelled when the job must stop, because it was
  // cancelled or the process stops: it then returns an error at once.
  virtual absl::Status Report(const storage::v1::JobProgress& progress) = 0;
};

// One kind of job, such as "training".
struct JobKind {
  std::string name;
  // Names for people, by JobProgress.phase. The first one is that of no phase.
  std::vector<std::string> phases;
  // Does the work that `payload` describes and returns the bytes of the result. It runs on a thread
  // of the runner, perhaps several jobs of the kind at a time, and again from the beginning after
  // the process has died: what it did before must bear that. A cancelled job ends, and a
  // process stops, at the next JobContext::Report, so it calls that every second or so. An error
  // fails the job, unless that was to stop, or is Unavailable: then the job runs again later.
  std::function<absl::StatusOr<std::string>(const std::string& payload, JobContext& context)> run;
};

}  // namespace winnow::jobs

#include "common/jobs/job_store.h"

#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/kv/record.h"

namespace winnow::jobs {
namespace {

using storage::v1::Job;

constexpr absl::string_view kJobs = "job/";
constexpr absl::string_view kInputs = "input/";

std::string JobKey(absl::string_view id) { return absl::StrCat(kJobs, id); }
std::string InputKey(absl::string_view id) { return absl::StrCat(kInputs, id); }

// What is told of a job whose record cannot be read.
Job Damaged(absl::string_view id) {
  Job job;
  job.set_id(std::string(id));
  // An id begins with it (job_runner.cc).
  int64_t micros = 0;
  if (absl::SimpleHexAtoi(id.substr(0, 16), &micros)) job.set_create_unix_micros(micros);
  job.set_state(storage::v1::JOB_STATE_FAILED);
  job.set_error_code(static_cast<uint32_t>(absl::StatusCode::kDataLoss));
  job.set_error_message("the stored record of this job is damaged: what it was is lost");
  return job;
}

Job Read(absl::string_view id, absl::string_view bytes) {
  Job job;
  const bool whole = job.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return whole && job.id() == id ? job : Damaged(id);
}

}  // namespace

bool HasEnded(const Job& job) {
  return job.state() == storage::v1::JOB_STATE_SUCCEEDED ||
         job.state() == storage::v1::JOB_STATE_FAILED ||
         job.state() == storage::v1::JOB_STATE_CANCELLED;
}

absl::Status JobStore::Add(const Job& job, absl::string_view input, kv::Batch& batch) {
  WINNOW_ASSIGN_OR_RETURN(std::string record, kv::SerializeRecord(job));
  batch.Put(JobKey(job.id()), std::move(record));
  batch.Put(InputKey(job.id()), std::string(input));
  return absl::OkStatus();
}

absl::Status JobStore::Put(const Job& job) {
  WINNOW_ASSIGN_OR_RETURN(std::string record, kv::SerializeRecord(job));
  kv::Batch batch;
  batch.Put(JobKey(job.id()), std::move(record));
  if (HasEnded(job)) batch.Delete(InputKey(job.id()));
  return store_.Write(batch);
}

absl::StatusOr<Job> JobStore::Get(absl::string_view id) const {
  const absl::StatusOr<std::string> bytes = store_.Get(JobKey(id));
  if (absl::IsNotFound(bytes.status()))
    return WithReason(absl::NotFoundError(absl::StrCat("no job '", id, "'")), "UNKNOWN_JOB");
  WINNOW_RETURN_IF_ERROR(bytes.status());
  return Read(id, *bytes);
}

absl::StatusOr<std::string> JobStore::GetInput(absl::string_view id) const {
  return store_.Get(InputKey(id));
}

absl::StatusOr<std::vector<Job>> JobStore::List(absl::string_view before_id, size_t limit) const {
  std::vector<Job> jobs;
  const kv::Range range =
      before_id.empty() ? kv::Range::Prefix(kJobs) : kv::Range::Between(kJobs, JobKey(before_id));
  const std::unique_ptr<kv::Iterator> it = store_.Scan(range, kv::Direction::kBackward);
  for (; it->Valid() && jobs.size() < limit; it->Next()) {
    jobs.push_back(Read(it->key().substr(kJobs.size()), it->value()));
  }
  WINNOW_RETURN_IF_ERROR(it->status());
  return jobs;
}

absl::StatusOr<std::vector<Job>> JobStore::ListOpen() const {
  std::vector<Job> jobs;
  const std::unique_ptr<kv::Iterator> it = store_.Scan(kv::Range::Prefix(kInputs));
  for (; it->Valid(); it->Next()) {
    const absl::string_view id = it->key().substr(kInputs.size());
    absl::StatusOr<Job> job = Get(id);
    if (absl::IsNotFound(job.status())) job = Damaged(id);
    WINNOW_RETURN_IF_ERROR(job.status());
    jobs.push_back(*std::move(job));
  }
  WINNOW_RETURN_IF_ERROR(it->status());
  return jobs;
}

}  // namespace winnow::jobs

#include "common/jobs/job_store.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::jobs {
namespace {

using storage::v1::Job;

constexpr absl::string_view kJobs = "job/";
constexpr absl::string_view kInputs = "input/";

std::string JobKey(absl::string_view id) { return absl::StrCat(kJobs, id); }
std::string InputKey(absl::string_view id) { return absl::StrCat(kInputs, id); }

absl::StatusOr<Job> Parse(absl::string_view bytes) {
  Job job;
  if (!job.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return absl::DataLossError("the record of a job is damaged");
  return job;
}

}  // namespace

bool HasEnded(const Job& job) {
  return job.state() == storage::v1::JOB_STATE_SUCCEEDED ||
         job.state() == storage::v1::JOB_STATE_FAILED ||
         job.state() == storage::v1::JOB_STATE_CANCELLED;
}

void JobStore::Add(const Job& job, absl::string_view input, kv::Batch& batch) {
  batch.Put(JobKey(job.id()), job.SerializeAsString());
  batch.Put(InputKey(job.id()), std::string(input));
}

absl::Status JobStore::Put(const Job& job) {
  kv::Batch batch;
  batch.Put(JobKey(job.id()), job.SerializeAsString());
  if (HasEnded(job)) batch.Delete(InputKey(job.id()));
  return store_.Write(batch);
}

absl::StatusOr<Job> JobStore::Get(absl::string_view id) const {
  const absl::StatusOr<std::string> bytes = store_.Get(JobKey(id));
  if (absl::IsNotFound(bytes.status()))
    return WithReason(absl::NotFoundError(absl::StrCat("no job '", id, "'")), "UNKNOWN_JOB");
  WINNOW_RETURN_IF_ERROR(bytes.status());
  return Parse(*bytes);
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
    WINNOW_ASSIGN_OR_RETURN(Job job, Parse(it->value()));
    jobs.push_back(std::move(job));
  }
  WINNOW_RETURN_IF_ERROR(it->status());
  return jobs;
}

absl::StatusOr<std::vector<Job>> JobStore::ListOpen() const {
  std::vector<Job> jobs;
  const std::unique_ptr<kv::Iterator> it = store_.Scan(kv::Range::Prefix(kInputs));
  for (; it->Valid(); it->Next()) {
    WINNOW_ASSIGN_OR_RETURN(Job job, Get(it->key().substr(kInputs.size())));
    jobs.push_back(std::move(job));
  }
  WINNOW_RETURN_IF_ERROR(it->status());
  return jobs;
}

}  // namespace winnow::jobs

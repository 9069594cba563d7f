#include "services/evaluation/comparisons.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/log.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "services/evaluation/make_comparison.h"
#include "services/evaluation/request_check.h"

namespace winnow::evaluation {
namespace {

using storage::v1::ComparisonRun;
using storage::v1::Job;

constexpr absl::string_view kKind = "comparison";
// Two, so that a comparison on few texts does not wait for the end of one on a million.
constexpr size_t kJobsAtATime = 2;
constexpr size_t kJobsPerPage = 100;
// How soon a caller that went away is noticed.
constexpr absl::Duration kWaitSlice = absl::Milliseconds(100);

// What an empty model means: an error, or one that is yet to be imported and cannot be checked.
enum class Empty { kIsMissing, kIsToCome };

void CheckName(absl::string_view what, absl::string_view name, RequestCheck& check) {
  const absl::Status status = ValidateName(what, name);
  if (!status.ok()) check.Add(absl::StrCat("spec.", what), status.message());
}

// Adds what is wrong with the spec; the models that there are.
std::pair<Model, Model> CheckSpec(models::ModelCache& models, const ComparisonRun& spec,
                                  Empty empty, RequestCheck& check) {
  CheckName("name", spec.name(), check);
  CheckName("source", spec.source(), check);
  CheckName("dataset", spec.dataset(), check);
  const std::vector<std::string> labels(spec.labels().begin(), spec.labels().end());
  if (labels.empty()) check.Add("spec.labels", "must name at least one label");
  const auto find = [&](absl::string_view field, const std::string& name) -> Model {
    if (name.empty() && empty == Empty::kIsToCome) return nullptr;
    return check.FindModel(models, field, name);
  };
  const Model a = find("spec.model_a", spec.model_a());
  const Model b = find("spec.model_b", spec.model_b());
  if (a != nullptr) check.CheckLabels(labels, *a);
  if (b != nullptr && b != a) check.CheckLabels(labels, *b);
  return {a, b};
}

// The comparison that `spec` asks for with the models as they are now.
absl::StatusOr<ComparisonRun> WantedBy(models::ModelCache& models, const ComparisonRun& spec,
                                       absl::Time now) {
  RequestCheck check;
  const auto [a, b] = CheckSpec(models, spec, Empty::kIsMissing, check);
  WINNOW_RETURN_IF_ERROR(check.ToStatus("cannot compare"));

  ComparisonRun wanted = spec;
  wanted.set_version_a(a->version.ToString());
  wanted.set_version_b(b->version.ToString());
  if (wanted.max_judgements() == 0) wanted.set_max_judgements(kDefaultMaxJudgements);
  wanted.set_create_unix_micros(absl::ToUnixMicros(now));
  return wanted;
}

bool HasFailed(const Job& job) {
  return job.state() == storage::v1::JOB_STATE_FAILED ||
         job.state() == storage::v1::JOB_STATE_CANCELLED;
}

// Why a job has failed.
absl::Status ErrorOf(const Job& job) {
  if (job.state() == storage::v1::JOB_STATE_CANCELLED)
    return absl::CancelledError("the comparison was cancelled");
  const absl::Status error(static_cast<absl::StatusCode>(job.error_code()), job.error_message());
  return job.error_reason().empty() ? error : WithReason(error, job.error_reason());
}

absl::Status WaitForEnd(const jobs::JobRunner& runner, Job job,
                        absl::FunctionRef<bool()> is_cancelled) {
  while (!jobs::HasEnded(job)) {
    if (is_cancelled()) {
      return absl::CancelledError(
          "the caller went away or its deadline has passed; the comparison goes on, and the same "
          "request finds it");
    }
    if (job.state() == storage::v1::JOB_STATE_WAITING) {
      return absl::UnavailableError(
          absl::StrCat(job.error_message(),
                       "; it is tried again by itself, and at once when the request is repeated"));
    }
    WINNOW_ASSIGN_OR_RETURN(job, runner.WaitForChange(job, kWaitSlice));
  }
  return HasFailed(job) ? ErrorOf(job) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Comparisons>> Comparisons::Open(
    models::ModelCache& models, const models::ModelStore& store, kv::Store& database,
    const AnnotationServiceClient& annotation, const Clock& clock) {
  std::unique_ptr<Comparisons> comparisons(
      new Comparisons(models, store, database, annotation, clock));
  jobs::RunnerOptions options;
  options.num_threads = kJobsAtATime;
  WINNOW_ASSIGN_OR_RETURN(comparisons->runner_,
                          jobs::JobRunner::Start(comparisons->jobs_, comparisons->once_, clock,
                                                 {comparisons->Kind()}, options));
  return comparisons;
}

Comparisons::Comparisons(models::ModelCache& models, const models::ModelStore& store,
                         kv::Store& database, const AnnotationServiceClient& annotation,
                         const Clock& clock)
    : models_(models),
      store_(store),
      annotation_(annotation),
      clock_(clock),
      stored_(database),
      jobs_(database),
      once_(database, clock, kv::ReplyLog("reply/", "reply_by_age/")) {}

jobs::JobKind Comparisons::Kind() {
  const auto run = [this](const std::string& payload,
                          jobs::JobContext& context) -> absl::StatusOr<std::string> {
    ComparisonRun wanted;
    if (!wanted.ParseFromString(payload))
      return absl::DataLossError("the stored request for a comparison cannot be read");
    WINNOW_RETURN_IF_ERROR(
        MakeComparison({models_, store_, stored_, annotation_}, wanted, context).status());
    return "";
  };
  return {std::string(kKind), {"", "comparing outputs", "asking"}, run};
}

absl::Status Comparisons::Validate(const ComparisonRun& spec) const {
  RequestCheck check;
  CheckSpec(models_, spec, Empty::kIsToCome, check);
  return check.ToStatus("cannot compare");
}

absl::StatusOr<StandingComparison> Comparisons::Create(const ComparisonRun& spec,
                                                       const kv::RequestKey& request,
                                                       absl::FunctionRef<bool()> is_cancelled) {
  WINNOW_ASSIGN_OR_RETURN(Job job, FindOrQueue(spec, request));
  WINNOW_RETURN_IF_ERROR(WaitForEnd(*runner_, std::move(job), is_cancelled));
  return Get(spec.name());
}

absl::StatusOr<Job> Comparisons::FindOrQueue(const ComparisonRun& spec,
                                             const kv::RequestKey& request) {
  const absl::Status kept = once_.Find(request).status();
  if (absl::IsNotFound(kept)) {
    WINNOW_ASSIGN_OR_RETURN(const ComparisonRun wanted, WantedBy(models_, spec, clock_.Now()));
    return runner_->Create(request, {std::string(kKind), wanted.SerializeAsString()});
  }
  WINNOW_RETURN_IF_ERROR(kept);
  // A repetition is not checked again: it has the versions of the first time.
  WINNOW_ASSIGN_OR_RETURN(Job job, runner_->Create(request, {std::string(kKind)}));
  if (!HasFailed(job)) return job;
  return runner_->Create(/*request=*/{}, {std::string(kKind), job.payload()});
}

absl::StatusOr<Job> Comparisons::FindJob(const std::string& name) const {
  WINNOW_ASSIGN_OR_RETURN(const std::string removed, stored_.DeletedUpTo(name));
  std::optional<Job> last;
  std::string before;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<Job> jobs, runner_->List(before, kJobsPerPage));
    for (const Job& job : jobs) {
      ComparisonRun wanted;
      if (job.id() <= removed || !wanted.ParseFromString(job.payload()) || wanted.name() != name)
        continue;
      if (!jobs::HasEnded(job)) return job;
      if (!last.has_value()) last = job;
    }
    if (jobs.size() < kJobsPerPage || jobs.back().id() <= removed) break;
    before = jobs.back().id();
  }
  if (!last.has_value()) return absl::NotFoundError("no job makes it");
  return *last;
}

absl::StatusOr<StandingComparison> Comparisons::Find(const std::string& name) const {
  return Standing(name, stored_.Get(name));
}

absl::StatusOr<StandingComparison> Comparisons::Standing(
    const std::string& name, const absl::StatusOr<ComparisonRun>& stored) const {
  if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
  StandingComparison comparison;
  if (stored.ok()) comparison.run = *stored;
  if (comparison.run.filled()) return comparison;

  const absl::StatusOr<Job> job = FindJob(name);
  if (absl::IsNotFound(job.status()) && stored.ok()) {
    return absl::DataLossError(absl::StrCat("the job that made comparison \"", name,
                                            "\" is lost: the same spec takes it up again"));
  }
  if (absl::IsNotFound(job.status())) return stored.status();
  WINNOW_RETURN_IF_ERROR(job.status());
  if (!stored.ok() && job->state() == storage::v1::JOB_STATE_SUCCEEDED) return stored.status();
  if (!stored.ok()) comparison.run.ParseFromString(job->payload());
  comparison.job = *job;
  return comparison;
}

absl::StatusOr<StandingComparison> Comparisons::Get(const std::string& name) const {
  WINNOW_ASSIGN_OR_RETURN(StandingComparison comparison, Find(name));
  const ComparisonRun& run = comparison.run;
  if (!run.filled()) return comparison;
  std::vector<storage::v1::Answer> answers;
  if (run.num_differing() > 0) {
    WINNOW_ASSIGN_OR_RETURN(answers,
                            annotation_.ListStandingAnswers(run.dataset(), run.start_revision()));
  }
  comparison.verdict = tournament::Judge(run, answers);
  return comparison;
}

absl::StatusOr<StandingComparison> Comparisons::Cancel(const std::string& name) {
  WINNOW_ASSIGN_OR_RETURN(const StandingComparison comparison, Find(name));
  if (!comparison.run.filled())
    WINNOW_RETURN_IF_ERROR(runner_->Cancel(comparison.job.id()).status());
  return Get(name);
}

absl::StatusOr<std::vector<StandingComparison>> Comparisons::List(absl::string_view after,
                                                                  size_t limit) const {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<StoredComparison> stored, stored_.List(after, limit));
  std::vector<StandingComparison> comparisons;
  for (const auto& [name, run] : stored) {
    absl::StatusOr<StandingComparison> comparison = Standing(name, run);
    if (!comparison.ok()) {
      const std::string problem(comparison.status().message());
      LogEvent(LogLevel::kError, "comparison_damaged", {{"comparison", name}, {"error", problem}});
      comparison.emplace();
      comparison->run.set_name(name);
      comparison->problem = problem;
    }
    comparisons.push_back(*std::move(comparison));
  }
  return comparisons;
}

absl::Status Comparisons::Delete(const std::string& name, const kv::RequestKey& request) {
  const auto remove = [&](kv::Batch& batch) -> absl::StatusOr<std::string> {
    const absl::Status found = Find(name).status();
    if (!found.ok() && !absl::IsDataLoss(found)) return found;
    const absl::StatusOr<Job> job = FindJob(name);
    if (!job.ok() && !absl::IsNotFound(job.status())) return job.status();
    if (job.ok() && !jobs::HasEnded(*job)) {
      return absl::FailedPreconditionError(
          absl::StrCat("comparison \"", name, "\" is being made; cancel that first"));
    }
    ComparisonStore::AddDelete(name, job.ok() ? job->id() : "", batch);
    return "";
  };
  WINNOW_RETURN_IF_ERROR(once_.Run(request, remove).status());
  LogEvent(LogLevel::kInfo, "comparison_removed", {{"comparison", name}});
  return absl::OkStatus();
}

}  // namespace winnow::evaluation

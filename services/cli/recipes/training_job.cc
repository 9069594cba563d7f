#include "services/cli/recipes/training_job.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "grpcpp/client_context.h"
#include "services/cli/terminal/interrupts.h"
#include "services/cli/terminal/printable.h"

namespace winnow::cli {
namespace {

using training::v1::TrainingJob;
using training::v1::TrainingPhase;
using training::v1::TrainingService;

bool HasEnded(const TrainingJob& job) {
  return job.state() == training::v1::JOB_STATE_SUCCEEDED ||
         job.state() == training::v1::JOB_STATE_FAILED ||
         job.state() == training::v1::JOB_STATE_CANCELLED;
}

absl::string_view NameOf(TrainingPhase phase) {
  switch (phase) {
    case training::v1::TRAINING_PHASE_READING:
      return "reading";
    case training::v1::TRAINING_PHASE_LEARNING_WORDS:
      return "learning words";
    case training::v1::TRAINING_PHASE_TRAINING:
      return "training";
    case training::v1::TRAINING_PHASE_CHOOSING_SETTINGS:
      return "choosing settings";
    case training::v1::TRAINING_PHASE_CALIBRATING:
      return "calibrating";
    case training::v1::TRAINING_PHASE_EVALUATING:
      return "evaluating";
    case training::v1::TRAINING_PHASE_PUBLISHING:
      return "publishing";
    default:
      return "";
  }
}

// Says once what a job is doing or waiting for, once per epoch, and once per tenth of the words.
// Not thread-safe.
class ProgressNotes {
 public:
  explicit ProgressNotes(Environment& environment) : environment_(environment) {}

  void Note(const TrainingJob& job) {
    const training::v1::TrainingProgress& progress = job.progress();
    if (job.state() != state_) {
      state_ = job.state();
      if (state_ == training::v1::JOB_STATE_WAITING)
        environment_.Note(absl::StrCat("waiting: ", Printable(job.error().message())));
    }
    if (progress.phase() != phase_) {
      phase_ = progress.phase();
      noted_ = 0;
      if (const absl::string_view name = NameOf(phase_); !name.empty()) environment_.Note(name);
    }
    const bool hundredths = phase_ == training::v1::TRAINING_PHASE_LEARNING_WORDS;
    if (progress.num_done() < noted_ + (hundredths ? 10 : 1)) return;
    noted_ = progress.num_done();
    environment_.Note(hundredths ? absl::StrCat(noted_, " %")
                                 : absl::StrFormat("epoch %d of %d, loss %.4f nats per text",
                                                   noted_, progress.num_total(), progress.loss()));
  }

 private:
  Environment& environment_;
  training::v1::JobState state_ = training::v1::JOB_STATE_UNSPECIFIED;
  TrainingPhase phase_ = training::v1::TRAINING_PHASE_UNSPECIFIED;
  uint64_t noted_ = 0;  // of the phase
};

// The job when it has ended: watched, and polled where the watch breaks off.
absl::StatusOr<TrainingJob> Await(const std::string& id, Session& session,
                                  Environment& environment) {
  ProgressNotes progress(environment);
  training::v1::GetTrainingJobRequest request;
  request.set_id(id);
  TrainingJob job;
  {
    grpc::ClientContext context;
    const auto reader = session.training().WatchTrainingJob(&context, request);
    while (reader->Read(&job)) progress.Note(job);
    reader->Finish();
  }
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(
        job, Call(session.training(), &TrainingService::Stub::GetTrainingJob, request));
    progress.Note(job);
    if (HasEnded(job)) return job;
    absl::SleepFor(absl::Milliseconds(500));
  }
}

absl::Status ErrorOf(const TrainingJob& job) {
  if (job.state() == training::v1::JOB_STATE_SUCCEEDED) return absl::OkStatus();
  if (job.state() == training::v1::JOB_STATE_CANCELLED) {
    return absl::CancelledError(
        absl::StrCat("training ", job.id(), " was cancelled; it made nothing"));
  }
  const auto code = static_cast<absl::StatusCode>(job.error().code());
  const absl::Status status(
      code == absl::StatusCode::kOk ? absl::StatusCode::kUnknown : code,
      absl::StrCat("training ", job.id(), " failed: ", job.error().message()));
  const std::string reason = common::v1::ErrorReason_Name(job.error().reason());
  return WithReason(status, absl::StripPrefix(reason, "ERROR_REASON_"));
}

// Ends the job that the request has made or is about to make: its repetition finds it.
void CancelJobOf(const training::v1::CreateTrainingJobRequest& request, Session& session) {
  constexpr absl::Duration kPatience = absl::Seconds(2);
  const auto job =
      Call(session.training(), &TrainingService::Stub::CreateTrainingJob, request, kPatience);
  if (!job.ok()) return;
  training::v1::CancelTrainingJobRequest cancel;
  cancel.set_id(job->id());
  (void)Call(session.training(), &TrainingService::Stub::CancelTrainingJob, cancel, kPatience);
}

}  // namespace

absl::StatusOr<TrainingJob> RunTrainingJob(const training::v1::TrainingSpec& spec, Session& session,
                                           Environment& environment) {
  training::v1::CreateTrainingJobRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_spec() = spec;
  // Before the job is there: a Ctrl-C meanwhile would leave it behind.
  Interrupts::Cleanup cancel(environment.interrupts, [&] { CancelJobOf(request, session); });
  WINNOW_ASSIGN_OR_RETURN(
      const TrainingJob job,
      Call(session.training(), &TrainingService::Stub::CreateTrainingJob, request));
  environment.Note(absl::StrCat("training ", job.id()));
  WINNOW_ASSIGN_OR_RETURN(TrainingJob ended, Await(job.id(), session, environment));
  WINNOW_RETURN_IF_ERROR(ErrorOf(ended));
  return ended;
}

}  // namespace winnow::cli

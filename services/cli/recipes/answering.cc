#include "services/cli/recipes/answering.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/stats/asking.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::Task;

constexpr absl::Duration kSearchPoll = absl::Milliseconds(200);

// One run of AnswerQuestions.
class Run {
 public:
  Run(const AnsweringOptions& options, Session& session, Environment& environment)
      : options_(options), session_(session), environment_(environment) {}

  absl::StatusOr<Answered> Answer(const std::function<Reply(const Task&, const Answered&)>& ask) {
    while (true) {
      if (options_.max_answers > 0 && answered_.tasks.size() >= options_.max_answers) {
        return Stop("answers",
                    absl::StrCat("as many answers as asked for: ", options_.max_answers));
      }
      // Before the question is leased, so that none is held that nobody will see.
      if (options_.decided) {
        WINNOW_ASSIGN_OR_RETURN(const std::optional<std::string> reason, options_.decided());
        if (reason.has_value()) return Stop("decided", *reason);
      }
      WINNOW_ASSIGN_OR_RETURN(const std::optional<Task> task, Next());
      if (!task.has_value()) return Stop("exhausted", exhausted_reason_);

      const auto shown = std::chrono::steady_clock::now();
      const Reply reply = ask(*task, answered_);
      answered_.notice.clear();
      if (reply.action == Reply::Action::kQuit) {
        pending_.push_back(*task);
        return Stop("quit", "you quit; the same command goes on from here");
      }
      if (reply.action == Reply::Action::kUndo) {
        // It comes again after the one that is taken back.
        pending_.push_back(*task);
        WINNOW_RETURN_IF_ERROR(Undo());
      } else {
        WINNOW_RETURN_IF_ERROR(
            Submit(*task, reply, absl::FromChrono(std::chrono::steady_clock::now() - shown)));
      }
    }
  }

 private:
  absl::StatusOr<Answered> Stop(std::string stopped, std::string reason) {
    GiveBack();
    answered_.stopped = std::move(stopped);
    answered_.reason = std::move(reason);
    return std::move(answered_);
  }

  // Gives back the questions put aside, so that others need not wait for them. Where that fails the
  // leases end by themselves.
  void GiveBack() {
    if (pending_.empty()) return;
    annotation::v1::ReleaseTasksRequest request;
    request.set_queue(options_.queue);
    request.set_annotator(options_.annotator);
    for (const Task& task : pending_) {
      annotation::v1::ReleaseTasksRequest::LeasedTask& leased = *request.add_tasks();
      leased.set_task_id(task.task_id());
      leased.set_fencing_token(task.fencing_token());
    }
    Call(session_.annotation(), &AnnotationService::Stub::ReleaseTasks, request).IgnoreError();
  }

  // A person sees it with the next question: what is printed meanwhile is wiped away.
  void Tell(absl::string_view sentence) {
    if (options_.is_person) {
      answered_.notice = std::string(sentence);
    } else {
      environment_.Note(sentence);
    }
  }

  // The question put aside last, or a new one; nothing when there are no more.
  absl::StatusOr<std::optional<Task>> Next() {
    if (!pending_.empty()) {
      Task task = std::move(pending_.back());
      pending_.pop_back();
      return task;
    }
    annotation::v1::LeaseTasksRequest request;
    request.set_queue(options_.queue);
    request.set_annotator(options_.annotator);
    request.set_max_tasks(1);
    // Nothing is at hand, so that a task whose reply was lost is not renewed with later ones.
    request.mutable_held();
    request.set_wait_for_learner(options_.wait_for_learner);
    while (true) {
      WINNOW_ASSIGN_OR_RETURN(
          annotation::v1::LeaseTasksResponse response,
          Call(session_.annotation(), &AnnotationService::Stub::LeaseTasks, request, kLongCall));
      if (!response.tasks().empty()) return response.tasks(0);
      const annotation::v1::NoTask& none = response.no_task();
      // A person can wait for texts that are being read; for the others' leases it may be long.
      if (none.reason() != annotation::v1::NO_TASK_REASON_SEARCHING) {
        exhausted_reason_ = none.message();
        return std::nullopt;
      }
      absl::SleepFor(kSearchPoll);
    }
  }

  absl::Status Submit(const Task& task, const Reply& reply, absl::Duration took) {
    annotation::v1::SubmitAnswersRequest request;
    request.set_queue(options_.queue);
    request.set_annotator(options_.annotator);
    annotation::v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(NewRequestId());
    answer.set_task_id(task.task_id());
    answer.set_fencing_token(task.fencing_token());
    answer.set_verdict(reply.verdict);
    answer.set_choice(reply.choice);
    *answer.mutable_spans() = {reply.spans.begin(), reply.spans.end()};
    if (options_.is_person) {
      answer.mutable_took()->set_seconds(absl::ToInt64Seconds(took));
      answer.mutable_took()->set_nanos(
          static_cast<int32_t>(absl::ToInt64Nanoseconds(took) % 1'000'000'000));
    }
    WINNOW_ASSIGN_OR_RETURN(
        const annotation::v1::SubmitAnswersResponse response,
        Call(session_.annotation(), &AnnotationService::Stub::SubmitAnswers, request));
    if (response.results_size() != 1)
      return absl::InternalError("the server returned no result for an answer");

    // Whoever answers with others loses an answer now and then; that is no reason to stop.
    const annotation::v1::SubmitAnswersResponse::Result& result = response.results(0);
    if (result.has_error()) {
      const auto code = static_cast<absl::StatusCode>(result.error().code());
      if (code != absl::StatusCode::kFailedPrecondition)
        return absl::Status(code, result.error().message());
      Tell(absl::StrCat("one answer was not taken: ", result.error().message()));
      return absl::OkStatus();
    }
    if (result.stored().surplus()) {
      Tell("one answer came too late to count: somebody else had given one");
      return absl::OkStatus();
    }
    answered_.tasks.push_back(
        {task, reply.verdict, reply.choice, reply.spans, result.stored().revision()});
    return absl::OkStatus();
  }

  // Takes back the last answer and asks its question again: one of an earlier run where this one
  // has none.
  absl::Status Undo() {
    annotation::v1::UndoAnswerRequest request;
    request.set_request_id(NewRequestId());
    request.set_queue(options_.queue);
    request.set_annotator(options_.annotator);
    if (!answered_.tasks.empty()) request.set_revision(answered_.tasks.back().revision);
    absl::StatusOr<annotation::v1::UndoAnswerResponse> response =
        Call(session_.annotation(), &AnnotationService::Stub::UndoAnswer, request);
    if (absl::IsNotFound(response.status()) && answered_.tasks.empty()) {
      Tell("you have no answer here that could be taken back");
      return absl::OkStatus();
    }
    WINNOW_RETURN_IF_ERROR(response.status());
    Task& task = *response->mutable_task();
    if (answered_.tasks.empty()) {
      Tell("your last answer of an earlier session is taken back");
    } else {
      const AnsweredTask& last = answered_.tasks.back();
      if (task.has_markup() && last.verdict == common::v1::VERDICT_ACCEPT)
        *task.mutable_markup()->mutable_spans() = {last.spans.begin(), last.spans.end()};
      answered_.tasks.pop_back();
    }
    pending_.push_back(std::move(task));
    return absl::OkStatus();
  }

  const AnsweringOptions& options_;
  Session& session_;
  Environment& environment_;
  Answered answered_;
  std::vector<Task> pending_;
  std::string exhausted_reason_;
};

}  // namespace

size_t Answered::Count(common::v1::Verdict verdict) const {
  return static_cast<size_t>(
      std::count_if(tasks.begin(), tasks.end(),
                    [&](const AnsweredTask& task) { return task.verdict == verdict; }));
}

size_t Answered::NumAudit() const {
  return static_cast<size_t>(std::count_if(
      tasks.begin(), tasks.end(),
      [](const AnsweredTask& task) { return task.task.strategy() == stats::kAuditStrategy; }));
}

absl::StatusOr<Answered> AnswerQuestions(
    const AnsweringOptions& options, Session& session, Environment& environment,
    const std::function<Reply(const Task&, const Answered&)>& ask) {
  return Run(options, session, environment).Answer(ask);
}

nlohmann::ordered_json SummaryOf(const Answered& answered) {
  return {{"answers", answered.tasks.size()},
          {"accepted", answered.Count(common::v1::VERDICT_ACCEPT)},
          {"rejected", answered.Count(common::v1::VERDICT_REJECT)},
          {"ignored", answered.Count(common::v1::VERDICT_IGNORE)},
          {"audit_answers", answered.NumAudit()},
          {"stopped", answered.stopped},
          {"reason", answered.reason}};
}

std::string QueueName(absl::string_view kind, absl::string_view dataset, absl::string_view spec) {
  // Leaves room below kMaxNameBytes for what follows.
  constexpr size_t kMaxPrefix = 96;
  return absl::StrCat(dataset.substr(0, kMaxPrefix), ".", kind, "-", Sha256Hex(spec).substr(0, 12));
}

}  // namespace winnow::cli

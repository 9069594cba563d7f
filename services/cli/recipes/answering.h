// The loop behind every recipe that asks: lease a question, get an answer, store it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::cli {

struct AnsweredTask {
  annotation::v1::Task task;
  common::v1::Verdict verdict = common::v1::VERDICT_UNSPECIFIED;
  // Comparisons only.
  annotation::v1::Choice choice = annotation::v1::CHOICE_UNSPECIFIED;
  // Of a text that was marked all spans; of a rejected span the right ones in its place.
  std::vector<common::v1::Span> spans;
  uint64_t revision = 0;
};

// The answers of one run, without those it took back.
struct Answered {
  std::vector<AnsweredTask> tasks;
  // "answers" (as many as asked for), "exhausted", "quit" or "decided"; and why, for people.
  std::string stopped;
  std::string reason;
  // What a person must know before the next question; mostly empty.
  std::string notice;

  size_t Count(common::v1::Verdict verdict) const;
  size_t NumAudit() const;
};

// The word of a person, or of an oracle, on a question.
struct Reply {
  enum class Action { kAnswer, kUndo, kQuit };
  Action action = Action::kAnswer;
  common::v1::Verdict verdict = common::v1::VERDICT_UNSPECIFIED;
  annotation::v1::Choice choice = annotation::v1::CHOICE_UNSPECIFIED;
  std::vector<common::v1::Span> spans;
};

struct AnsweringOptions {
  std::string queue;
  std::string annotator;
  // Every question is asked by a model that has learnt from all answers before it.
  bool wait_for_learner = false;
  // Stop after this many, ignored ones included; 0: no limit.
  uint64_t max_answers = 0;
  // The time spent on a question is told to the service.
  bool is_person = false;
  // Asked before each question; a sentence ends the run as "decided". May be empty.
  std::function<absl::StatusOr<std::optional<std::string>>()> decided;
};

// Leases one question at a time, so that each is the best one now; one that is left unanswered is
// given back. `ask` sees the question and what was answered so far. Each answer is stored before
// the next question. An answer that somebody else has given meanwhile is noted and not counted. An
// undo takes back the last answer, when this run has none (left) one of an earlier run; a text that
// this run has marked comes back with its marks. Error: that of the first call that failed; answers
// given until then are stored.
absl::StatusOr<Answered> AnswerQuestions(
    const AnsweringOptions& options, Session& session, Environment& environment,
    const std::function<Reply(const annotation::v1::Task&, const Answered&)>& ask);

// {"answers", "accepted", "rejected", "ignored", "audit_answers", "stopped", "reason"}
nlohmann::ordered_json SummaryOf(const Answered& answered);

// A name for the queue of `dataset` that depends on everything in `spec`, so that the same command
// continues it and another one does not disturb it: "job_titles_1.teach-0123456789ab".
std::string QueueName(absl::string_view kind, absl::string_view dataset, absl::string_view spec);

}  // namespace winnow::cli

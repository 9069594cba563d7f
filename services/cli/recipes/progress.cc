// progress: how far the queues are, and who has done what.
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/all_pages.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::Queue;
using annotation::v1::QueueStatus;

// "open", "opening", "failed"; of an open one that hands nothing out "paused" or "archived".
std::string StateOf(const Queue& queue) {
  if (queue.mode() == annotation::v1::QUEUE_MODE_PAUSED) return "paused";
  if (queue.mode() == annotation::v1::QUEUE_MODE_ARCHIVED) return "archived";
  return absl::AsciiStrToLower(
      absl::StripPrefix(annotation::v1::QueueState_Name(queue.status().state()), "QUEUE_STATE_"));
}

std::string KindOf(const Queue& queue) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(annotation::v1::TaskKind_Name(queue.spec().kind()), "TASK_KIND_"));
}

std::string Remaining(const QueueStatus& status) {
  if (!status.has_remaining_work()) return "";
  return DurationText(status.remaining_work());
}

std::string QueueTable(const std::vector<Queue>& queues) {
  Table table({"queue", "kind", "state", "answers", "leased", "begun", "fresh", "people",
               "remaining work"});
  for (const Queue& queue : queues) {
    const QueueStatus& status = queue.status();
    table.Add({Printable(queue.spec().name()), KindOf(queue), StateOf(queue),
               absl::StrCat(status.num_answers()), absl::StrCat(status.num_leased()),
               absl::StrCat(status.num_begun_tasks()), absl::StrCat(status.num_fresh_tasks()),
               absl::StrCat(status.people_size()), Remaining(status)});
  }
  return table.ToString();
}

// "19 of 20": checks that agreed.
std::string OfChecks(uint64_t num_agreed, uint64_t num_checks) {
  return num_checks == 0 ? "" : absl::StrCat(num_agreed, " of ", num_checks);
}

std::string RemarkOn(const annotation::v1::PersonProgress& person) {
  if (person.below_bar()) return "paused: below --min-agreement";
  return person.drifted() ? "less reliable than before" : "";
}

std::string PeopleTable(const QueueStatus& status) {
  Table table(
      {"person", "answers", "today", "leased", "last answer", "same again", "gold", "remark"});
  for (const annotation::v1::PersonProgress& person : status.people()) {
    table.Add({Printable(person.name()), absl::StrCat(person.num_answers()),
               absl::StrCat(person.num_answers_today()), absl::StrCat(person.num_leased()),
               person.has_last_answer_time() ? TimeText(person.last_answer_time()) : "",
               OfChecks(person.num_own_agreed(), person.num_own_checks()),
               OfChecks(person.num_gold_agreed(), person.num_gold_checks()), RemarkOn(person)});
  }
  return table.ToString();
}

absl::StatusOr<std::vector<Queue>> GetAll(Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ListQueuesResponse listed,
                          ListAll(session.annotation(), &AnnotationService::Stub::ListQueues,
                                  [](auto& response) { return response.mutable_queues(); }));
  std::vector<Queue> queues;
  for (const Queue& queue : listed.queues()) {
    WINNOW_ASSIGN_OR_RETURN(queues.emplace_back(),
                            GetQueue(queue.spec().name(), /*wait=*/false, session));
  }
  return queues;
}

// One line for each change, until Ctrl-C.
absl::Status Watch(const std::string& name, bool json, Session& session, Environment& environment) {
  grpc::ClientContext context;
  Interrupts::Cleanup cancel(environment.interrupts, [&] { context.TryCancel(); });
  annotation::v1::WatchQueueRequest request;
  request.set_name(name);
  const auto stream = session.annotation().WatchQueue(&context, request);
  Queue queue;
  while (stream->Read(&queue)) {
    if (json) {
      PrintJson(ToJson(queue), environment);
      environment.out.flush();
      continue;
    }
    const QueueStatus& status = queue.status();
    environment.out << absl::FormatTime("%H:%M:%S", absl::Now(), absl::LocalTimeZone()) << " "
                    << StateOf(queue) << ", " << Counted(status.num_answers(), "answer") << ", "
                    << status.num_leased() << " leased, " << status.num_begun_tasks() << " begun, "
                    << status.num_fresh_tasks() << " fresh" << std::endl;
  }
  return rpc::FromGrpc(stream->Finish());
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string name = invocation.Argument("QUEUE");
  if (invocation.Flag("watch") && name.empty())
    return absl::InvalidArgumentError("--watch: needs the name of a queue");
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  if (invocation.Flag("watch")) return Watch(name, invocation.Flag("json"), *session, environment);
  std::vector<Queue> queues;
  if (name.empty()) {
    WINNOW_ASSIGN_OR_RETURN(queues, GetAll(*session));
  } else {
    WINNOW_ASSIGN_OR_RETURN(queues.emplace_back(), GetQueue(name, /*wait=*/true, *session));
  }
  if (invocation.Flag("json")) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Queue& queue : queues) list.push_back(ToJson(queue));
    PrintJson({{"queues", std::move(list)}}, environment);
    return absl::OkStatus();
  }
  environment.out << QueueTable(queues);
  if (!name.empty()) environment.out << "\n" << PeopleTable(queues[0].status());
  return absl::OkStatus();
}

}  // namespace

Command Progress() {
  return {ClientSpec(
              {.name = "progress",
               .summary = "Show how far the queues are, and who has done what",
               .arguments = {{"QUEUE", "one queue, with its people (default: all)", false}},
               .options = {FlagOption({"--watch"}, "a line for each change, until Ctrl-C")},
               .example = "progress job_titles_1.teach-0a1b2c3d4e5f --watch",
               .notes = "Leased: in somebody's hands. Begun: open for others, because more people "
                        "are wanted or somebody gave the task back. Fresh: nobody has had it. The "
                        "remaining work is that of begun and fresh tasks at the pace of the last "
                        "hundred answers; a queue of ner.teach finds more as it goes on."}),
          Run};
}

}  // namespace winnow::cli

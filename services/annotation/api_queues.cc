// Queues and how they stand, between the API and records.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/access/role.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/tasks/kinds.h"
#include "common/teach/cold_start.h"
#include "common/teach/markup_finder.h"
#include "services/annotation/api.h"

namespace winnow::annotation {
namespace {

constexpr double kDefaultAuditShare = 0.15;
constexpr double kDefaultCheckShare = 0.04;

std::string DefaultStrategy(storage::v1::TaskKind kind) {
  return kind == storage::v1::TASK_KIND_MANUAL ? std::string(teach::kSourceOrder) : "uncertainty";
}

v1::QueueState StateOf(tasks::QueueState state) {
  switch (state) {
    case tasks::QueueState::kClosed:
      return v1::QUEUE_STATE_CLOSED;
    case tasks::QueueState::kFailed:
      return v1::QUEUE_STATE_FAILED;
    case tasks::QueueState::kOpening:
    // It opened just now: its facts come with the next look.
    case tasks::QueueState::kOpen:
      return v1::QUEUE_STATE_OPENING;
  }
  return v1::QUEUE_STATE_UNSPECIFIED;
}

}  // namespace

storage::v1::Queue ToRecord(const v1::QueueSpec& spec) {
  storage::v1::Queue queue;
  queue.set_name(spec.name());
  queue.set_kind(ToRecord(spec.kind()));
  queue.set_source(spec.source());
  queue.set_dataset(spec.dataset());
  *queue.mutable_labels() = spec.labels();
  queue.set_model(spec.model());
  *queue.mutable_exclude_datasets() = spec.exclude_datasets();
  queue.set_overlap(spec.has_overlap() ? spec.overlap() : 1);
  if (spec.has_overlap_share()) queue.set_overlap_share(spec.overlap_share());
  *queue.mutable_people() = spec.people();
  queue.set_daily_quota(spec.daily_quota());
  queue.set_seed(spec.seed());
  *queue.mutable_input_datasets() = spec.input_datasets();
  queue.set_auto_accept(spec.auto_accept());
  queue.set_hide_names(spec.hide_names());
  const bool is_teach = queue.kind() == storage::v1::TASK_KIND_TEACH;
  const bool is_of_spans = is_teach || tasks::IsMarkup(queue.kind());
  const double check_share = is_of_spans ? kDefaultCheckShare : 0;
  queue.set_check_share(spec.has_check_share() ? spec.check_share() : check_share);
  *queue.mutable_gold_datasets() = spec.gold_datasets();
  queue.set_min_agreement(spec.min_agreement());
  if (!is_of_spans) return queue;
  queue.set_strategy(spec.strategy().empty() ? DefaultStrategy(queue.kind()) : spec.strategy());
  queue.set_patterns(spec.patterns());
  if (!is_teach) return queue;
  const double audit_share = queue.strategy() == teach::kPatternStrategy ? 0 : kDefaultAuditShare;
  queue.set_audit_share(spec.has_audit_share() ? spec.audit_share() : audit_share);
  queue.set_ask_without_letters(spec.ask_without_letters());
  queue.set_unsegmented(spec.unsegmented());
  return queue;
}

v1::QueueSpec ToApi(const storage::v1::Queue& queue) {
  v1::QueueSpec spec;
  spec.set_name(queue.name());
  spec.set_kind(ToApi(queue.kind()));
  spec.set_source(queue.source());
  spec.set_dataset(queue.dataset());
  *spec.mutable_labels() = queue.labels();
  spec.set_model(queue.model());
  *spec.mutable_exclude_datasets() = queue.exclude_datasets();
  spec.set_overlap(queue.overlap());
  spec.set_seed(queue.seed());
  spec.set_strategy(queue.strategy());
  spec.set_audit_share(queue.audit_share());
  spec.set_ask_without_letters(queue.ask_without_letters());
  spec.set_unsegmented(queue.unsegmented());
  spec.set_patterns(queue.patterns());
  if (queue.has_overlap_share()) spec.set_overlap_share(queue.overlap_share());
  *spec.mutable_people() = queue.people();
  spec.set_daily_quota(queue.daily_quota());
  spec.set_check_share(queue.check_share());
  *spec.mutable_gold_datasets() = queue.gold_datasets();
  spec.set_min_agreement(queue.min_agreement());
  *spec.mutable_input_datasets() = queue.input_datasets();
  spec.set_auto_accept(queue.auto_accept());
  spec.set_hide_names(queue.hide_names());
  return spec;
}

absl::Status CheckMaySee(const access::Caller& caller, storage::v1::TaskKind kind) {
  if (kind != storage::v1::TASK_KIND_REVIEW || access::SeesOthers(caller)) return absl::OkStatus();
  return WithReason(
      absl::PermissionDeniedError(absl::StrCat(
          "a review shows the answers of others: it wants the role of a reviewer, and '",
          caller.name, "' has that of ", access::RoleName(caller.role))),
      "WRONG_ROLE");
}

void HideOthers(const access::Caller& caller, v1::Queue& queue) {
  if (access::SeesOthers(caller)) return;
  auto& people = *queue.mutable_status()->mutable_people();
  people.erase(std::remove_if(people.begin(), people.end(),
                              [&](const auto& person) { return person.name() != caller.name; }),
               people.end());
}

v1::Queue ToApiQueue(const storage::v1::Queue& queue) {
  v1::Queue result;
  *result.mutable_spec() = ToApi(queue);
  *result.mutable_create_time() =
      rpc::ToTimestamp(absl::FromUnixMicros(queue.created_unix_micros()));
  // Records from before there were modes have none.
  result.set_mode(queue.mode() == storage::v1::QUEUE_MODE_UNSPECIFIED
                      ? v1::QUEUE_MODE_ACTIVE
                      : static_cast<v1::QueueMode>(queue.mode()));
  return result;
}

void Update(const v1::UpdateQueueRequest& request, storage::v1::Queue& queue) {
  if (request.has_audit_share()) queue.set_audit_share(request.audit_share());
  if (request.has_ask_without_letters())
    queue.set_ask_without_letters(request.ask_without_letters());
  if (request.has_unsegmented()) queue.set_unsegmented(request.unsegmented());
  if (request.has_overlap()) queue.set_overlap(request.overlap());
  if (request.has_overlap_share()) queue.set_overlap_share(request.overlap_share());
  if (request.has_people()) *queue.mutable_people() = request.people().names();
  if (request.has_daily_quota()) queue.set_daily_quota(request.daily_quota());
  if (request.has_check_share()) queue.set_check_share(request.check_share());
  if (request.has_min_agreement()) queue.set_min_agreement(request.min_agreement());
  if (request.mode() != v1::QUEUE_MODE_UNSPECIFIED)
    queue.set_mode(static_cast<storage::v1::QueueMode>(request.mode()));
}

v1::QueueStatus ToApi(const tasks::SlotFacts& slot) {
  v1::QueueStatus status;
  status.set_state(StateOf(slot.state));
  status.set_num_done(slot.num_done);
  status.set_num_total(slot.num_total);
  status.set_error(std::string(slot.error.message()));
  return status;
}

v1::QueueStatus ToApi(const tasks::QueueFacts& facts) {
  v1::QueueStatus status;
  status.set_state(v1::QUEUE_STATE_OPEN);
  status.set_model_version(facts.stream.model_version);
  status.set_learner_step(facts.stream.learner_step);
  status.set_num_unlearnt_answers(facts.stream.num_unlearnt_answers);
  if (!facts.stream.model_version.empty())
    status.set_working_model_digest(absl::StrFormat("%016x", facts.stream.model_digest));
  status.set_num_teaching_texts(facts.stream.num_teaching_texts);
  status.set_num_audit_texts(facts.stream.num_audit_texts);
  status.set_num_excluded_texts(facts.stream.num_excluded_texts);
  status.set_num_hidden_candidates(facts.stream.num_hidden_candidates);
  status.set_num_accepted(facts.num_accepted);
  status.set_num_rejected(facts.num_rejected);
  status.set_num_ignored(facts.num_ignored);
  status.set_num_answers(facts.num_accepted + facts.num_rejected + facts.num_ignored);
  status.set_num_audit_answers(facts.num_audit_answers);
  status.set_num_surplus_answers(facts.num_surplus);
  status.set_num_leased(facts.num_leased);
  status.set_num_open_tasks(facts.stream.num_stored_tasks -
                            std::min(facts.stream.num_stored_tasks, status.num_answers()));
  status.set_num_begun_tasks(facts.num_begun);
  status.set_num_fresh_tasks(facts.stream.num_fresh_tasks);
  for (const auto& [name, person] : facts.people) {
    v1::PersonProgress& progress = *status.add_people();
    progress.set_name(name);
    progress.set_num_answers(person.num_answers);
    progress.set_num_answers_today(person.num_today);
    progress.set_num_leased(person.num_leased);
    if (person.num_answers > 0)
      *progress.mutable_last_answer_time() = rpc::ToTimestamp(person.last_answer);
    progress.set_num_own_checks(person.checks.num_own);
    progress.set_num_own_agreed(person.checks.num_own_agreed);
    progress.set_num_gold_checks(person.checks.num_gold);
    progress.set_num_gold_agreed(person.checks.num_gold_agreed);
    progress.set_drifted(person.checks.drifted);
    progress.set_below_bar(person.checks.is_below_bar);
  }
  if (facts.pace > absl::ZeroDuration()) {
    *status.mutable_remaining_work() = rpc::ToDuration(
        facts.pace * static_cast<int64_t>(status.num_begun_tasks() + status.num_fresh_tasks()));
  }
  return status;
}

}  // namespace winnow::annotation

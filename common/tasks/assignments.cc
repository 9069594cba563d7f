#include "common/tasks/assignments.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "common/stats/asking.h"
#include "common/tasks/kinds.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Answer;
using storage::v1::Lease;
using storage::v1::Task;

uint64_t CountAudit(const Task& task) {
  return task.selection().strategy() == stats::kAuditStrategy ? 1 : 0;
}

}  // namespace

uint32_t Assignments::PersonOf(absl::string_view annotator) {
  return people_.try_emplace(std::string(annotator), static_cast<uint32_t>(people_.size()))
      .first->second;
}

Assignments::Held* Assignments::FindHeld(State& state, absl::string_view annotator) {
  const auto held = std::find_if(state.leases.begin(), state.leases.end(),
                                 [&](const Held& h) { return h.lease.annotator() == annotator; });
  return held == state.leases.end() ? nullptr : &*held;
}

uint32_t Assignments::NumCounted(const State& state) {
  uint32_t num_counted = 0;
  for (auto given = state.answers.begin(); given != state.answers.end(); ++given) {
    // An import may hold several answers of one person.
    const bool is_repeated = std::any_of(state.answers.begin(), given, [&](const Given& earlier) {
      return !earlier.surplus && earlier.person == given->person;
    });
    if (!given->surplus && !is_repeated) ++num_counted;
  }
  return num_counted;
}

uint32_t Assignments::PlacesTaken(const State& state) {
  uint32_t taken = NumCounted(state);
  for (const Held& held : state.leases) {
    // While an undo is being stored its author has both.
    const bool is_counted = std::any_of(
        state.answers.begin(), state.answers.end(),
        [&](const Given& given) { return !given.surplus && given.person == held.person; });
    if (held.live && !is_counted) ++taken;
  }
  return taken;
}

bool Assignments::HasAnswered(const State& state, absl::string_view annotator) const {
  const auto person = people_.find(annotator);
  return person != people_.end() &&
         std::any_of(state.answers.begin(), state.answers.end(),
                     [&](const Given& given) { return given.person == person->second; });
}

bool Assignments::HasAnswered(const Id& task, absl::string_view annotator) const {
  const auto state = tasks_.find(task);
  return state != tasks_.end() && HasAnswered(state->second, annotator);
}

bool Assignments::IsOpenFor(const Id& task, const State& state, absl::string_view annotator) const {
  if (PlacesTaken(state) >= overlap_.Of(task)) return false;
  const bool holds = std::any_of(state.leases.begin(), state.leases.end(), [&](const Held& held) {
    return held.live && held.lease.annotator() == annotator;
  });
  return !holds && !HasAnswered(state, annotator);
}

bool Assignments::IsKnown(const Id& task) const {
  const auto it = tasks_.find(task);
  if (it == tasks_.end()) return false;
  const State& state = it->second;
  return !state.leases.empty() || state.wanted != nullptr || NumCounted(state) >= overlap_.Of(task);
}

void Assignments::Keep(const Task& task) {
  const Id id(task.id());
  State& state = tasks_[id];
  if (state.leases.empty() && state.wanted == nullptr) state.is_fresh = true;
  state.wanted = std::make_unique<Task>(task);
  Update(id);
}

bool Assignments::IsOpenFor(const Id& task, absl::string_view annotator) const {
  const auto state = tasks_.find(task);
  return state == tasks_.end() || IsOpenFor(task, state->second, annotator);
}

void Assignments::SetLive(const Id& task, Held& held, absl::Time expires) {
  SetLost(task, held);
  held.live = true;
  held.expires = expires;
  held.lease.set_expires_unix_micros(absl::ToUnixMicros(expires));
  expiry_.emplace(expires, std::pair(task, held.lease.annotator()));
  live_of_[held.person].insert(task);
  num_live_audit_ += CountAudit(held.lease.task());
}

void Assignments::SetLost(const Id& task, Held& held) {
  if (!held.live) return;
  held.live = false;
  expiry_.erase({held.expires, std::pair(task, held.lease.annotator())});
  live_of_[held.person].erase(task);
  num_live_audit_ -= CountAudit(held.lease.task());
}

void Assignments::SetOffered(const Id& task, bool offered, uint64_t& place, Offers& offers) {
  if (offered == (place != 0)) return;
  if (offered) {
    place = ++last_place_;
    offers.emplace(place, task);
  } else {
    offers.erase(place);
    place = 0;
  }
}

void Assignments::LookAgain(const Id& task, uint32_t person) {
  const auto state = tasks_.find(task);
  const auto seen = begun_seen_.find(person);
  if (state == tasks_.end() || state->second.begun == 0 || seen == begun_seen_.end()) return;
  seen->second = std::min(seen->second, state->second.begun - 1);
}

void Assignments::Update(const Id& task) {
  const auto it = tasks_.find(task);
  if (it == tasks_.end()) return;
  State& state = it->second;
  const uint32_t overlap = overlap_.Of(task);
  const bool is_check = state.wanted != nullptr && state.wanted->has_check();
  if (is_check || NumCounted(state) >= overlap) state.wanted.reset();
  const uint32_t taken = PlacesTaken(state);
  const bool is_offered = taken < overlap && TaskToOffer(state) != nullptr;
  const bool was_lost = std::any_of(state.leases.begin(), state.leases.end(),
                                    [](const Held& held) { return !held.live; });
  const bool is_returned = was_lost || (taken == 0 && !state.is_fresh);
  SetOffered(task, is_offered && is_returned, state.returned, returned_);
  SetOffered(task, is_offered && !is_returned, state.begun, begun_);
  if (state.leases.empty() && state.answers.empty() && state.wanted == nullptr) tasks_.erase(it);
}

const Task* Assignments::TaskToOffer(const State& state) {
  if (state.leases.empty()) return state.wanted.get();
  const Task& task = state.leases.front().lease.task();
  return task.has_check() ? nullptr : &task;
}

void Assignments::Load(const Lease& lease, absl::Time now) {
  const Id task(lease.task().id());
  State& state = tasks_[task];
  Held& held = state.leases.emplace_back();
  held.person = PersonOf(lease.annotator());
  held.lease = lease;
  held.expires = absl::FromUnixMicros(lease.expires_unix_micros());
  // Its holder may have answered the task elsewhere since.
  if (held.expires > now && !HasAnswered(state, lease.annotator()))
    SetLive(task, held, held.expires);
  next_token_ = std::max(next_token_, lease.token() + 1);
  Update(task);
}

const Lease& Assignments::Take(const Task& task, absl::string_view annotator, absl::Time now,
                               absl::Duration ttl, bool renewed_by_name) {
  const Id id(task.id());
  State& state = tasks_[id];
  Held* held = FindHeld(state, annotator);
  if (held == nullptr) {
    held = &state.leases.emplace_back();
    held->person = PersonOf(annotator);
    held->lease.set_annotator(std::string(annotator));
    held->lease.set_token(next_token_++);
  }
  state.is_fresh = false;
  *held->lease.mutable_task() = task;
  held->lease.set_ttl_micros(absl::ToInt64Microseconds(ttl));
  held->lease.set_renewed_by_name(renewed_by_name);
  SetLive(id, *held, now + ttl);
  Update(id);
  return held->lease;
}

std::vector<Lease> Assignments::Renew(absl::string_view annotator, absl::Time now,
                                      absl::Span<const uint64_t> named) {
  std::vector<Lease> renewed;
  const auto person = people_.find(annotator);
  if (person == people_.end()) return renewed;
  // A copy: SetLive changes it.
  const std::set<Id> live = live_of_[person->second];
  for (const Id& task : live) {
    Held& held = *FindHeld(tasks_.at(task), annotator);
    const absl::Duration ttl = absl::Microseconds(held.lease.ttl_micros());
    if (held.expires - now >= ttl / 2) continue;
    if (held.lease.renewed_by_name() && !absl::c_linear_search(named, held.lease.token())) continue;
    SetLive(task, held, now + ttl);
    renewed.push_back(held.lease);
  }
  return renewed;
}

void Assignments::Complete(const Lease& lease) {
  const auto state = tasks_.find(Id(lease.task().id()));
  if (state == tasks_.end()) return;
  Held* held = FindHeld(state->second, lease.annotator());
  if (held == nullptr) return;
  if (held->live) num_live_audit_ += CountAudit(lease.task()) - CountAudit(held->lease.task());
  *held->lease.mutable_task() = lease.task();
}

const Lease* Assignments::Find(const Id& task, absl::string_view annotator) const {
  const auto state = tasks_.find(task);
  if (state == tasks_.end()) return nullptr;
  for (const Held& held : state->second.leases) {
    if (held.lease.annotator() == annotator) return &held.lease;
  }
  return nullptr;
}

bool Assignments::Revive(const Id& task, absl::string_view annotator, absl::Time expires) {
  const auto state = tasks_.find(task);
  if (state == tasks_.end()) return false;
  Held* held = FindHeld(state->second, annotator);
  if (held == nullptr) return false;
  if (!held->live && !IsOpenFor(task, state->second, annotator)) return false;
  SetLive(task, *held, std::max(held->expires, expires));
  Update(task);
  return true;
}

void Assignments::Release(const Id& task, absl::string_view annotator) {
  const auto it = tasks_.find(task);
  if (it == tasks_.end()) return;
  State& state = it->second;
  Held* held = FindHeld(state, annotator);
  if (held == nullptr) return;
  SetLost(task, *held);
  ++num_ended_;
  const uint32_t person = held->person;
  state.wanted = std::make_unique<Task>(std::move(*held->lease.mutable_task()));
  state.leases.erase(state.leases.begin() + (held - state.leases.data()));
  Update(task);
  LookAgain(task, person);
}

void Assignments::Expire(absl::Time now) {
  while (!expiry_.empty() && expiry_.begin()->first <= now) {
    const auto [task, annotator] = expiry_.begin()->second;
    SetLost(task, *FindHeld(tasks_.at(task), annotator));
    ++num_ended_;
    Update(task);
  }
}

std::vector<std::pair<Id, std::string>> Assignments::Forget(absl::Time before) {
  std::vector<std::pair<Id, std::string>> forgotten;
  for (const auto& [task, state] : tasks_) {
    for (const Held& held : state.leases) {
      if (!held.live && held.expires < before) forgotten.emplace_back(task, held.lease.annotator());
    }
  }
  std::sort(forgotten.begin(), forgotten.end());
  for (const auto& [task, annotator] : forgotten) Release(task, annotator);
  return forgotten;
}

void Assignments::Answered(const Answer& answer, bool is_own) {
  const Id task(answer.task_id());
  Release(task, answer.annotator());
  State& state = tasks_[task];
  state.answers.push_back({PersonOf(answer.annotator()), answer.surplus()});
  // Somebody else may be wanted for it, who finds it in no lease.
  if (is_own && state.wanted == nullptr) state.wanted = std::make_unique<Task>(TaskOf(answer));
  Update(task);
}

void Assignments::Undone(const Answer& answer, bool is_own) {
  const Id task(answer.task_id());
  const auto it = tasks_.find(task);
  if (it == tasks_.end()) return;
  State& state = it->second;
  const uint32_t person = PersonOf(answer.annotator());
  // An import may hold further answers of the person; they stand.
  const auto taken_back =
      std::find_if(state.answers.begin(), state.answers.end(), [&](const Given& given) {
        return given.person == person && given.surplus == answer.surplus();
      });
  if (taken_back != state.answers.end()) state.answers.erase(taken_back);
  if (is_own && state.wanted == nullptr) state.wanted = std::make_unique<Task>(TaskOf(answer));
  Update(task);
  LookAgain(task, person);
}

void Assignments::ForgetAnswers() {
  std::vector<Id> known;
  for (auto& [task, state] : tasks_) {
    state.answers.clear();
    state.wanted.reset();
    known.push_back(task);
  }
  std::sort(known.begin(), known.end());
  for (const Id& task : known) Update(task);
  begun_seen_.clear();
}

const Task* Assignments::NextKnown(absl::string_view annotator) {
  for (const auto& [place, task] : returned_) {
    const State& state = tasks_.at(task);
    if (IsOpenFor(task, state, annotator)) return TaskToOffer(state);
  }
  uint64_t& seen = begun_seen_[PersonOf(annotator)];
  for (auto it = begun_.upper_bound(seen); it != begun_.end(); ++it) {
    const State& state = tasks_.at(it->second);
    if (IsOpenFor(it->second, state, annotator)) return TaskToOffer(state);
    seen = it->first;
  }
  return nullptr;
}

uint64_t Assignments::CountLive(absl::string_view annotator) const {
  const auto person = people_.find(annotator);
  if (person == people_.end()) return 0;
  const auto live = live_of_.find(person->second);
  return live == live_of_.end() ? 0 : live->second.size();
}

absl::Time Assignments::next_expiry() const {
  return expiry_.empty() ? absl::InfiniteFuture() : expiry_.begin()->first;
}

}  // namespace winnow::tasks

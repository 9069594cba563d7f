// What should be true of a queue, kept as plainly as can be: a list of leases, a list of answers,
// and every rule a loop over them. Each rule is followed by the fault that was planted in the code
// to see that the test with it finds it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

class Model {
 public:
  struct Held {
    storage::v1::Lease lease;
    absl::Time expires;
  };
  struct Given {
    std::string task;
    std::string person;
    uint64_t revision;
    bool surplus;
    bool is_own;
    bool is_check;
    storage::v1::Verdict verdict;
  };

  bool IsLive(const Held& held) const { return held.expires > now; }
  // People whose live leases or counted answers take a place.
  std::set<std::string> PlacesOf(const std::string& task) const {
    std::set<std::string> people;
    for (const auto& [key, held] : leases)
      if (key.first == task && IsLive(held)) people.insert(key.second);
    for (const Given& given : answers)
      if (given.task == task && !given.surplus) people.insert(given.person);
    return people;
  }
  bool HasAnswered(const std::string& task, const std::string& person) const {
    return std::any_of(answers.begin(), answers.end(), [&](const Given& given) {
      return given.task == task && given.person == person;
    });
  }
  uint32_t OverlapOf(const std::string& task) const { return is_shared.at(task) ? overlap : 1; }
  // Clauses 1 and 3. Planted: `PlacesTaken(state) > overlap_` in IsOpenFor; IsOpenFor without
  // HasAnswered; one overlap for all tasks.
  bool IsOpenFor(const std::string& task, const std::string& person) const {
    const std::set<std::string> places = PlacesOf(task);
    return places.size() < OverlapOf(task) && !places.contains(person) &&
           !HasAnswered(task, person);
  }
  bool IsLost(const std::string& task) const {
    return std::any_of(leases.begin(), leases.end(), [&](const auto& item) {
      return item.first.first == task && !IsLive(item.second);
    });
  }
  bool IsReturned(const std::string& task) const {
    return IsLost(task) || (given_back.contains(task) && PlacesOf(task).empty());
  }
  // Somebody has it, or has answered it for the queue.
  bool IsBegun(const std::string& task) const {
    if (of_stream.contains(task)) return false;
    return std::any_of(
               leases.begin(), leases.end(),
               [&](const auto& item) { return item.first.first == task && IsLive(item.second); }) ||
           std::any_of(answers.begin(), answers.end(), [&](const Given& given) {
             return given.task == task && given.is_own && !given.surplus;
           });
  }
  // Clause 2. Planted: Revive that revives without asking whether a place is left; AnswerTask with
  // overlap + 1.
  bool IsSurplus(const std::string& task, const std::string& person) const {
    std::set<std::string> others = PlacesOf(task);
    others.erase(person);
    if (!IsLive(leases.at({task, person}))) return others.size() >= OverlapOf(task);
    uint32_t num_counted = 0;
    for (const std::string& other : others) num_counted += HasAnswered(task, other);
    return num_counted >= OverlapOf(task);
  }
  // So many people answered it that nobody else is wanted.
  bool IsFull(const std::string& task) const {
    std::set<std::string> people;
    for (const Given& given : answers)
      if (given.task == task && !given.surplus) people.insert(given.person);
    return people.size() >= OverlapOf(task);
  }
  // A lease ended without an answer. The queue does not keep a full task, so that its memory does
  // not grow with what is done: when an import that filled it is undone, the task comes from the
  // stream, as a fresh one. A check goes back to nobody. Planted: Undone that with any import drops
  // a task that was given back.
  void GoesBack(const storage::v1::Task& task) {
    if (!task.has_check() && !IsFull(task.id())) given_back.insert(task.id());
  }
  // Clause 4: any call of a holder, which may have to name the lease. Planted: Renew for nobody;
  // for everybody; always; without looking at the name; for nothing that is named.
  void Renew(const std::string& person, absl::Duration ttl, const std::set<uint64_t>& named = {}) {
    for (auto& [key, held] : leases) {
      const bool is_renewed = !held.lease.renewed_by_name() || named.contains(held.lease.token());
      if (is_renewed && key.second == person && IsLive(held) && held.expires - now < ttl / 2)
        held.expires = now + ttl;
    }
  }
  // Tokens of what the person holds, live or lost.
  std::vector<uint64_t> TokensOf(const std::string& person) const {
    std::vector<uint64_t> tokens;
    for (const auto& [key, held] : leases)
      if (key.second == person) tokens.push_back(held.lease.token());
    return tokens;
  }
  uint64_t NumLive() const {
    return static_cast<uint64_t>(std::count_if(
        leases.begin(), leases.end(), [&](const auto& item) { return IsLive(item.second); }));
  }
  absl::Time NextExpiry() const {
    absl::Time next = absl::InfiniteFuture();
    for (const auto& [key, held] : leases)
      if (IsLive(held)) next = std::min(next, held.expires);
    return next;
  }

  absl::Time now;
  // By task and person, live or lost.
  std::map<std::pair<std::string, std::string>, Held> leases;
  // Those that stand, by revision.
  std::vector<Given> answers;
  // Tasks that were in somebody's hands.
  std::set<std::string> handed_out;
  // Those of them that went back: nobody has had them since, nor were they full.
  std::set<std::string> given_back;
  // Those of which an answer elsewhere was taken back: the stream may have them again.
  std::set<std::string> of_stream;
  // All that were given out, ascending.
  std::vector<uint64_t> tokens = {0};
  // People for a task, and the tasks that are for so many.
  uint32_t overlap = 1;
  std::map<std::string, bool> is_shared;
};

}  // namespace winnow::tasks

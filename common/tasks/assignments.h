// Who has which task of a queue, who has answered it, and who may have it next.
//
// The rules (K is the overlap of the task; a place is taken by a live lease or a counted answer):
// 1. A task is open for a person who holds no live lease on it and has not answered it, while fewer
//    than K different people take a place.
// 2. A lease is lost when its time is over. A lost lease is remembered, so that its holder's late
//    answer is understood; it takes no place.
// 3. Tasks whose lease was lost or given up are offered first, oldest first; then those that others
//    have begun and that want more people; then fresh ones from the stream.
// 4. A task that the queue has handed out is never left to the stream again, which need not look
//    back: it is offered from here as long as it is open. A task that was only answered elsewhere,
//    by an import or another queue on the data set, is offered by the stream, if it is one of the
//    queue's at all. So is one that had all its answers, of which one from elsewhere is taken back:
//    nothing is kept of a task that nobody holds and nobody is wanted for.
// 5. A check (checks.h) is for the person to whom it was handed out, and is offered to nobody.
// States of a lease: none -> live (Take) -> lost (time) -> live (Take by the same person, with the
// same token) ; live or lost -> none (Answered, Release, Forget).
//
// Pure bookkeeping: time is passed in, nothing is stored. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/corpus/ids.h"
#include "common/tasks/overlap.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

class Assignments {
 public:
  // `first_token` must be above every token given out before a restart.
  Assignments(const Overlap& overlap, uint64_t first_token)
      : overlap_(overlap), next_token_(first_token) {}

  // Takes in a lease from before a restart.
  void Load(const storage::v1::Lease& lease, absl::Time now);

  // Leases the task, which is complete, to a person; somebody who lost a lease on it gets the same
  // token again. Does not ask whether it is open.
  const storage::v1::Lease& Take(const storage::v1::Task& task, absl::string_view annotator,
                                 absl::Time now, absl::Duration ttl, bool renewed_by_name = false);
  // Renews those of the person's live leases of which half the time is over, for the time that they
  // were given for, and returns them, by task. `named`: tokens of leases that are renewed by name.
  std::vector<storage::v1::Lease> Renew(absl::string_view annotator, absl::Time now,
                                        absl::Span<const uint64_t> named = {});
  // Replaces the task of a lease by the same one with more filled in.
  void Complete(const storage::v1::Lease& lease);
  // The person's lease on the task, live or lost; null for none. Valid until the next change.
  const storage::v1::Lease* Find(const corpus::Id& task, absl::string_view annotator) const;
  // Makes a lost lease live again until then, if a place is left; true when it is live now.
  bool Revive(const corpus::Id& task, absl::string_view annotator, absl::Time expires);
  // Ends a lease as if it had never been: the task is offered again.
  void Release(const corpus::Id& task, absl::string_view annotator);
  // Takes note of the time: leases are lost.
  void Expire(absl::Time now);
  // Forgets leases that were lost before then, and returns their tasks and holders.
  std::vector<std::pair<corpus::Id, std::string>> Forget(absl::Time before);

  // An answer was stored; it ends the person's lease. A surplus answer takes no place. `is_own`:
  // this queue asked it.
  void Answered(const storage::v1::Answer& answer, bool is_own);
  // The answer was taken back.
  void Undone(const storage::v1::Answer& answer, bool is_own);
  // Forgets all answers.
  void ForgetAnswers();

  // Whether the stream need not offer the task: the queue has handed it out, or it has no place.
  bool IsKnown(const corpus::Id& task) const;
  bool IsOpenFor(const corpus::Id& task, absl::string_view annotator) const;
  bool HasAnswered(const corpus::Id& task, absl::string_view annotator) const;
  // Takes a task from the stream that is not given to whom it was drawn for, who may have answered
  // it elsewhere or get a check in its place: it is offered among those that others have begun.
  void Keep(const storage::v1::Task& task);
  // The task to offer to the person before fresh ones; null for none.
  const storage::v1::Task* NextKnown(absl::string_view annotator);

  uint64_t num_live() const { return expiry_.size(); }
  // Audit questions among the live leases.
  uint64_t num_live_audit() const { return num_live_audit_; }
  // Of a person.
  uint64_t CountLive(absl::string_view annotator) const;
  // Tasks that the queue has handed out and that are open for somebody again.
  uint64_t num_offered() const { return returned_.size() + begun_.size(); }
  // Grows whenever a task may have become open for somebody.
  uint64_t num_offers() const { return last_place_ + num_ended_; }
  // When the next lease is lost; the infinite future when none is live.
  absl::Time next_expiry() const;

 private:
  struct Held {
    uint32_t person = 0;
    storage::v1::Lease lease;
    absl::Time expires;
    bool live = false;
  };
  struct Given {
    uint32_t person;
    bool surplus;
  };
  struct State {
    absl::InlinedVector<Given, 1> answers;
    std::vector<Held> leases;
    // A task of the queue, when it may be in no lease and more people are wanted.
    std::unique_ptr<storage::v1::Task> wanted;
    // Kept, and never handed out.
    bool is_fresh = false;
    // Its places in returned_ and begun_; 0 for none.
    uint64_t returned = 0;
    uint64_t begun = 0;
  };
  using Offers = std::map<uint64_t, corpus::Id>;

  uint32_t PersonOf(absl::string_view annotator);
  Held* FindHeld(State& state, absl::string_view annotator);
  // Different people whose answers count, and those who hold a live lease, too.
  static uint32_t NumCounted(const State& state);
  static uint32_t PlacesTaken(const State& state);
  bool HasAnswered(const State& state, absl::string_view annotator) const;
  bool IsOpenFor(const corpus::Id& task, const State& state, absl::string_view annotator) const;
  static const storage::v1::Task* TaskToOffer(const State& state);
  void SetLive(const corpus::Id& task, Held& held, absl::Time expires);
  void SetLost(const corpus::Id& task, Held& held);
  // After a change of the state: offers the task as it should be, or drops it when nobody knows it.
  void Update(const corpus::Id& task);
  void SetOffered(const corpus::Id& task, bool offered, uint64_t& place, Offers& offers);
  // A begun task may be open for the person again.
  void LookAgain(const corpus::Id& task, uint32_t person);

  const Overlap overlap_;
  uint64_t next_token_;
  absl::flat_hash_map<corpus::Id, State> tasks_;
  absl::flat_hash_map<std::string, uint32_t> people_;
  // In the order in which they became open.
  Offers returned_;
  Offers begun_;
  uint64_t last_place_ = 0;
  // Leases that were lost or released. Their holders may have the task again, also one that was
  // offered to others all the time.
  uint64_t num_ended_ = 0;
  // By person: tasks begun up to this place are not open for them any more.
  absl::flat_hash_map<uint32_t, uint64_t> begun_seen_;
  // Live leases by the time at which they are lost, and by person.
  std::set<std::pair<absl::Time, std::pair<corpus::Id, std::string>>> expiry_;
  absl::flat_hash_map<uint32_t, std::set<corpus::Id>> live_of_;
  uint64_t num_live_audit_ = 0;
};

}  // namespace winnow::tasks

// Which of the tasks that a person gets are checks of them, and what the checks found.
//
// A check is a task whose right answer is known: one of the person's own, which they answered at
// least kRecheckAfter answers ago, or a gold task. It is handed out in the place of another task
// and looks like it; it has an id of its own, is for this person alone, and its answer is surplus.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "common/corpus/ids.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// Answers of a person between one and its check.
inline constexpr size_t kRecheckAfter = 100;
// Nobody is judged by fewer checks.
inline constexpr uint64_t kMinChecks = 20;

// What checks have found of a person. Ignored checks count for nothing.
struct CheckFacts {
  uint64_t num_own = 0;
  uint64_t num_own_agreed = 0;
  uint64_t num_gold = 0;
  uint64_t num_gold_agreed = 0;
  // Less reliable than they were (stats/cusum.h).
  bool drifted = false;
  // At least kMinChecks, of which surely (95 %, Wilson) fewer agreed than the queue wants.
  bool is_below_bar = false;
};

// Not thread-safe.
class Checks {
 public:
  // `gold` as ReadGoldTasks returns it.
  Checks(const storage::v1::Queue& queue, std::vector<storage::v1::Task> gold);

  // The check that the person is due, if any: it names what is asked (of their own answers the
  // revision alone). `num_held`: tasks in their hands; `holds` tells whether one is among them. The
  // same for the same answers and tasks, whatever else happens.
  std::optional<storage::v1::Task> Next(absl::string_view annotator, uint64_t num_held,
                                        absl::FunctionRef<bool(const corpus::Id&)> holds) const;

  // An answer of the queue stands, or does not any more.
  void Added(const storage::v1::Answer& answer);
  void Removed(const storage::v1::Answer& answer);
  void Clear();

  CheckFacts Facts(absl::string_view annotator) const;

 private:
  struct Outcome {
    bool is_gold;
    bool agreed;
  };
  struct Person {
    uint64_t num_answers = 0;
    // Revisions of the answers that can be asked again, ascending.
    std::vector<uint64_t> answers;
    // Checks that were answered.
    absl::flat_hash_set<corpus::Id> checked;
    // Those not ignored, by revision.
    std::map<uint64_t, Outcome> outcomes;
  };

  const double share_;
  const uint64_t seed_;
  const double min_agreement_;
  const std::vector<storage::v1::Task> gold_;
  std::map<std::string, Person, std::less<>> people_;
};

// Makes the check of an earlier answer that Next has named: fills in what `earlier` answered.
void FillOwnCheck(const storage::v1::Answer& earlier, storage::v1::Task& check);

}  // namespace winnow::tasks

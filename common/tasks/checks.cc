#include "common/tasks/checks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/stats/asking.h"
#include "common/stats/cusum.h"
#include "common/stats/intervals.h"
#include "common/tasks/kinds.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Answer;
using storage::v1::Task;

constexpr uint64_t kSalt = 0x636865636b73;

bool IsIgnored(const Answer& answer) { return answer.verdict() == storage::v1::VERDICT_IGNORE; }

// Answers that can be asked again.
bool CanCheck(const Answer& answer) {
  return !answer.has_check() && !answer.surplus() && !IsIgnored(answer);
}

// The first of `num_items` items from a drawn one on, and around, that `is_free`.
std::optional<size_t> FindFrom(uint64_t draw, size_t num_items,
                               absl::FunctionRef<bool(size_t)> is_free) {
  for (size_t i = 0; i < num_items; ++i) {
    const size_t item = (draw + i) % num_items;
    if (is_free(item)) return item;
  }
  return std::nullopt;
}

}  // namespace

Checks::Checks(const storage::v1::Queue& queue, std::vector<Task> gold)
    : share_(queue.check_share()),
      seed_(MixHash(queue.seed(), kSalt)),
      min_agreement_(queue.min_agreement()),
      gold_(std::move(gold)) {}

std::optional<Task> Checks::Next(absl::string_view annotator, uint64_t num_held,
                                 absl::FunctionRef<bool(const Id&)> holds) const {
  static const Person kNobody;
  const auto known = people_.find(annotator);
  const Person& person = known == people_.end() ? kNobody : known->second;
  const uint64_t draw = MixHash(MixHash(seed_, Hash64(annotator)), person.num_answers + num_held);
  if (UnitInterval(draw) >= share_) return std::nullopt;

  Task check;
  const auto is_free = [&](absl::string_view of) {
    check.set_id(corpus::CheckTaskIdOf(annotator, of));
    const Id id(check.id());
    return !person.checked.contains(id) && !holds(id);
  };
  const auto find_own = [&](uint64_t from) {
    const size_t num_old = person.answers.size() - std::min(person.answers.size(), kRecheckAfter);
    const auto own =
        FindFrom(from, num_old, [&](size_t i) { return is_free(absl::StrCat(person.answers[i])); });
    if (own.has_value()) check.mutable_check()->set_own_revision(person.answers[*own]);
    return own.has_value();
  };
  const auto find_gold = [&](uint64_t from) {
    const auto found =
        FindFrom(from, gold_.size(), [&](size_t i) { return is_free(gold_[i].id()); });
    if (!found.has_value()) return false;
    const std::string id = check.id();
    check = gold_[*found];
    check.set_id(id);
    return true;
  };
  const uint64_t second = MixHash(draw, kSalt);
  const bool gold_first = second % 2 == 0;
  const uint64_t from = second / 2;
  const bool any =
      gold_first ? find_gold(from) || find_own(from) : find_own(from) || find_gold(from);
  return any ? std::optional(std::move(check)) : std::nullopt;
}

void Checks::Added(const Answer& answer) {
  Person& person = people_[answer.annotator()];
  ++person.num_answers;
  if (CanCheck(answer)) person.answers.push_back(answer.revision());
  if (!answer.has_check()) return;
  person.checked.insert(Id(answer.task_id()));
  if (IsIgnored(answer)) return;
  person.outcomes[answer.revision()] = {answer.check().own_revision() == 0,
                                        answer.check().agreed()};
}

void Checks::Removed(const Answer& answer) {
  Person& person = people_[answer.annotator()];
  --person.num_answers;
  const auto own =
      std::lower_bound(person.answers.begin(), person.answers.end(), answer.revision());
  if (own != person.answers.end() && *own == answer.revision()) person.answers.erase(own);
  if (answer.has_check()) person.checked.erase(Id(answer.task_id()));
  person.outcomes.erase(answer.revision());
}

void Checks::Clear() { people_.clear(); }

CheckFacts Checks::Facts(absl::string_view annotator) const {
  CheckFacts facts;
  const auto person = people_.find(annotator);
  if (person == people_.end()) return facts;
  std::vector<bool> agreed;
  for (const auto& [revision, outcome] : person->second.outcomes) {
    agreed.push_back(outcome.agreed);
    ++(outcome.is_gold ? facts.num_gold : facts.num_own);
    if (outcome.agreed) ++(outcome.is_gold ? facts.num_gold_agreed : facts.num_own_agreed);
  }
  facts.drifted = stats::HasDrifted(agreed);
  const uint64_t num_checks = facts.num_own + facts.num_gold;
  if (num_checks < kMinChecks) return facts;
  const auto num_agreed = static_cast<double>(facts.num_own_agreed + facts.num_gold_agreed);
  facts.is_below_bar =
      stats::WilsonInterval(num_agreed, static_cast<double>(num_checks), 0.95).upper <
      min_agreement_;
  return facts;
}

void FillOwnCheck(const Answer& earlier, Task& check) {
  Task task = TaskOf(earlier);
  task.set_id(check.id());
  storage::v1::Check& expected = *task.mutable_check();
  expected.set_own_revision(earlier.revision());
  expected.set_verdict(earlier.verdict());
  if (IsMarkup(earlier.kind())) {
    for (const storage::v1::Decision& decision : earlier.decisions())
      *expected.add_spans() = decision.span();
  }
  check = std::move(task);
}

}  // namespace winnow::tasks

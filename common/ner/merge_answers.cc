#include "common/ner/merge_answers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/spans.h"

namespace winnow::ner {
namespace {

using storage::v1::Answer;
using storage::v1::Decision;
using storage::v1::Span;

using SpanSet = std::set<Span, text::SpanLess>;
// Each is kept with the revision that said so.
using Decisions = std::map<Span, uint64_t, text::SpanLess>;

std::string Show(const Span& span) {
  return absl::StrCat("[", span.start(), ", ", span.end(), ") ", span.label());
}

// What one person says, whose answers are added in the order of their revisions.
class Person {
 public:
  explicit Person(std::vector<Contradiction>& contradictions) : contradictions_(contradictions) {}

  void Add(const Answer& answer) {
    revision_ = answer.revision();
    if (answer.coverage() == storage::v1::COVERAGE_COMPLETE &&
        answer.verdict() == storage::v1::VERDICT_ACCEPT) {
      Complete(answer);
    } else if (answer.coverage() == storage::v1::COVERAGE_BINARY) {
      for (const Decision& decision : answer.decisions()) {
        const auto verdict = decision.verdict() == storage::v1::VERDICT_UNSPECIFIED
                                 ? answer.verdict()
                                 : decision.verdict();
        if (verdict == storage::v1::VERDICT_ACCEPT) Accept(decision.span());
        if (verdict == storage::v1::VERDICT_REJECT) Reject(decision.span());
      }
    }
  }

  const Decisions& accepted() const { return accepted_; }
  const Decisions& rejected() const { return rejected_; }
  const std::map<std::string, uint64_t>& complete() const { return complete_; }

  bool IsFor(const Span& span) const { return accepted_.contains(span); }
  bool Rejected(const Span& span) const { return rejected_.contains(span); }
  bool IsAgainst(const Span& span) const {
    if (IsFor(span)) return false;
    return rejected_.contains(span) || complete_.contains(span.label()) ||
           std::any_of(accepted_.begin(), accepted_.end(), [&](const Decisions::value_type& other) {
             return text::Overlaps(span, other.first);
           });
  }

 private:
  void Contradict(uint64_t earlier, const Span& span, std::string what) {
    contradictions_.push_back({earlier, revision_, span, std::move(what)});
  }

  void Complete(const Answer& answer) {
    const std::set<std::string> labels(answer.complete_labels().begin(),
                                       answer.complete_labels().end());
    SpanSet marked;
    for (const Decision& decision : answer.decisions()) marked.insert(decision.span());
    std::erase_if(accepted_, [&](const Decisions::value_type& earlier) {
      if (!labels.contains(earlier.first.label())) return false;
      if (!marked.contains(earlier.first)) {
        Contradict(earlier.second, earlier.first,
                   "not marked in a complete annotation, was accepted");
      }
      return true;
    });
    std::erase_if(rejected_, [&](const Decisions::value_type& earlier) {
      if (!labels.contains(earlier.first.label())) return false;
      if (marked.contains(earlier.first)) {
        Contradict(earlier.second, earlier.first, "marked in a complete annotation, was rejected");
      }
      return true;
    });
    for (const std::string& label : labels) complete_.erase(label);
    for (const Span& span : marked) Accept(span);
    for (const std::string& label : labels) complete_[label] = revision_;
  }

  void Accept(const Span& span) {
    if (accepted_.contains(span)) {
      accepted_[span] = revision_;
      return;
    }
    if (const auto it = rejected_.find(span); it != rejected_.end()) {
      Contradict(it->second, span, "accepted, was rejected");
      rejected_.erase(it);
    }
    const size_t overlapped = std::erase_if(accepted_, [&](const Decisions::value_type& earlier) {
      if (earlier.second == revision_ || !text::Overlaps(span, earlier.first)) return false;
      Contradict(earlier.second, span,
                 absl::StrCat("accepted, overlaps the accepted ", Show(earlier.first)));
      return true;
    });
    if (const auto it = complete_.find(span.label()); it != complete_.end() && overlapped == 0) {
      Contradict(it->second, span, "accepted, was not marked in a complete annotation");
    }
    accepted_[span] = revision_;
  }

  void Reject(const Span& span) {
    if (const auto it = accepted_.find(span); it != accepted_.end()) {
      Contradict(it->second, span, "rejected, was accepted");
      accepted_.erase(it);
      complete_.erase(span.label());
    }
    rejected_[span] = revision_;
  }

  uint64_t revision_ = 0;
  Decisions accepted_, rejected_;
  std::map<std::string, uint64_t> complete_;
  std::vector<Contradiction>& contradictions_;
};

// People by name; answers without a name come first, each a person of its own.
using People = std::vector<std::pair<std::string, Person>>;

People PeopleOf(absl::Span<const Answer* const> answers,
                std::vector<Contradiction>& contradictions) {
  std::vector<const Answer*> sorted(answers.begin(), answers.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const Answer* a, const Answer* b) {
    return a->annotator() < b->annotator();
  });
  People people;
  for (const Answer* answer : sorted) {
    const std::string& name = answer->annotator();
    if (people.empty() || name.empty() || people.back().first != name)
      people.emplace_back(name, Person(contradictions));
    people.back().second.Add(*answer);
  }
  return people;
}

template <typename Is>
std::string NamesOf(const People& people, const Is& is) {
  std::vector<std::string> names;
  for (const auto& [name, person] : people) {
    if (is(person)) names.push_back(name.empty() ? "somebody" : name);
  }
  return absl::StrJoin(names, ", ");
}

// The log odds that the span is right, by those who judged it.
double LogOdds(const People& people, const Span& span, const ErrorsOfPeople& errors) {
  // Less is the rounding of what cancels out.
  constexpr double kLeast = 1e-9;
  double sum = 0;
  for (const auto& [name, person] : people) {
    const auto known = errors.by_name.find(name);
    const auto [reject_right, accept_wrong] =
        known == errors.by_name.end() ? errors.others : known->second;
    if (person.IsFor(span)) sum += std::log((1 - reject_right) / accept_wrong);
    if (person.Rejected(span)) sum += std::log(reject_right / (1 - accept_wrong));
  }
  return std::abs(sum) < kLeast ? 0 : sum;
}

// `errors`: null to follow the majority.
void MergeSpan(const People& people, const Span& span, const ErrorsOfPeople* errors,
               MergedAnswers& merged) {
  const auto for_it = [&](const Person& person) { return person.IsFor(span); };
  const auto against = [&](const Person& person) { return person.IsAgainst(span); };
  const auto count = [&](const auto& is) {
    return std::count_if(people.begin(), people.end(),
                         [&](const People::value_type& person) { return is(person.second); });
  };
  const auto num_for = count(for_it), num_against = count(against);
  const double balance = errors == nullptr ? static_cast<double>(num_for - num_against)
                                           : LogOdds(people, span, *errors);
  const bool is_tie = balance == 0;
  Span& decided = is_tie        ? *merged.labelled.add_disputed()
                  : balance > 0 ? *merged.labelled.add_accepted()
                                : *merged.labelled.add_rejected();
  decided = span;
  if (errors != nullptr && !is_tie) {
    storage::v1::Evidence& evidence = *merged.labelled.add_evidence();
    *evidence.mutable_span() = span;
    evidence.set_log_odds(balance);
  }
  if (num_for == 0 || num_against == 0) return;
  merged.disagreements.push_back({span, is_tie,
                                  absl::StrCat("accepted by ", NamesOf(people, for_it), "; not by ",
                                               NamesOf(people, against))});
}

}  // namespace

MergedAnswers MergeAnswers(absl::string_view text, absl::Span<const Answer* const> answers,
                           const ErrorsOfPeople* errors) {
  MergedAnswers merged;
  merged.labelled.set_text(text.data(), text.size());
  const People people = PeopleOf(answers, merged.contradictions);
  SpanSet spans;
  std::set<std::string> complete;
  for (const auto& [name, person] : people) {
    for (const Decisions* decisions : {&person.accepted(), &person.rejected()}) {
      for (const auto& [span, revision] : *decisions) spans.insert(span);
    }
    for (const auto& [label, revision] : person.complete()) complete.insert(label);
  }
  for (const Span& span : spans)
    MergeSpan(people, span, complete.contains(span.label()) ? nullptr : errors, merged);
  for (const std::string& label : complete) merged.labelled.add_complete_labels(label);
  return merged;
}

}  // namespace winnow::ner

#include "common/measure/decided_answers.h"

#include <algorithm>
#include <vector>

#include "absl/algorithm/container.h"
#include "common/text/spans.h"

namespace winnow::measure {
namespace {

using storage::v1::Answer;
using storage::v1::Decision;

template <typename List, typename Is>
void EraseIf(List& list, const Is& is) {
  list.erase(std::remove_if(list.begin(), list.end(), is), list.end());
}

void TakeOut(const Answer& decision, Answer& answer) {
  const auto& labels = decision.complete_labels();
  EraseIf(*answer.mutable_complete_labels(),
          [&](const std::string& label) { return absl::c_linear_search(labels, label); });
  EraseIf(*answer.mutable_decisions(), [&](const Decision& said) {
    if (decision.coverage() == storage::v1::COVERAGE_COMPLETE)
      return absl::c_linear_search(labels, said.span().label());
    return text::SameSpan(said.span(), decision.decisions(0).span());
  });
}

}  // namespace

void ReplaceDecided(std::map<uint64_t, Answer>& answers) {
  std::vector<Answer> decisions;
  for (const auto& [revision, answer] : answers) {
    if (!answer.decides().empty()) decisions.push_back(answer);
  }
  for (const Answer& decision : decisions) {
    for (const uint64_t revision : decision.decides()) {
      const auto decided = answers.find(revision);
      if (decided == answers.end()) continue;
      TakeOut(decision, decided->second);
      if (decided->second.decisions().empty() && decided->second.complete_labels().empty())
        answers.erase(decided);
    }
  }
}

}  // namespace winnow::measure

#include "common/stats/judgements.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::stats {

absl::Status Validate(const Judgements& judgements) {
  Violations violations;
  if (judgements.num_categories < 2) {
    violations.Add("num_categories",
                   absl::StrCat("is ", judgements.num_categories, ", must be at least 2"));
  }
  for (size_t i = 0; i < judgements.all.size(); ++i) {
    const Judgement& judgement = judgements.all[i];
    const auto check = [&](const char* what, size_t index, size_t size) {
      if (index < size) return;
      violations.Add(absl::StrCat("all[", i, "].", what),
                     absl::StrCat("is ", index, ", but there are only ", size));
    };
    check("item", judgement.item, judgements.num_items());
    check("person", judgement.person, judgements.num_people);
    check("category", judgement.category, judgements.num_categories);
  }
  return violations.ToStatus("the judgements contradict themselves");
}

std::vector<std::vector<int>> CountByItem(const Judgements& judgements) {
  std::vector<std::vector<int>> counts(judgements.num_items(),
                                       std::vector<int>(judgements.num_categories));
  for (const Judgement& judgement : judgements.all) ++counts[judgement.item][judgement.category];
  return counts;
}

}  // namespace winnow::stats

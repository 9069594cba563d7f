#include "common/stats/posteriors.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::stats {

absl::Status CheckEachItemIsJudged(const Judgements& judgements) {
  WINNOW_RETURN_IF_ERROR(Validate(judgements));
  std::vector<bool> judged(judgements.num_items());
  for (const Judgement& judgement : judgements.all) judged[judgement.item] = true;
  Violations violations;
  for (size_t i = 0; i < judged.size(); ++i) {
    if (!judged[i]) violations.Add(absl::StrCat("item ", i), "has no judgement");
  }
  return violations.ToStatus("nothing can be said of some items");
}

void NormaliseLogs(Posteriors& logs) {
  for (std::vector<double>& item : logs) {
    const double largest = *std::max_element(item.begin(), item.end());
    double sum = 0;
    for (double& log : item) sum += log = std::exp(log - largest);
    for (double& probability : item) probability /= sum;
  }
}

double LargestChange(const Posteriors& before, const Posteriors& after) {
  double largest = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    for (size_t k = 0; k < before[i].size(); ++k)
      largest = std::max(largest, std::abs(after[i][k] - before[i][k]));
  }
  return largest;
}

}  // namespace winnow::stats

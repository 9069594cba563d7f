#include "common/stats/agreement.h"

#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"

namespace winnow::stats {

double AskedAgreement::share() const {
  return answers() == 0 ? 0
                        : static_cast<double>(accepted_predicted + rejected_other) /
                              static_cast<double>(answers());
}

AskedAgreement CountAgreement(absl::Span<const AskedSpan> answers) {
  AskedAgreement counts;
  for (const AskedSpan& answer : answers) {
    if (answer.predicted) {
      ++(answer.accepted ? counts.accepted_predicted : counts.rejected_predicted);
    } else {
      ++(answer.accepted ? counts.accepted_other : counts.rejected_other);
    }
  }
  return counts;
}

absl::StatusOr<PairAgreement> MeasureAgreement(absl::Span<const JudgementPair> pairs,
                                               double confidence) {
  if (pairs.empty()) return absl::InvalidArgumentError("no item was judged twice");
  if (!(confidence > 0 && confidence < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("confidence is ", confidence, ", not between 0 and 1"));
  }
  const double n = static_cast<double>(pairs.size());
  int64_t same = 0;
  std::map<int, std::pair<double, double>> shares;
  for (const JudgementPair& pair : pairs) {
    same += pair.first == pair.second;
    shares[pair.first].first += 1 / n;
    shares[pair.second].second += 1 / n;
  }
  PairAgreement agreement;
  agreement.items = static_cast<int64_t>(pairs.size());
  const double observed = static_cast<double>(same) / n;
  agreement.observed = {observed, std::sqrt(observed * (1 - observed) / n),
                        WilsonInterval(static_cast<double>(same), n, confidence)};
  for (const auto& [category, share] : shares) agreement.expected += share.first * share.second;
  agreement.kappa =
      shares.size() == 1 ? 1 : (observed - agreement.expected) / (1 - agreement.expected);
  return agreement;
}

}  // namespace winnow::stats

// What estimates the truth of items by steps of EM has in common.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/stats/judgements.h"

namespace winnow::stats {

// probabilities[item][category].
using Posteriors = std::vector<std::vector<double>>;

// InvalidArgument naming each item without a judgement, and what Validate refuses.
absl::Status CheckEachItemIsJudged(const Judgements& judgements);

// exp(logs), scaled so that each item's sum to 1.
void NormaliseLogs(Posteriors& logs);

// The largest change of a probability. REQUIRES: equal shapes.
double LargestChange(const Posteriors& before, const Posteriors& after);

}  // namespace winnow::stats

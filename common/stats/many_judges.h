// How much any number of people agree on the items that they judged in common. Pure functions, safe
// to call from any thread.
//
// Both coefficients are (observed - expected) / (1 - expected), where expected is the agreement
// that the shares of the categories alone would give. They say how much people agree, not who is
// right. Both are low where one category is rare, however good people are (Feinstein and Cicchetti
// 1990): compare them only between data with alike shares. An item with one judgement says nothing
// and is passed over. 1 where there is one category only, or nothing at all.
#pragma once

#include "absl/status/statusor.h"
#include "common/stats/bootstrap.h"
#include "common/stats/judgements.h"

namespace winnow::stats {

// Fleiss (1971), of N items with n judgements each, n_ik of which put item i into category k:
//   P_i = (sum_k n_ik^2 - n) / (n (n - 1)),  observed = mean of P_i,
//   p_k = sum_i n_ik / (N n),                expected = sum_k p_k^2.
// The people may be others for each item. InvalidArgument with everything that is wrong, such as
// items with different numbers of judgements (which Krippendorff's alpha takes).
absl::StatusOr<Coefficient> MeasureFleissKappa(const Judgements& judgements,
                                               const BootstrapOptions& options = {});

// Krippendorff (2011), alpha for nominal data, any number of judgements an item (m_i of item i):
//   o_ck = sum_i (n_ic (n_ik - [c = k])) / (m_i - 1),  n_c = sum_k o_ck,  n = sum_c n_c,
//   alpha = 1 - (n - 1) sum_{c != k} o_ck / sum_{c != k} n_c n_k.
// It corrects for small samples, and takes what is missing to be missing at random.
// InvalidArgument with everything that is wrong.
absl::StatusOr<Coefficient> MeasureKrippendorffAlpha(const Judgements& judgements,
                                                     const BootstrapOptions& options = {});

}  // namespace winnow::stats

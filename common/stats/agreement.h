// Agreement of answers with a model, and of people with each other or themselves. Pure functions,
// safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/stats/bootstrap.h"
#include "common/stats/intervals.h"

namespace winnow::stats {

// One yes/no answer beside what a model says of the span.
struct AskedSpan {
  // The model predicts the span.
  bool predicted = false;
  // The person's answer was yes.
  bool accepted = false;
};

// Answers by what the model says.
struct AskedAgreement {
  int64_t accepted_predicted = 0;
  int64_t rejected_predicted = 0;
  int64_t accepted_other = 0;
  int64_t rejected_other = 0;

  int64_t answers() const {
    return accepted_predicted + rejected_predicted + accepted_other + rejected_other;
  }
  // (accepted_predicted + rejected_other) / answers, 0 without answers. It is "agreement on the
  // questions asked": the questions were chosen by a model, so it is biased and estimates nothing
  // about other spans. Never call it accuracy.
  double share() const;
};

AskedAgreement CountAgreement(absl::Span<const AskedSpan> answers);

// Two judgements of the same item. Categories are any numbers, such as 0 = no, 1 = yes.
struct JudgementPair {
  int first = 0;
  int second = 0;
  // That the item is of, by any number; texts are the unit of sampling.
  size_t text = 0;
};

// Two people on the same items, or one person twice (self-agreement: read `observed`).
struct PairAgreement {
  int64_t items = 0;
  // Share of items judged the same, with the interval of a precision (common/stats/f1.h).
  Estimate observed;
  // Share that would agree by chance: sum over categories of share_first * share_second.
  double expected = 0;
  // Cohen (1960): (observed - expected) / (1 - expected); 1 when both always gave one and the same
  // category. Low where a category is rare (common/stats/many_judges.h).
  Coefficient kappa;
};

// InvalidArgument without items or for options that are none.
absl::StatusOr<PairAgreement> MeasureAgreement(absl::Span<const JudgementPair> pairs,
                                               const BootstrapOptions& options = {});

}  // namespace winnow::stats

// Who agrees with whom: everything that shared answers tell of the people who gave them. A pure
// function, safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/measure/question_agreement.h"
#include "common/measure/shared_answers.h"
#include "common/measure/span_agreement.h"
#include "common/stats/agreement.h"
#include "common/stats/bootstrap.h"

namespace winnow::measure {

struct AgreementOptions {
  stats::BootstrapOptions bootstrap;
  // Of the rates of people (EstimateRates).
  bool use_prior = true;
  // At most so many of what is told the most frequent of.
  size_t max_pairs = 1'000;
  size_t max_confusions = 50;
};

// On what is shared of one label, or of all.
struct LabelAgreement {
  // Empty: all labels together.
  std::string label;
  std::optional<QuestionAgreement> questions;
  // Over all pairs of people.
  std::optional<SpanAgreement> spans;
};

struct PairOfPeople {
  // Indices into SharedAnswers::people, first < second.
  size_t first = 0;
  size_t second = 0;
  std::optional<stats::PairAgreement> questions;
  std::optional<SpanAgreement> spans;
};

// Pairs of answers and of annotations by the week in which the later of the two was given; those of
// an unknown time are left out.
struct WeekOfAgreement {
  // Its Monday, in days since 1970-01-01 UTC.
  int64_t first_day = 0;
  // Pairs of answers, and the share of them that are alike.
  uint64_t num_answer_pairs = 0;
  stats::Estimate observed;
  std::optional<SpanAgreement> spans;
};

struct AgreementReport {
  LabelAgreement all;
  // By label.
  std::vector<LabelAgreement> labels;
  // Those who share most first; `num_pairs` counts also the ones that are not told.
  std::vector<PairOfPeople> pairs;
  uint64_t num_pairs = 0;
  std::vector<Confusions::Labels> label_confusions;
  std::vector<Confusions::Boundaries> boundary_confusions;
  // Ascending.
  std::vector<WeekOfAgreement> weeks;
  // From the questions, and from the spans marked in shared texts: each is a question to all who
  // annotated its label there, answered yes by those who marked the very same.
  std::optional<RatesOfPeople> rates;
};

// InvalidArgument with everything that is wrong with the options.
absl::StatusOr<AgreementReport> MeasureAgreement(const SharedAnswers& shared,
                                                 const AgreementOptions& options);

}  // namespace winnow::measure

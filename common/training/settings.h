// How far a training follows its parent: chosen by trials on held-out texts, where there are enough
// of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/models/training_keys.h"
#include "common/ner/training.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// With fewer spans to tune on, noise would choose.
inline constexpr uint64_t kMinTuningSpans = 150;

// The texts to choose on: the completely annotated ones of the first half of the hold-out buckets,
// without those with a key in `excluded` (sorted). None, for which the report's reason tells why,
// where there is nothing to choose: without a parent, with settings that the spec asks for, with a
// hold-out that the spec makes smaller, with too few spans.
std::vector<measure::GoldText> TuningTexts(const storage::v1::TrainingSpec& spec,
                                           const measure::LabelledTexts& answers,
                                           const models::TrainingKeys& excluded,
                                           storage::v1::SettingsReport& report);

// Trains with the given settings, or cancels.
using TrainTrial =
    absl::FunctionRef<absl::StatusOr<ner::TrainingResult>(const ner::LearnerOptions&)>;

struct Chosen {
  ner::LearnerOptions options;
  ner::TrainingResult trained;
};

// Trains with each of a small set of settings, the first of which are the defaults, and returns
// those with the best F1 on `texts` if they are better than the defaults by more than the standard
// error of the difference; else the defaults, as without texts. Tells all trials in the report.
absl::StatusOr<Chosen> TrainBest(const ner::LearnerOptions& defaults,
                                 absl::Span<const measure::GoldText> texts, TrainTrial train,
                                 storage::v1::SettingsReport& report);

}  // namespace winnow::training

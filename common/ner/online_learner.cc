#include "common/ner/online_learner.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/ner/adagrad.h"

namespace winnow::ner {

OnlineLearner::OnlineLearner(std::unique_ptr<AdaGrad> adagrad, std::shared_ptr<const Model> model)
    : adagrad_(std::move(adagrad)), model_(std::move(model)) {}
OnlineLearner::OnlineLearner(OnlineLearner&&) noexcept = default;
OnlineLearner& OnlineLearner::operator=(OnlineLearner&&) noexcept = default;
OnlineLearner::~OnlineLearner() = default;

absl::StatusOr<OnlineLearner> OnlineLearner::Create(const Parent& parent,
                                                    const LearnerOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(
      std::unique_ptr<AdaGrad> adagrad,
      AdaGrad::Create(parent.model->labels(), parent, options, parent.model->hash_bits()));
  // A copy that shares the parent's memory.
  return OnlineLearner(std::move(adagrad),
                       parent.model->WithTemperature(parent.model->temperature()));
}

absl::StatusOr<size_t> OnlineLearner::Step(absl::Span<const Example* const> examples) {
  // All are checked before the first is learnt from, so that a refused step changes nothing.
  for (size_t i = 0; i < examples.size(); ++i) {
    if (absl::Status status = CheckExample(*examples[i], model_->tags()); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("example ", i, ": ", status.message()));
    }
  }
  size_t contradictory = 0;
  const std::vector<std::vector<uint32_t>> rows = adagrad_->FindRows(examples);
  for (size_t e = 0; e < examples.size(); ++e) {
    double loss = 0;
    adagrad_->Update({{examples[e], rows[e]}}, absl::MakeSpan(&loss, 1));
    contradictory += std::isinf(loss);

    // The snapshot exchanges only these rows; the others are the last snapshot's.
    for (size_t i = 0; i < rows[e].size(); ++i) {
      const uint32_t row = rows[e][i];
      is_touched_.resize(std::max<size_t>(is_touched_.size(), row + 1));
      if (is_touched_[row]) continue;
      is_touched_[row] = true;
      touched_.push_back(examples[e]->features.ids[i] >> (32 - model_->hash_bits()));
    }
  }
  return contradictory;
}

absl::StatusOr<std::shared_ptr<const Model>> OnlineLearner::Snapshot() {
  if (touched_.empty()) return model_;
  std::sort(touched_.begin(), touched_.end());
  const auto row_of = [&](size_t i) { return adagrad_->Row(touched_[i]); };
  WINNOW_ASSIGN_OR_RETURN(model_, model_->WithRows(touched_, adagrad_->transitions(), row_of));
  touched_.clear();
  is_touched_.clear();
  return model_;
}

}  // namespace winnow::ner

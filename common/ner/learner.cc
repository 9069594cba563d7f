#include "common/ner/learner.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/ner/trainer.h"

namespace winnow::ner {
namespace {

constexpr int kDefaultHashBits = 20;
constexpr int kLargeHashBits = 21;
constexpr size_t kManyExamples = 10'000;
// Examples per gradient step. On dev sets as good as any number from 1 to 16.
constexpr size_t kBatchSize = 8;
// An example with a lower loss, in nats, is left out of every second epoch. No F1 changes by it.
constexpr double kQuietLoss = 0.05;

int HashBits(const Parent& parent, const LearnerOptions& options, size_t num_examples) {
  if (options.hash_bits != 0) return options.hash_bits;
  if (parent.model != nullptr) return parent.model->hash_bits();
  return num_examples > kManyExamples ? kLargeHashBits : kDefaultHashBits;
}

absl::Status CheckExamples(const Trainer& trainer, absl::Span<const Example> examples) {
  bool any = false;
  for (size_t i = 0; i < examples.size(); ++i) {
    if (absl::Status status = trainer.Check(examples[i]); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("example ", i, ": ", status.message()));
    }
    any |= !examples[i].constraint.empty() && examples[i].weight > 0;
  }
  return any ? absl::OkStatus() : absl::InvalidArgumentError("there is nothing to learn from");
}

}  // namespace

std::vector<std::string> UnitedLabels(const Model* parent, absl::Span<const std::string> labels) {
  std::vector<std::string> united;
  if (parent != nullptr) united = parent->labels();
  for (const std::string& label : labels) {
    if (std::find(united.begin(), united.end(), label) == united.end()) united.push_back(label);
  }
  return united;
}

absl::StatusOr<TrainingResult> Train(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const Parent& parent,
                                     const LearnerOptions& options,
                                     const ProgressCallback& progress) {
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<Trainer> trainer,
                          Trainer::Create({labels.begin(), labels.end()}, parent, options,
                                          HashBits(parent, options, examples.size())));
  WINNOW_RETURN_IF_ERROR(CheckExamples(*trainer, examples));

  std::vector<size_t> order;
  std::vector<const Example*> pointers;
  for (size_t i = 0; i < examples.size(); ++i) {
    pointers.push_back(&examples[i]);
    if (!examples[i].constraint.empty() && examples[i].weight > 0) order.push_back(i);
  }
  const std::vector<std::vector<uint32_t>> rows = trainer->FindRows(pointers);
  if (parent.model != nullptr) {
    std::vector<Trainer::Item> complete;
    for (const size_t i : order) {
      if (!examples[i].constraint.path.empty()) complete.push_back({&examples[i], rows[i]});
    }
    trainer->Shrink(options.parent_share, complete);
  }
  TrainingResult result;
  Random random(options.seed);
  std::vector<Trainer::Item> batch;
  std::vector<double> losses(kBatchSize);
  std::vector<double> last_loss(examples.size(), std::numeric_limits<double>::infinity());
  std::vector<bool> skipped(examples.size());
  std::vector<size_t> visited;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    random.Shuffle(order);
    double loss = 0;
    std::vector<size_t> contradictory;
    visited.clear();
    for (const size_t i : order) {
      // What taught next to nothing in the last epoch is left out of this one.
      skipped[i] = last_loss[i] < kQuietLoss && !skipped[i];
      if (skipped[i]) {
        loss += last_loss[i];
      } else {
        visited.push_back(i);
      }
    }
    for (size_t begin = 0; begin < visited.size(); begin += kBatchSize) {
      const absl::Span<const size_t> members =
          absl::MakeConstSpan(visited).subspan(begin, kBatchSize);
      batch.clear();
      for (const size_t i : members) batch.push_back({&examples[i], rows[i]});
      trainer->Update(batch, absl::MakeSpan(losses).first(batch.size()));
      for (size_t b = 0; b < batch.size(); ++b) {
        last_loss[members[b]] = losses[b];
        if (std::isinf(losses[b])) {
          contradictory.push_back(members[b]);
        } else {
          loss += losses[b];
        }
      }
    }
    trainer->AddToMean();
    std::sort(contradictory.begin(), contradictory.end());
    result.contradictory = std::move(contradictory);
    result.losses.push_back(loss / static_cast<double>(order.size()));
    if (progress && !progress({epoch, options.epochs, result.losses.back()})) {
      return absl::CancelledError(absl::StrCat("training was cancelled after epoch ", epoch));
    }
  }
  WINNOW_ASSIGN_OR_RETURN(result.model, trainer->MakeModel());
  result.optimizer = trainer->MakeOptimizerState(*result.model);
  return result;
}

OnlineLearner::OnlineLearner(std::unique_ptr<Trainer> trainer, std::shared_ptr<const Model> model)
    : trainer_(std::move(trainer)), model_(std::move(model)) {}
OnlineLearner::OnlineLearner(OnlineLearner&&) noexcept = default;
OnlineLearner& OnlineLearner::operator=(OnlineLearner&&) noexcept = default;
OnlineLearner::~OnlineLearner() = default;

absl::StatusOr<OnlineLearner> OnlineLearner::Create(const Parent& parent,
                                                    const LearnerOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(
      std::unique_ptr<Trainer> trainer,
      Trainer::Create(parent.model->labels(), parent, options, parent.model->hash_bits()));
  // A copy that shares the parent's memory.
  return OnlineLearner(std::move(trainer),
                       parent.model->WithTemperature(parent.model->temperature()));
}

absl::StatusOr<size_t> OnlineLearner::Step(absl::Span<const Example* const> examples) {
  for (size_t i = 0; i < examples.size(); ++i) {
    if (absl::Status status = trainer_->Check(*examples[i]); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("example ", i, ": ", status.message()));
    }
  }
  size_t contradictory = 0;
  const std::vector<std::vector<uint32_t>> rows = trainer_->FindRows(examples);
  for (size_t e = 0; e < examples.size(); ++e) {
    double loss = 0;
    trainer_->Update({{examples[e], rows[e]}}, absl::MakeSpan(&loss, 1));
    contradictory += std::isinf(loss);
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
  const auto row_of = [&](size_t i) { return trainer_->Row(touched_[i]); };
  WINNOW_ASSIGN_OR_RETURN(model_, model_->WithRows(touched_, trainer_->transitions(), row_of));
  touched_.clear();
  is_touched_.clear();
  return model_;
}

}  // namespace winnow::ner

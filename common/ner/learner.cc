#include "common/ner/learner.h"

#include <algorithm>
#include <cmath>
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

absl::StatusOr<TrainingResult> Train(absl::Span<const std::string> labels, absl::Span<const Example> examples,
                                     const Parent& parent, const LearnerOptions& options,
                                     const ProgressCallback& progress) {
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<Trainer> trainer,
                          Trainer::Create({labels.begin(), labels.end()}, parent, options,
                                          HashBits(parent, options, examples.size())));
  WINNOW_RETURN_IF_ERROR(CheckExamples(*trainer, examples));

  std::vector<std::vector<uint32_t>> rows(examples.size());
  std::vector<size_t> order;
  for (size_t i = 0; i < examples.size(); ++i) {
    trainer->FindRows(examples[i].features, rows[i]);
    if (!examples[i].constraint.empty() && examples[i].weight > 0) order.push_back(i);
  }
  TrainingResult result;
  Random random(options.seed);
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    random.Shuffle(order);
    double loss = 0;
    std::vector<size_t> contradictory;
    for (const size_t i : order) {
      const double l = trainer->Update(examples[i], rows[i]);
      if (std::isinf(l)) {
        contradictory.push_back(i);
      } else {
        loss += l;
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
  WINNOW_ASSIGN_OR_RETURN(result.model, trainer->MakeModel(1));
  result.optimizer = trainer->MakeOptimizerState(*result.model);
  return result;
}

OnlineLearner::OnlineLearner(std::unique_ptr<Trainer> trainer, double temperature)
    : trainer_(std::move(trainer)), temperature_(temperature) {}
OnlineLearner::OnlineLearner(OnlineLearner&&) noexcept = default;
OnlineLearner& OnlineLearner::operator=(OnlineLearner&&) noexcept = default;
OnlineLearner::~OnlineLearner() = default;

absl::StatusOr<OnlineLearner> OnlineLearner::Create(const Parent& parent, const LearnerOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<Trainer> trainer,
                          Trainer::Create(parent.model->labels(), parent, options, parent.model->hash_bits()));
  return OnlineLearner(std::move(trainer), parent.model->temperature());
}

absl::StatusOr<size_t> OnlineLearner::Step(absl::Span<const Example* const> examples) {
  for (size_t i = 0; i < examples.size(); ++i) {
    if (absl::Status status = trainer_->Check(*examples[i]); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("example ", i, ": ", status.message()));
    }
  }
  size_t contradictory = 0;
  std::vector<uint32_t> rows;
  for (const Example* example : examples) {
    trainer_->FindRows(example->features, rows);
    contradictory += std::isinf(trainer_->Update(*example, rows));
  }
  return contradictory;
}

absl::StatusOr<std::shared_ptr<const Model>> OnlineLearner::Snapshot() const {
  return trainer_->MakeModel(temperature_);
}

}  // namespace winnow::ner

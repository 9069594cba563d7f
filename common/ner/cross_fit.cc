#include "common/ner/cross_fit.h"

#include <algorithm>
#include <vector>

#include "absl/algorithm/container.h"
#include "common/base/status.h"
#include "common/ner/decode.h"
#include "common/ner/threshold.h"

namespace winnow::ner {
namespace {

constexpr size_t kMinAside = 20;
// Texts that are judged at least, if there are as many.
constexpr size_t kEnoughAside = 300;

// The number of spans of a label that a model predicts in texts scored by one of the same weights.
size_t NumPredicted(const Model& model, absl::Span<const ScoredText> texts, size_t label) {
  Decoder decoder;
  std::vector<Candidate> spans;
  size_t count = 0;
  for (const ScoredText& text : texts) {
    decoder.Decode(text.scores, text.num_tokens, model.transition_factors(), model.thresholds(),
                   spans);
    for (const Candidate& span : spans) count += span.span.label == label;
  }
  return count;
}

// The threshold of a frozen label at another temperature.
double FollowTemperature(const Model& parent, double temperature, size_t label,
                         absl::Span<const ScoredText> texts) {
  constexpr int kSteps = 8;
  const size_t wanted = NumPredicted(parent, texts, label);
  const auto other = parent.WithTemperature(temperature);
  std::vector<double> thresholds = parent.thresholds();
  if (NumPredicted(*other, texts, label) == wanted) return thresholds[label];
  double low = 0.02, high = 0.98;
  for (int step = 0; step < kSteps; ++step) {
    thresholds[label] = (low + high) / 2;
    const size_t count = NumPredicted(*other->WithThresholds(thresholds), texts, label);
    if (count == wanted) break;
    (count > wanted ? low : high) = thresholds[label];
  }
  return thresholds[label];
}

}  // namespace

absl::StatusOr<Calibration> CrossFit(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const FoldPlan& plan,
                                     const Parent& parent, const LearnerOptions& options,
                                     const ProgressCallback& progress) {
  Calibration inherited;
  if (parent.model != nullptr) {
    inherited.temperature = parent.model->temperature();
    inherited.thresholds = parent.model->thresholds();
  }
  inherited.thresholds.resize(labels.size(), kDefaultThreshold);

  const Parent start = plan.learnt_by_parent ? Parent() : parent;
  LearnerOptions judging = options;
  if (plan.learnt_by_parent) judging.frozen_labels.clear();
  HeldOutTexts texts;
  int num_folds = 0;
  for (; num_folds < kCalibrationFolds && texts.size() < kEnoughAside; ++num_folds) {
    std::vector<Example> judged, others;
    for (size_t i = 0; i < examples.size(); ++i)
      (plan.fold_of(i) == num_folds ? judged : others).push_back(examples[i]);
    const auto teaches = [](const Example& example) { return example.teaches(); };
    if (judged.empty() || absl::c_none_of(others, teaches)) continue;
    WINNOW_ASSIGN_OR_RETURN(const TrainingResult judge,
                            Train(labels, others, start, judging, progress));
    texts.Add(judge.model, judged);
  }
  if (texts.size() < kMinAside) return inherited;

  std::vector<bool> taught(labels.size(), true);
  for (size_t label = 0; label < std::min(labels.size(), options.frozen_labels.size()); ++label)
    taught[label] = !options.frozen_labels[label];
  Calibration fitted = FitScores(texts, taught, plan.fit_bias);
  const double threshold = FitThreshold(texts, fitted, taught);
  std::vector<ScoredText> aside;
  for (size_t i = 0; i < examples.size() && absl::c_linear_search(taught, false); ++i) {
    const int fold = plan.fold_of(i);
    if (fold < 0 || fold >= num_folds) continue;
    ScoredText& text = aside.emplace_back();
    text.num_tokens = examples[i].features.num_tokens();
    parent.model->Score(examples[i].features, text.scores);
  }
  for (size_t label = 0; label < labels.size(); ++label) {
    fitted.thresholds.push_back(
        taught[label] ? threshold
                      : FollowTemperature(*parent.model, fitted.temperature, label, aside));
  }
  return fitted;
}

}  // namespace winnow::ner

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
// Beside folds, so many answered texts say something, and each counts as much as so many in folds,
// which say more.
constexpr size_t kMinAnsweredBesideFolds = 75;
constexpr double kAnswerCount = 3;

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

// What CrossFit shares between its steps.
struct Fit {
  absl::Span<const std::string> labels;
  absl::Span<const Example> examples;
  const AsidePlan& plan;
  const Parent& parent;
  const LearnerOptions& options;
  const ProgressCallback& progress;

  // Adds the examples set aside to the texts, judged by a model of all others.
  template <typename IsAside>
  absl::Status Judge(const IsAside& is_aside, const Parent& start, const LearnerOptions& judging,
                     double count, HeldOutTexts& texts) const {
    std::vector<Example> judged, others;
    for (size_t i = 0; i < examples.size(); ++i)
      (is_aside(i) ? judged : others).push_back(examples[i]);
    const auto teaches = [](const Example& example) { return example.teaches(); };
    if (judged.empty() || absl::c_none_of(others, teaches)) return absl::OkStatus();
    WINNOW_ASSIGN_OR_RETURN(const TrainingResult judge,
                            Train(labels, others, start, judging, progress));
    texts.Add(judge.model, judged, count);
    return absl::OkStatus();
  }

  // The number of folds that were judged.
  absl::StatusOr<int> JudgeFolds(HeldOutTexts& texts) const {
    LearnerOptions judging = options;
    judging.frozen_labels.clear();
    int fold = 0;
    for (; fold < kCalibrationFolds && texts.size() < kEnoughAside; ++fold) {
      const auto is_aside = [&](size_t i) { return plan.fold_of(i) == fold; };
      WINNOW_RETURN_IF_ERROR(Judge(is_aside, Parent(), judging, 1, texts));
    }
    return fold;
  }

  size_t NumAnswered() const {
    size_t count = 0;
    for (size_t i = 0; i < examples.size(); ++i) count += plan.is_answered(i);
    return count;
  }

  std::vector<bool> TaughtLabels() const {
    std::vector<bool> taught(labels.size(), true);
    for (size_t label = 0; label < std::min(labels.size(), options.frozen_labels.size()); ++label)
      taught[label] = !options.frozen_labels[label];
    return taught;
  }

  Calibration Inherited() const {
    Calibration inherited;
    if (parent.model != nullptr) {
      inherited.temperature = parent.model->temperature();
      inherited.thresholds = parent.model->thresholds();
    }
    inherited.thresholds.resize(labels.size(), kDefaultThreshold);
    return inherited;
  }

  // The examples that were set aside, as the parent scores them.
  std::vector<ScoredText> ScoredByParent(int num_folds) const {
    std::vector<ScoredText> aside;
    for (size_t i = 0; i < examples.size(); ++i) {
      const int fold = plan.fold_of(i);
      if ((fold < 0 || fold >= num_folds) && !plan.is_answered(i)) continue;
      ScoredText& text = aside.emplace_back();
      text.num_tokens = examples[i].features.num_tokens();
      parent.model->Score(examples[i].features, text.scores);
    }
    return aside;
  }

  void SetThresholds(double threshold, int num_folds, const std::vector<bool>& taught,
                     Calibration& fitted) const {
    fitted.thresholds.assign(labels.size(), threshold);
    if (!absl::c_linear_search(taught, false)) return;
    const std::vector<ScoredText> aside = ScoredByParent(num_folds);
    for (size_t label = 0; label < labels.size(); ++label) {
      if (!taught[label])
        fitted.thresholds[label] =
            FollowTemperature(*parent.model, fitted.temperature, label, aside);
    }
  }
};

}  // namespace

absl::StatusOr<Calibration> CrossFit(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const AsidePlan& plan,
                                     const Parent& parent, const LearnerOptions& options,
                                     const ProgressCallback& progress) {
  const Fit fit{labels, examples, plan, parent, options, progress};
  HeldOutTexts folds, answered;
  WINNOW_ASSIGN_OR_RETURN(const int num_folds, fit.JudgeFolds(folds));
  const bool has_folds = folds.size() >= kMinAside;
  if (fit.NumAnswered() >= (has_folds ? kMinAnsweredBesideFolds : kMinAside)) {
    WINNOW_RETURN_IF_ERROR(
        fit.Judge(plan.is_answered, parent, options, has_folds ? kAnswerCount : 1, answered));
  }
  const bool has_answered = answered.size() >= kMinAside;
  if (!has_folds && !has_answered) return fit.Inherited();

  const std::vector<bool> taught = fit.TaughtLabels();
  HeldOutTexts all = has_folds ? folds : HeldOutTexts();
  if (has_answered) all.Append(answered);
  const FittedBias bias = !has_folds || !plan.fit_bias ? FittedBias::kNone
                          : has_answered               ? FittedBias::kEntityAndBegin
                                                       : FittedBias::kEntity;
  Calibration fitted = FitScores(all, taught, bias);
  fit.SetThresholds(FitThreshold(has_folds ? folds : answered, fitted, taught), num_folds, taught,
                    fitted);
  return fitted;
}

}  // namespace winnow::ner

#include "tests/bench/teach_training.h"

#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/calibration.h"
#include "common/ner/rehearsal.h"
#include "common/ner/tagger.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"

namespace winnow::bench {
namespace {

using storage::v1::LabelledText;

// One text in four is set aside for the calibration.
constexpr uint64_t kCalibrationFolds = 4;

absl::StatusOr<ner::Example> CompileText(const LabelledText& labelled,
                                         const std::vector<std::string>& labels) {
  const std::vector<text::Token> tokens = text::Tokenize(labelled.text());
  WINNOW_ASSIGN_OR_RETURN(ner::Supervision supervision, ner::Compile(labelled, tokens, labels));
  ner::Example example;
  ner::FeatureExtractor extractor;
  ner::ExtractFeatures(labelled.text(), tokens, /*knowledge=*/{}, extractor, example.features);
  example.constraint = std::move(supervision.constraint);
  return example;
}

bool KnownByRejectsOnly(const LabelledText& labelled) {
  return labelled.accepted().empty() && labelled.complete_labels().empty();
}

}  // namespace

absl::StatusOr<ner::TrainingResult> TrainOn(const std::vector<std::string>& labels,
                                            absl::Span<const LabelledText> texts,
                                            absl::Span<const LabelledText> replayed,
                                            const ner::Parent& parent,
                                            const TrainingOptions& options) {
  std::vector<ner::Example> examples;
  for (const LabelledText& labelled : texts) {
    WINNOW_ASSIGN_OR_RETURN(ner::Example example, CompileText(labelled, labels));
    if (KnownByRejectsOnly(labelled)) example.weight = options.reject_weight;
    if (parent.model != nullptr)
      ner::Rehearse(*parent.model, options.learner.frozen_labels, example);
    examples.push_back(std::move(example));
  }
  for (const LabelledText& labelled : replayed) {
    WINNOW_ASSIGN_OR_RETURN(examples.emplace_back(), CompileText(labelled, labels));
  }

  WINNOW_ASSIGN_OR_RETURN(ner::TrainingResult result,
                          ner::Train(labels, examples, parent, options.learner));
  const auto is_aside = [&](size_t i) {
    return i < texts.size() &&
           MixHash(options.learner.seed, text::SplitKey(texts[i].text())) % kCalibrationFolds == 0;
  };
  WINNOW_ASSIGN_OR_RETURN(const ner::Calibration calibration,
                          ner::CrossFit(labels, examples, is_aside, parent, options.learner));
  result.model = result.model->WithTemperature(calibration.temperature)
                     ->WithThresholds(calibration.thresholds);
  return result;
}

}  // namespace winnow::bench

#include "common/training/train_tagger.h"

#include "common/text/split_key.h"
#include "common/training/model_training.h"

namespace winnow::training {

using storage::v1::LabelledText;

absl::StatusOr<ner::TrainingResult> TrainTagger(absl::Span<const LabelledText> texts,
                                                absl::Span<const std::string> labels,
                                                const TaggerOptions& options) {
  storage::v1::TrainingSpec spec;
  for (const std::string& label : labels) spec.add_labels(label);
  spec.set_seed(options.learner.seed);
  TrainingData data;
  for (const LabelledText& text : texts)
    data.texts.push_back({text::SplitKey(text.text()), text, /*replayed=*/false, /*learnt=*/false});
  for (const LabelledText& text : options.replay)
    data.texts.push_back({text::SplitKey(text.text()), text, /*replayed=*/true, /*learnt=*/true});
  ModelInput input;
  input.spec = &spec;
  input.data = &data;
  input.parent = options.parent;
  input.raw_texts = options.raw_texts;
  input.learner = options.learner;
  storage::v1::TrainingReport report;
  const auto go_on = [](storage::v1::TrainingPhase, const ner::EpochProgress&) {
    return absl::OkStatus();
  };
  return TrainModel(input, go_on, report);
}

}  // namespace winnow::training

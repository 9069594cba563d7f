#include "tests/bench/teach_training.h"

#include "common/text/split_key.h"
#include "common/training/model_training.h"

namespace winnow::bench {

using storage::v1::LabelledText;

absl::StatusOr<ner::TrainingResult> TrainOn(const std::vector<std::string>& labels,
                                            absl::Span<const LabelledText> texts,
                                            absl::Span<const LabelledText> replayed,
                                            const ner::Parent& parent,
                                            const ner::LearnerOptions& learner) {
  storage::v1::TrainingSpec spec;
  for (const std::string& label : labels) spec.add_labels(label);
  spec.set_seed(learner.seed);
  training::TrainingData data;
  for (const LabelledText& text : texts)
    data.texts.push_back({text::SplitKey(text.text()), text, /*replayed=*/false, /*learnt=*/false});
  for (const LabelledText& text : replayed)
    data.texts.push_back({text::SplitKey(text.text()), text, /*replayed=*/true, /*learnt=*/true});
  training::ModelInput input;
  input.spec = &spec;
  input.data = &data;
  input.parent = parent;
  input.learner = learner;
  storage::v1::TrainingReport report;
  const auto go_on = [](storage::v1::TrainingPhase, int, double) { return absl::OkStatus(); };
  return training::TrainModel(input, go_on, report);
}

}  // namespace winnow::bench

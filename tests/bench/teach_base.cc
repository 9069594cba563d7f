#include "tests/bench/teach_base.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/models/replay.h"
#include "common/text/split_key.h"
#include "common/training/train_tagger.h"

namespace winnow::bench {
namespace {

using storage::v1::LabelledText;

double F1(absl::Span<const stats::SpanCounts> texts) {
  int64_t correct = 0, predicted_and_gold = 0;
  for (const stats::SpanCounts& counts : texts) {
    correct += counts.tp;
    predicted_and_gold += counts.predicted + counts.gold;
  }
  return predicted_and_gold > 0
             ? 200.0 * static_cast<double>(correct) / static_cast<double>(predicted_and_gold)
             : 0;
}

absl::Status ChooseLabels(const std::vector<std::string>& labels_taught, const DataSet& set,
                          Base& base) {
  for (const std::string& label : set.labels) {
    const bool taught = labels_taught.empty() || absl::c_linear_search(labels_taught, label);
    (taught ? base.labels_taught : base.labels_untaught).push_back(label);
  }
  if (!base.labels_taught.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(set.name, ": none of the labels taught; it has ",
                                                 absl::StrJoin(set.labels, ", ")));
}

absl::Status Publish(Base& base) {
  WINNOW_ASSIGN_OR_RETURN(base.store, TemporaryStore::Make());
  const models::Files files = {
      {std::string(models::kModelFile), base.trained.model->Serialize()},
      {std::string(models::kOptimizerFile), base.trained.optimizer.Serialize()},
      {std::string(models::kReplayFile), models::SerializeReplay(base.texts)}};
  models::ModelPublisher& publisher = base.store->publisher();
  WINNOW_ASSIGN_OR_RETURN(const models::VersionName version,
                          publisher.Publish(kBaseModel, absl::UnixEpoch(), files));
  return publisher.Promote(version).status();
}

}  // namespace

double MeasureF1(const ner::Model& model, const std::vector<measure::GoldText>& texts) {
  return F1(measure::CountOnGold(model, texts).texts);
}

// Over these labels only.
double MeasureF1(const ner::Model& model, const std::vector<measure::GoldText>& texts,
                 const std::vector<std::string>& labels) {
  const measure::GoldCounts counts = measure::CountOnGold(model, texts);
  std::vector<stats::SpanCounts> counted;
  for (const std::string& label : labels) {
    const auto of_label = counts.by_label.find(label);
    if (of_label == counts.by_label.end()) continue;
    counted.insert(counted.end(), of_label->second.begin(), of_label->second.end());
  }
  return F1(counted);
}

double HindsightF1(const ner::Model& model, const std::vector<measure::GoldText>& texts) {
  double best = 0;
  for (double threshold = 0.05; threshold < 0.9; threshold += 0.05) {
    const std::vector<double> thresholds(model.labels().size(), threshold);
    best = std::max(best, MeasureF1(*model.WithThresholds(thresholds), texts));
  }
  return best;
}

absl::StatusOr<Base> MakeBase(size_t num_base, const std::vector<std::string>& labels_taught,
                              const DataSet& set, size_t seed) {
  Base base;
  std::vector<size_t> order(set.train.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random(seed);
  random.Shuffle(order);
  for (const size_t i : order) {
    const LabelledText& text = set.train[i];
    const bool is_holdout = text::IsHoldout(text::Bucket(text::SplitKey(text.text())));
    (base.texts.size() < num_base ? base.texts
     : is_holdout                 ? base.holdout
                                  : base.pool)
        .push_back(text);
  }
  if (base.pool.empty())
    return absl::InvalidArgumentError(absl::StrCat(set.name, ": no pool is left"));
  WINNOW_RETURN_IF_ERROR(ChooseLabels(labels_taught, set, base));

  training::TaggerOptions options;
  options.learner.seed = seed;
  WINNOW_ASSIGN_OR_RETURN(base.trained, training::TrainTagger(base.texts, set.labels, options));
  WINNOW_RETURN_IF_ERROR(Publish(base));
  const ner::Model& model = *base.trained.model;
  base.dev = MeasureF1(model, set.dev);
  base.test = MeasureF1(model, set.test);
  base.untaught = MeasureF1(model, set.test, base.labels_untaught);
  return base;
}

}  // namespace winnow::bench

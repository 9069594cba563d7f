#include "services/training/settings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/stats/f1.h"
#include "common/text/split_key.h"
#include "services/training/training_data.h"
#include "services/training/training_spec.h"

namespace winnow::training {
namespace {

// Each was the best for some data set and size in simulated teaching (docs/benchmarks.md).
std::vector<ner::LearnerOptions> Trials(const ner::LearnerOptions& defaults) {
  std::vector<ner::LearnerOptions> trials(3, defaults);
  trials[1].parent_share = 1;
  trials[2].prior = 10 * defaults.prior;
  return trials;
}

bool IsInTuningHalf(uint64_t split_key) { return text::Bucket(split_key) < text::kTuneBuckets; }

}  // namespace

std::vector<measure::GoldText> TuningTexts(const v1::TrainingSpec& spec, const measure::LabelledTexts& answers,
                                           const models::TrainingKeys& excluded, v1::SettingsReport& report) {
  report.set_reason("the defaults: there is no parent to follow");
  if (IsFromNothing(spec)) return {};
  report.set_reason("as asked for");
  if (spec.has_prior() || spec.unasked_is_o()) return {};
  report.set_reason("the defaults: all hold-out texts that --eval-split leaves are measured on");
  if (EvalShare(spec) < kHoldout) return {};

  std::vector<measure::GoldText> texts =
      measure::GoldTexts(answers.texts, std::vector<std::string>(spec.labels().begin(), spec.labels().end()));
  std::erase_if(texts, [&](const measure::GoldText& text) {
    return !IsInTuningHalf(text.split_key) || std::binary_search(excluded.begin(), excluded.end(), text.split_key);
  });
  uint64_t num_spans = 0;
  for (const measure::GoldText& text : texts) num_spans += text.spans.size();
  if (num_spans < kMinTuningSpans) {
    report.set_reason(absl::StrCat("the defaults: the half of the hold-out texts to choose on has ", num_spans,
                                   " spans in complete annotations, less than ", kMinTuningSpans));
    return {};
  }
  report.set_num_texts(texts.size());
  report.set_num_spans(num_spans);
  return texts;
}

absl::StatusOr<Chosen> TrainBest(const ner::LearnerOptions& defaults, absl::Span<const measure::GoldText> texts,
                                 TrainTrial train, v1::SettingsReport& report) {
  Chosen best{defaults, {}};
  WINNOW_ASSIGN_OR_RETURN(best.trained, train(defaults));
  if (texts.empty()) return best;

  const std::vector<ner::LearnerOptions> trials = Trials(defaults);
  const measure::GoldCounts of_defaults = measure::CountOnGold(*best.trained.model, texts);
  int index_of_best = 0;
  double best_gain = 0;
  for (size_t i = 0; i < trials.size(); ++i) {
    ner::TrainingResult trained;
    if (i > 0) {
      WINNOW_ASSIGN_OR_RETURN(trained, train(trials[i]));
    }
    const measure::GoldCounts counts = i == 0 ? of_defaults : measure::CountOnGold(*trained.model, texts);
    WINNOW_ASSIGN_OR_RETURN(const stats::F1Report f1, stats::MeasureF1(counts.texts));
    WINNOW_ASSIGN_OR_RETURN(const stats::Difference gain, stats::PairedF1Difference(of_defaults.texts, counts.texts));
    v1::SettingsTrial& trial = *report.add_trials();
    trial.set_parent_share(trials[i].parent_share);
    trial.set_prior(trials[i].prior);
    trial.set_f1(f1.f1.value);
    trial.set_delta_f1(gain.value);
    trial.set_standard_error(i == 0 ? 0 : gain.se);
    if (i == 0 || gain.value <= gain.se || gain.value <= best_gain) continue;
    index_of_best = static_cast<int>(i);
    best_gain = gain.value;
    best = {trials[i], std::move(trained)};
  }
  report.mutable_trials(index_of_best)->set_chosen(true);
  report.set_reason(index_of_best == 0
                        ? "the defaults: nothing else was better by more than the standard error of the difference"
                        : "better than the defaults by more than the standard error of the difference");
  return best;
}

}  // namespace winnow::training

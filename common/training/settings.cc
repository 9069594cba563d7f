#include "common/training/settings.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/stats/f1.h"
#include "common/text/split_key.h"
#include "common/training/training_spec.h"

namespace winnow::training {
namespace {

// Each was the best for some data set and size in simulated teaching (docs/benchmarks.md).
std::vector<ner::LearnerOptions> OtherSettings(const ner::LearnerOptions& defaults) {
  std::vector<ner::LearnerOptions> settings(2, defaults);
  settings[0].parent_share = 1;
  settings[1].prior = 10 * defaults.prior;
  return settings;
}

absl::Status AddTrial(const ner::LearnerOptions& options, const measure::GoldCounts& of_defaults,
                      const measure::GoldCounts& counts, storage::v1::SettingsReport& report) {
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report f1, stats::MeasureF1(counts.texts));
  WINNOW_ASSIGN_OR_RETURN(const stats::Difference gain,
                          stats::PairedF1Difference(of_defaults.texts, counts.texts));
  storage::v1::SettingsTrial& trial = *report.add_trials();
  trial.set_parent_share(options.parent_share);
  trial.set_prior(options.prior);
  trial.set_f1(f1.f1.value);
  trial.set_delta_f1(gain.value);
  trial.set_standard_error(gain.se);
  return absl::OkStatus();
}

bool IsInTuningHalf(uint64_t split_key) { return text::Bucket(split_key) < text::kTuneBuckets; }

}  // namespace

std::vector<measure::GoldText> TuningTexts(const storage::v1::TrainingSpec& spec,
                                           const measure::LabelledTexts& answers,
                                           const models::TrainingKeys& excluded,
                                           storage::v1::SettingsReport& report) {
  const auto none = [&](absl::string_view why) {
    report.set_reason(std::string(why));
    return std::vector<measure::GoldText>();
  };
  if (IsFromNothing(spec)) return none("the defaults: there is no parent to follow");
  if (spec.has_prior()) return none("as asked for");
  if (EvalShare(spec) < kHoldout) {
    return none("the defaults: so few texts are held out that all are measured on");
  }
  std::vector<measure::GoldText> texts = measure::GoldTexts(answers.texts, LabelsOf(spec));
  std::erase_if(texts, [&](const measure::GoldText& text) {
    return !IsInTuningHalf(text.split_key) ||
           std::binary_search(excluded.begin(), excluded.end(), text.split_key);
  });
  uint64_t num_spans = 0;
  for (const measure::GoldText& text : texts) num_spans += text.spans.size();
  if (num_spans < kMinTuningSpans) {
    return none(absl::StrCat("the defaults: the half of the hold-out texts to choose on has ",
                             num_spans, " spans in complete annotations, less than ",
                             kMinTuningSpans));
  }
  report.set_num_texts(texts.size());
  report.set_num_spans(num_spans);
  return texts;
}

absl::StatusOr<Chosen> TrainBest(const ner::LearnerOptions& defaults,
                                 absl::Span<const measure::GoldText> texts, TrainTrial train,
                                 storage::v1::SettingsReport& report) {
  Chosen best{defaults, {}};
  WINNOW_ASSIGN_OR_RETURN(best.trained, train(defaults));
  if (texts.empty()) return best;

  const measure::GoldCounts of_defaults = measure::CountOnGold(*best.trained.model, texts);
  WINNOW_RETURN_IF_ERROR(AddTrial(defaults, of_defaults, of_defaults, report));
  int index_of_best = 0;
  for (const ner::LearnerOptions& options : OtherSettings(defaults)) {
    WINNOW_ASSIGN_OR_RETURN(ner::TrainingResult trained, train(options));
    WINNOW_RETURN_IF_ERROR(
        AddTrial(options, of_defaults, measure::CountOnGold(*trained.model, texts), report));
    const storage::v1::SettingsTrial& trial = *report.trials().rbegin();
    if (trial.delta_f1() <= trial.standard_error() ||
        trial.delta_f1() <= report.trials(index_of_best).delta_f1()) {
      continue;
    }
    index_of_best = report.trials_size() - 1;
    best = {options, std::move(trained)};
  }
  report.mutable_trials(index_of_best)->set_chosen(true);
  report.set_reason(
      index_of_best == 0
          ? "the defaults: nothing else was better by more than the standard error of the "
            "difference"
          : "better than the defaults by more than the standard error of the difference");
  return best;
}

}  // namespace winnow::training

#include "common/training/model_training.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/blank_model.h"
#include "common/ner/cross_fit.h"
#include "common/ner/rehearsal.h"
#include "common/ner/tags.h"
#include "common/training/compiled_texts.h"
#include "common/training/entity_share.h"
#include "common/training/settings.h"
#include "common/training/training_spec.h"

namespace winnow::training {

using storage::v1::TrainingReport;
using storage::v1::TrainingSpec;

namespace {

// With fewer the calibration is of answered texts.
constexpr size_t kMinRepresentative = 40;
constexpr uint64_t kCalibrationSalt = 0x63616c6962;

// One run of TrainModel: the steps share what they compile.
class ModelTraining {
 public:
  ModelTraining(const ModelInput& input, const ModelProgress& progress, TrainingReport& report)
      : input_(input),
        spec_(*input.spec),
        texts_(input.data->texts),
        progress_(progress),
        report_(report),
        parent_(input.parent) {}

  absl::StatusOr<ner::TrainingResult> Run() {
    const auto begin = std::chrono::steady_clock::now();
    WINNOW_RETURN_IF_ERROR(UniteLabels());
    WINNOW_RETURN_IF_ERROR(Compile());
    entity_share_ = AssumeEntityShare(spec_, texts_, compiled_, labels_);
    if (!entity_share_.caveat.empty()) report_.add_caveats(entity_share_.caveat);
    untaught_labels_ = UntaughtLabels();
    RehearseUntaughtLabels();
    // What is found is no better than the probabilities, which accepts alone do not teach.
    if (entity_share_.bounded_labels.empty())
      raw_examples_ = CompileRawTexts(input_.raw_texts, input_.learner.knowledge, spec_.seed());
    WINNOW_RETURN_IF_ERROR(StartBlank());
    WINNOW_ASSIGN_OR_RETURN(Chosen chosen, TrainWithSettings());
    ner::TrainingResult& trained = chosen.trained;
    report_.set_num_contradictions(report_.num_contradictions() + trained.contradictory.size());
    WINNOW_RETURN_IF_ERROR(Calibrate(chosen.options, trained));
    report_.set_bag(static_cast<uint32_t>(chosen.options.bag));
    report_.set_num_self_taught(chosen.options.unlabelled.size());
    report_.set_train_seconds(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    return std::move(trained);
  }

 private:
  absl::Status UniteLabels() {
    const ner::Model* parent = input_.parent.model;
    labels_ = ner::UnitedLabels(parent, LabelsOf(spec_));
    if (labels_.size() > static_cast<size_t>(ner::kMaxLabels)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "labels: a model has at most ", ner::kMaxLabels, " labels, not ", labels_.size()));
    }
    return parent == nullptr ? absl::OkStatus() : CheckLabelsAgainst(parent->labels(), spec_);
  }

  // From nothing, and with neither a complete annotation nor a bound for a label, the training
  // starts from a model that expects no entity.
  absl::Status StartBlank() {
    if (input_.parent.model != nullptr) return absl::OkStatus();
    std::set<std::string> unknown(labels_.begin(), labels_.end());
    for (const TrainingText& text : texts_) {
      for (const std::string& label : text.labelled.complete_labels()) unknown.erase(label);
    }
    for (size_t label = 0; label < entity_share_.bounded_labels.size(); ++label) {
      if (entity_share_.bounded_labels[label]) unknown.erase(labels_[label]);
    }
    if (unknown.empty()) return absl::OkStatus();
    WINNOW_ASSIGN_OR_RETURN(blank_, ner::BlankModel(labels_));
    parent_ = {blank_.get(), nullptr};
    report_.add_caveats(absl::StrCat("no text is completely annotated for ",
                                     absl::StrJoin(unknown, ", "),
                                     ": that most words are of no entity was assumed, not learnt"));
    return absl::OkStatus();
  }

  absl::Status Compile() {
    ner::SupervisionOptions supervision;
    supervision.errors = {spec_.reject_error(), spec_.accept_error()};
    WINNOW_ASSIGN_OR_RETURN(compiled_, CompileTexts(texts_, labels_, supervision,
                                                    input_.learner.knowledge, spec_.seed()));
    report_.set_num_off_token_spans(compiled_.num_off_token_spans);
    report_.set_num_overlapping_spans(compiled_.num_overlapping_spans);
    if (compiled_.num_overlapping_spans > 0) {
      const bool more = compiled_.num_overlapping_spans > compiled_.named_overlapping_spans.size();
      report_.add_caveats(absl::StrCat(
          compiled_.num_overlapping_spans,
          " accepted spans overlap longer ones and were left out, for a token is in one entity: ",
          absl::StrJoin(compiled_.named_overlapping_spans, "; "), more ? "; ..." : ""));
    }
    WINNOW_RETURN_IF_ERROR(CheckEveryLabelIsTaught());
    if (!compiled_.examples.empty()) return absl::OkStatus();
    return WithReason(absl::FailedPreconditionError(
                          "nothing to train on: no span of the answers falls on token boundaries"),
                      "NOTHING_TO_TRAIN_ON");
  }

  // A label without a span to learn from would be learnt to be nowhere. Where the parent knows it,
  // that can be what the texts say.
  absl::Status CheckEveryLabelIsTaught() {
    std::vector<std::string> untaught;
    for (const std::string& label : spec_.labels()) {
      const LabelUse& use = compiled_.uses[label];
      const bool is_known =
          input_.parent.model != nullptr && input_.parent.model->LabelIndex(label) >= 0;
      if (is_known && use.num_accepted + use.num_rejected + use.num_complete_texts == 0)
        report_.add_caveats(absl::StrCat("no text says anything of \"", label,
                                         "\": it stays as the parent knows it"));
      if (use.num_accepted > use.num_lost || (is_known && use.num_accepted == 0)) continue;
      untaught.push_back(
          use.num_accepted == 0
              ? absl::StrCat("no text to train on has an accepted span of \"", label, "\"")
              : absl::StrCat("each of the ", use.num_accepted, " accepted spans of \"", label,
                             "\" begins or ends inside a word, or overlaps a longer one, such as ",
                             use.lost_example));
    }
    if (untaught.empty()) return absl::OkStatus();
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat(
            "nothing to learn: ", absl::StrJoin(untaught, "; "),
            "; leave the label out, or annotate words: spans begin and end where words, numbers "
            "and signs do")),
        "NOTHING_TO_TRAIN_ON");
  }

  ner::LearnerOptions Defaults() const {
    ner::LearnerOptions options = input_.learner;
    options.seed = spec_.seed();
    if (spec_.has_epochs()) options.epochs = static_cast<int>(spec_.epochs());
    if (spec_.has_prior()) options.prior = spec_.prior();
    if (spec_.has_bag()) options.bag = static_cast<int>(spec_.bag());
    options.unlabelled = raw_examples_;
    options.frozen_labels = untaught_labels_;
    options.keep_entity_bias = !CanFitBias();
    options.bounded_labels = entity_share_.bounded_labels;
    options.max_entity_share = entity_share_.max_share;
    return options;
  }

  // The parent's labels about which the new texts say nothing.
  std::vector<bool> UntaughtLabels() const {
    if (input_.parent.model == nullptr) return {};
    std::set<std::string> taught;
    for (const TrainingText& text : texts_) {
      if (!text.replayed) AddLabels(text.labelled, taught);
    }
    std::vector<bool> untaught;
    for (const std::string& label : input_.parent.model->labels())
      untaught.push_back(taught.count(label) == 0);
    return untaught;
  }

  void RehearseUntaughtLabels() {
    if (!absl::c_linear_search(untaught_labels_, true)) return;
    for (size_t i = 0; i < compiled_.examples.size(); ++i) {
      if (texts_[compiled_.text_of[i]].replayed) continue;
      ner::Rehearse(*input_.parent.model, untaught_labels_, compiled_.examples[i]);
    }
  }

  absl::StatusOr<Chosen> TrainWithSettings() {
    bool is_first = true;
    const auto report_epoch = [&](const ner::EpochProgress& epoch) {
      return (is_first ? progress_(storage::v1::TRAINING_PHASE_TRAINING, epoch)
                       : progress_(storage::v1::TRAINING_PHASE_CHOOSING_SETTINGS, {}))
          .ok();
    };
    const auto train = [&](const ner::LearnerOptions& options) {
      auto trained = ner::Train(labels_, compiled_.examples, parent_, options, report_epoch);
      is_first = false;
      return trained;
    };
    return TrainBest(Defaults(), input_.tuning, train, *report_.mutable_settings());
  }

  // Whether an example is complete, so that it tells how many entities there are, and was not asked
  // about because a model was in doubt.
  bool IsRepresentative(size_t i) const { return compiled_.examples[i].is_complete(); }

  // Where labels are frozen, models that are trained from nothing tell nothing of a bias.
  bool CanFitBias() const {
    return HasRepresentative() && !absl::c_linear_search(untaught_labels_, true);
  }

  bool HasRepresentative() const {
    size_t count = 0;
    for (size_t i = 0; i < compiled_.examples.size(); ++i) count += IsRepresentative(i);
    return count >= kMinRepresentative && entity_share_.bounded_labels.empty();
  }

  absl::Status Calibrate(const ner::LearnerOptions& options, ner::TrainingResult& trained) {
    const auto fold = [&](size_t i) {
      return static_cast<int>(MixHash(texts_[compiled_.text_of[i]].split_key, kCalibrationSalt) %
                              ner::kCalibrationFolds);
    };
    const bool representative = HasRepresentative();
    // Accepts alone do not tell how sure to be.
    const bool is_bounded = !entity_share_.bounded_labels.empty();
    const auto fold_of = [&](size_t i) {
      return representative && IsRepresentative(i) ? fold(i) : -1;
    };
    const auto is_answered = [&](size_t i) {
      return !is_bounded && fold_of(i) < 0 && !texts_[compiled_.text_of[i]].learnt && fold(i) == 0;
    };
    const auto keep_alive = [&](const ner::EpochProgress&) {
      return progress_(storage::v1::TRAINING_PHASE_CALIBRATING, {}).ok();
    };
    WINNOW_ASSIGN_OR_RETURN(
        const ner::Calibration calibration,
        ner::CrossFit(labels_, compiled_.examples, {fold_of, is_answered, CanFitBias()}, parent_,
                      options, keep_alive));
    report_.set_temperature(calibration.temperature);
    for (size_t label = 0; label < labels_.size(); ++label) {
      (*report_.mutable_thresholds())[labels_[label]] = calibration.thresholds[label];
    }
    std::vector<bool> taught = untaught_labels_;
    taught.flip();
    return ner::Calibrate(calibration, taught, trained);
  }

  const ModelInput& input_;
  const TrainingSpec& spec_;
  const std::vector<TrainingText>& texts_;
  const ModelProgress& progress_;
  TrainingReport& report_;
  // The learner starts from the parent of the input, or from the blank model.
  ner::Parent parent_;
  std::shared_ptr<const ner::Model> blank_;
  std::vector<std::string> labels_;
  CompiledTexts compiled_;
  std::vector<ner::Example> raw_examples_;
  std::vector<bool> untaught_labels_;
  EntityShare entity_share_;
};

}  // namespace

absl::StatusOr<ner::TrainingResult> TrainModel(const ModelInput& input,
                                               const ModelProgress& progress,
                                               TrainingReport& report) {
  return ModelTraining(input, progress, report).Run();
}

}  // namespace winnow::training

#include "services/training/version_report.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/rpc/figures.h"
#include "common/stats/agreement.h"
#include "common/stats/gate.h"
#include "services/training/training_data.h"

namespace winnow::training {
namespace {

using winnow::common::v1::Figure;
using winnow::common::v1::SampleKind;

// What the gate reads: the first sample, in the order of trust, that has any span.
struct GateSample {
  SampleKind kind = SampleKind::SAMPLE_KIND_UNSPECIFIED;
  stats::GateInput input;
  std::string digest;
};

class Measurement {
 public:
  Measurement(const ReportInput& input, v1::TrainingReport& report)
      : input_(input), report_(report) {
    labels_.assign(input.spec->labels().begin(), input.spec->labels().end());
    const models::TrainingKeys& a = input.baseline.training_keys;
    const models::TrainingKeys& b = input.trained.training_keys;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(leaked_));
  }

  absl::StatusOr<std::string> Run() {
    WINNOW_RETURN_IF_ERROR(OnCompleteTexts(SampleKind::SAMPLE_KIND_GOLD, *input_.gold,
                                           input_.spec->eval_datasets(), 1));
    WINNOW_RETURN_IF_ERROR(OnCompleteTexts(SampleKind::SAMPLE_KIND_HOLDOUT, *input_.answers,
                                           input_.spec->datasets(), EvalShare(*input_.spec)));
    WINNOW_RETURN_IF_ERROR(OnAudit());
    if (report_.after().empty()) {
      report_.add_caveats(
          "there is no unbiased figure: annotate a gold set (--eval-id), or teach with audit "
          "questions (ner.teach)");
    }
    OnQuestionsAsked();
    if (!input_.baseline.lineage_known) {
      report_.add_caveats(
          absl::StrCat(input_.baseline.name,
                       " does not tell what it was trained on: a leak cannot be excluded"));
    }
    Decide();
    return gate_.digest;
  }

 private:
  bool compared() const { return input_.baseline.model != nullptr; }

  bool IsTunedOn(uint64_t split_key) const {
    return std::binary_search(input_.tuned_on.begin(), input_.tuned_on.end(), split_key);
  }

  template <typename Names>
  void Add(Figure before, Figure after, SampleKind kind, const Names& datasets) {
    for (Figure* figure : {&before, &after}) {
      figure->set_sample(kind);
      for (const std::string& dataset : datasets) figure->add_datasets(dataset);
      figure->set_dataset_revision(input_.revision);
    }
    before.set_model_version(input_.baseline.name);
    if (compared()) *report_.add_before() = std::move(before);
    *report_.add_after() = std::move(after);
  }

  // Gold sets, and the completely annotated texts among the first `share` of the data sets'
  // buckets.
  template <typename Names>
  absl::Status OnCompleteTexts(SampleKind kind, const measure::LabelledTexts& answers,
                               const Names& datasets, double share) {
    WINNOW_RETURN_IF_ERROR(TellOthers(kind, answers, share));
    uint64_t num_leaked = 0;
    const std::vector<measure::GoldText> texts = TextsFor(labels_, answers, share, num_leaked);
    if (texts.empty() && num_leaked == 0) return absl::OkStatus();
    const measure::GoldCounts after = measure::CountOnGold(*input_.trained.model, texts);
    WINNOW_ASSIGN_OR_RETURN(Figure after_figure, rpc::GoldFigure(after));
    TellLeaked(num_leaked, after_figure);
    Figure before_figure;
    if (compared()) {
      const measure::GoldCounts before = measure::CountOnGold(*input_.baseline.model, texts);
      WINNOW_ASSIGN_OR_RETURN(before_figure, rpc::GoldFigure(before));
      TellLeaked(num_leaked, before_figure);
      WINNOW_ASSIGN_OR_RETURN(const stats::Difference difference,
                              stats::PairedF1Difference(before.texts, after.texts));
      Offer({kind,
             {.difference = difference,
              .reporting_spans = static_cast<int64_t>(after_figure.num_spans()),
              .changed_texts = static_cast<int64_t>(measure::CountChanged(before, after))},
             DigestOf(texts)});
    }
    TellCalibration(kind, measure::CandidateOutcomes(*input_.trained.model, texts));
    Add(std::move(before_figure), std::move(after_figure), kind, datasets);
    return absl::OkStatus();
  }

  std::vector<measure::GoldText> TextsFor(const std::vector<std::string>& labels,
                                          const measure::LabelledTexts& answers, double share,
                                          uint64_t& num_leaked) const {
    std::vector<measure::GoldText> texts = measure::GoldTexts(answers.texts, labels);
    std::erase_if(texts, [&](const measure::GoldText& text) {
      return !InShare(text.split_key, share) || IsTunedOn(text.split_key);
    });
    num_leaked = measure::RemoveTrainedOn(leaked_, texts);
    return texts;
  }

  // Labels that were not taught are in no figure, and yet the others may have claimed spans of
  // theirs.
  absl::Status TellOthers(SampleKind kind, const measure::LabelledTexts& answers, double share) {
    if (!compared()) return absl::OkStatus();
    std::vector<std::string> others = input_.baseline.model->labels();
    std::erase_if(others,
                  [&](const std::string& label) { return absl::c_linear_search(labels_, label); });
    if (others.empty()) return absl::OkStatus();
    uint64_t num_leaked = 0;
    const std::vector<measure::GoldText> texts = TextsFor(others, answers, share, num_leaked);
    const std::vector<stats::SpanCounts> before =
        measure::CountOnGold(*input_.baseline.model, texts).texts;
    const std::vector<stats::SpanCounts> after =
        measure::CountOnGold(*input_.trained.model, texts).texts;
    WINNOW_ASSIGN_OR_RETURN(const stats::F1Report f1_before, stats::MeasureF1(before));
    WINNOW_ASSIGN_OR_RETURN(const stats::F1Report f1_after, stats::MeasureF1(after));
    if (f1_before.gold == 0) return absl::OkStatus();
    WINNOW_ASSIGN_OR_RETURN(const stats::Difference gain, stats::PairedF1Difference(before, after));
    report_.add_caveats(
        absl::StrFormat("labels that were not taught (%s): F1 %.3f before, %.3f now, %+.1f points, "
                        "standard error %.1f, on %d spans of "
                        "%s",
                        absl::StrJoin(others, ", "), f1_before.f1.value, f1_after.f1.value,
                        100 * gain.value, 100 * gain.se, f1_before.gold,
                        kind == SampleKind::SAMPLE_KIND_GOLD ? "the gold sets" : "the hold-out"));
    return absl::OkStatus();
  }

  absl::Status OnAudit() {
    const std::vector<std::string> datasets(input_.spec->datasets().begin(),
                                            input_.spec->datasets().end());
    const ner::Model& baseline = compared() ? *input_.baseline.model : *input_.trained.model;
    WINNOW_ASSIGN_OR_RETURN(
        const std::optional<measure::AuditSample> sample,
        measure::ReadAuditSample(*input_.reader, datasets, input_.revision, baseline,
                                 *input_.trained.model, leaked_, input_.tuned_on));
    if (!sample.has_value()) return absl::OkStatus();
    const absl::StatusOr<stats::AuditReport> before =
        stats::EstimateFromAudit(sample->texts, stats::AuditModel::kA);
    const absl::StatusOr<stats::AuditReport> after =
        stats::EstimateFromAudit(sample->texts, stats::AuditModel::kB);
    // No yes or no yet: there is nothing to say.
    if (absl::IsFailedPrecondition(after.status())) return absl::OkStatus();
    WINNOW_RETURN_IF_ERROR(after.status());
    WINNOW_RETURN_IF_ERROR(before.status());
    Figure before_figure = rpc::AuditFigure(*before);
    Figure after_figure = rpc::AuditFigure(*after);
    for (Figure* figure : {&before_figure, &after_figure}) {
      TellLeaked(sample->num_leaked, *figure);
      if (sample->num_other_answers == 0) continue;
      figure->add_caveats(absl::StrCat(
          sample->num_other_answers,
          " audit answers of other queues are left out: different frames do not add up"));
    }
    if (compared()) {
      WINNOW_ASSIGN_OR_RETURN(const stats::Difference difference,
                              stats::AuditF1Difference(sample->texts));
      Offer({SampleKind::SAMPLE_KIND_AUDIT,
             {.difference = difference,
              .reporting_spans = after->answers,
              .changed_texts = static_cast<int64_t>(sample->num_changed)},
             sample->digest});
    }
    TellCalibration(SampleKind::SAMPLE_KIND_AUDIT, sample->outcomes);
    Add(std::move(before_figure), std::move(after_figure), SampleKind::SAMPLE_KIND_AUDIT, datasets);
    return absl::OkStatus();
  }

  // Of the first sample, in the order of trust, that has any span.
  void TellCalibration(SampleKind kind, const std::vector<ner::Outcome>& outcomes) {
    if (report_.has_calibration() || outcomes.empty()) return;
    const ner::Reliability reliability = ner::MeasureReliability(outcomes);
    v1::CalibrationReport& calibration = *report_.mutable_calibration();
    calibration.set_sample(kind);
    calibration.set_num_spans(outcomes.size());
    for (const ner::ReliabilityBin& bin : reliability.bins) {
      v1::ReliabilityBin& told = *calibration.add_bins();
      told.set_num_spans(bin.count);
      told.set_probability(bin.probability);
      told.set_frequency(bin.frequency);
    }
    calibration.set_ece(reliability.ece);
    calibration.set_perfect_ece(ner::PerfectEce(outcomes));
    calibration.set_brier(reliability.brier);
  }

  // Share of yes/no answers that agree with a model: what the field often calls accuracy, and is
  // none.
  void OnQuestionsAsked() {
    Figure before, after;
    if (!CountAsked(*input_.trained.model, after)) return;
    if (compared()) CountAsked(*input_.baseline.model, before);
    Add(std::move(before), std::move(after), SampleKind::SAMPLE_KIND_QUESTIONS_ASKED,
        input_.spec->datasets());
  }

  bool CountAsked(const ner::Model& model, Figure& figure) const {
    std::vector<stats::AskedSpan> asked;
    uint64_t num_leaked = 0;
    for (const measure::LabelledExample& example : input_.answers->texts) {
      const auto is_wanted = [&](const measure::AskedQuestion& question) {
        return std::find(labels_.begin(), labels_.end(), question.span.label()) != labels_.end();
      };
      if (!InShare(example.split_key, EvalShare(*input_.spec)) || IsTunedOn(example.split_key))
        continue;
      if (std::none_of(example.asked.begin(), example.asked.end(), is_wanted)) continue;
      if (std::binary_search(leaked_.begin(), leaked_.end(), example.split_key)) {
        ++num_leaked;
        continue;
      }
      const std::vector<storage::v1::Span> predicted =
          measure::PredictSpans(model, example.labelled.text(), labels_);
      for (const measure::AskedQuestion& question : example.asked) {
        if (!is_wanted(question)) continue;
        const bool found =
            std::any_of(predicted.begin(), predicted.end(), [&](const storage::v1::Span& span) {
              return span.start() == question.span.start() && span.end() == question.span.end() &&
                     span.label() == question.span.label();
            });
        asked.push_back({found, question.accepted});
      }
    }
    if (asked.empty()) return false;
    const stats::AskedAgreement agreement = stats::CountAgreement(asked);
    figure.set_num_items(asked.size());
    figure.set_num_spans(
        static_cast<uint64_t>(agreement.accepted_predicted + agreement.accepted_other));
    figure.set_biased(true);
    TellLeaked(num_leaked, figure);
    figure.mutable_agreement()->set_value(agreement.share());
    figure.add_caveats(
        "the questions were picked by a model: this is not an accuracy, and says nothing of other "
        "spans");
    return true;
  }

  static void TellLeaked(uint64_t num_leaked, Figure& figure) {
    figure.set_num_leaked(num_leaked);
    if (num_leaked == 0) return;
    figure.add_caveats(
        absl::StrCat(num_leaked, " texts were left out: a version was trained on them"));
  }

  static std::string DigestOf(const std::vector<measure::GoldText>& texts) {
    std::vector<uint64_t> keys;
    for (const measure::GoldText& text : texts) keys.push_back(text.split_key);
    std::sort(keys.begin(), keys.end());
    return Sha256Hex(absl::StrJoin(keys, ","));
  }

  void Offer(GateSample sample) {
    if (gate_.kind == SampleKind::SAMPLE_KIND_UNSPECIFIED && sample.input.reporting_spans > 0)
      gate_ = std::move(sample);
  }

  void Decide() {
    v1::GateReport& gate = *report_.mutable_gate();
    if (!compared()) {
      gate.set_reason("there is no version to compare with");
      return;
    }
    gate.set_verdict(v1::GATE_VERDICT_UNDECIDED);
    if (gate_.kind == SampleKind::SAMPLE_KIND_UNSPECIFIED) {
      gate.set_reason(
          "there is nothing to measure on: give a gold set (--eval-id) or answer audit questions");
      return;
    }
    gate_.input.earlier_tries = input_.count_earlier_tries(gate_.digest);
    const stats::GateDecision decision = stats::DecideGate(gate_.input);
    switch (decision.verdict) {
      case stats::GateVerdict::kPromote:
        gate.set_verdict(v1::GATE_VERDICT_PROMOTE);
        break;
      case stats::GateVerdict::kRefuse:
        gate.set_verdict(v1::GATE_VERDICT_REFUSE);
        break;
      case stats::GateVerdict::kUndecided:
        break;
    }
    gate.set_reason(decision.reason);
    gate.set_delta_f1(gate_.input.difference.value);
    gate.set_standard_error(gate_.input.difference.se);
    gate.set_lower(decision.lower);
    gate.set_upper(decision.upper);
    gate.set_sample(gate_.kind);
    gate.set_num_spans(static_cast<uint64_t>(gate_.input.reporting_spans));
    gate.set_num_changed_texts(static_cast<uint64_t>(gate_.input.changed_texts));
    gate.set_num_earlier_tries(static_cast<uint64_t>(gate_.input.earlier_tries));
    if (decision.further_spans.has_value())
      gate.set_num_more_spans(static_cast<uint64_t>(*decision.further_spans));
  }

  const ReportInput& input_;
  v1::TrainingReport& report_;
  std::vector<std::string> labels_;
  models::TrainingKeys leaked_;
  GateSample gate_;
};

}  // namespace

absl::StatusOr<std::string> MeasureVersion(const ReportInput& input, v1::TrainingReport& report) {
  return Measurement(input, report).Run();
}

}  // namespace winnow::training

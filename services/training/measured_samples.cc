#include "services/training/measured_samples.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/measure/figure_records.h"
#include "common/measure/figures.h"
#include "common/stats/agreement.h"
#include "common/text/spans.h"
#include "common/training/training_spec.h"

namespace winnow::training {

using storage::v1::Figure;
using storage::v1::SampleKind;

namespace {

void TellLeaked(uint64_t num_leaked, Figure& figure) {
  figure.set_num_leaked(num_leaked);
  if (num_leaked == 0) return;
  figure.add_caveats(
      absl::StrCat(num_leaked, " texts were left out: a version was trained on them"));
}

std::string DigestOf(const std::vector<measure::GoldText>& texts) {
  std::vector<uint64_t> keys;
  for (const measure::GoldText& text : texts) keys.push_back(text.split_key);
  std::sort(keys.begin(), keys.end());
  return Sha256Hex(absl::StrJoin(keys, ","));
}

bool IsSameSpan(const storage::v1::Span& a, const storage::v1::Span& b) {
  return a.start() == b.start() && a.end() == b.end() && a.label() == b.label();
}

// Adds whether the model agrees with each of the questions about a text.
void AddAgreement(const std::vector<storage::v1::Span>& predicted,
                  const std::vector<measure::AskedQuestion>& questions,
                  std::vector<stats::AskedSpan>& asked) {
  for (const measure::AskedQuestion& question : questions) {
    const bool found = absl::c_any_of(
        predicted, [&](const storage::v1::Span& span) { return IsSameSpan(span, question.span); });
    asked.push_back({found, question.accepted});
  }
}

// Accepted spans that no model can predict, and the first of them for people.
struct Unpredictable {
  uint64_t count = 0;
  std::string example;
};

void CountUnpredictable(absl::string_view text,
                        const std::vector<measure::AskedQuestion>& questions,
                        Unpredictable& unpredictable) {
  for (const measure::AskedQuestion& question : questions) {
    if (!question.accepted || measure::UnpredictableSpans(text, {question.span}).empty()) continue;
    if (unpredictable.count++ == 0) unpredictable.example = text::DescribeSpan(text, question.span);
  }
}

Figure AgreementFigure(const std::vector<stats::AskedSpan>& asked, uint64_t num_leaked,
                       const Unpredictable& unpredictable) {
  const stats::AskedAgreement agreement = stats::CountAgreement(asked);
  Figure figure;
  figure.set_num_items(asked.size());
  figure.set_num_spans(
      static_cast<uint64_t>(agreement.accepted_predicted + agreement.accepted_other));
  figure.set_biased(true);
  TellLeaked(num_leaked, figure);
  measure::TellUnpredictable(unpredictable.count, unpredictable.example, figure);
  figure.mutable_agreement()->set_value(agreement.share());
  figure.add_caveats(
      "the questions were picked by a model: this is not an accuracy, and says nothing of other "
      "spans");
  return figure;
}

}  // namespace

struct SampleMeasurer::Texts {
  std::vector<measure::GoldText> texts;
  uint64_t num_leaked = 0;
};

SampleMeasurer::SampleMeasurer(const MeasurementInput& input)
    : input_(input), labels_(LabelsOf(*input.spec)) {
  const models::TrainingKeys& a = input.baseline.training_keys;
  const models::TrainingKeys& b = input.trained.training_keys;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(leaked_));
}

bool SampleMeasurer::IsTunedOn(uint64_t split_key) const {
  return std::binary_search(input_.tuned_on.begin(), input_.tuned_on.end(), split_key);
}

bool SampleMeasurer::IsLeaked(uint64_t split_key) const {
  return std::binary_search(leaked_.begin(), leaked_.end(), split_key);
}

void SampleMeasurer::NameFigures(MeasuredSample& sample) const {
  for (Figure* figure : {&sample.before, &sample.parent, &sample.after}) {
    figure->set_sample(sample.kind);
    if (sample.kind == SampleKind::SAMPLE_KIND_GOLD) {
      *figure->mutable_datasets() = input_.spec->eval_datasets();
    } else if (sample.kind == SampleKind::SAMPLE_KIND_HOLDOUT) {
      for (const std::string& dataset : input_.holdout_datasets) figure->add_datasets(dataset);
    } else {
      *figure->mutable_datasets() = input_.spec->datasets();
    }
    figure->set_dataset_revision(input_.revision);
  }
  sample.before.set_model_version(input_.baseline.name);
  sample.parent.set_model_version(input_.parent.name);
}

SampleMeasurer::Texts SampleMeasurer::TextsFor(const std::vector<std::string>& labels,
                                               SampleKind kind) const {
  const bool is_gold = kind == SampleKind::SAMPLE_KIND_GOLD;
  const double share = is_gold ? 1 : EvalShare(*input_.spec);
  Texts result;
  result.texts = measure::GoldTexts((is_gold ? input_.gold : input_.holdout)->texts, labels);
  std::erase_if(result.texts, [&](const measure::GoldText& text) {
    return !InShare(text.split_key, share) || IsTunedOn(text.split_key);
  });
  result.num_leaked = measure::RemoveTrainedOn(leaked_, result.texts);
  return result;
}

absl::StatusOr<std::optional<MeasuredSample>> SampleMeasurer::OnGold() const {
  return OnCompleteTexts(SampleKind::SAMPLE_KIND_GOLD);
}

absl::StatusOr<std::optional<MeasuredSample>> SampleMeasurer::OnHoldout() const {
  return OnCompleteTexts(SampleKind::SAMPLE_KIND_HOLDOUT);
}

absl::StatusOr<std::optional<MeasuredSample>> SampleMeasurer::OnCompleteTexts(
    SampleKind kind) const {
  const auto [texts, num_leaked] = TextsFor(labels_, kind);
  if (texts.empty() && num_leaked == 0) return std::nullopt;
  MeasuredSample sample;
  sample.kind = kind;
  const measure::GoldCounts after = measure::CountOnGold(*input_.trained.model, texts);
  WINNOW_ASSIGN_OR_RETURN(sample.after, measure::GoldFigure(after));
  TellLeaked(num_leaked, sample.after);
  if (input_.parent.model != nullptr) {
    WINNOW_ASSIGN_OR_RETURN(sample.parent,
                            measure::GoldFigure(measure::CountOnGold(*input_.parent.model, texts)));
    TellLeaked(num_leaked, sample.parent);
  }
  if (input_.compared()) {
    const measure::GoldCounts before = measure::CountOnGold(*input_.baseline.model, texts);
    WINNOW_ASSIGN_OR_RETURN(sample.before, measure::GoldFigure(before));
    TellLeaked(num_leaked, sample.before);
    WINNOW_ASSIGN_OR_RETURN(const stats::Difference difference,
                            stats::PairedF1Difference(before.texts, after.texts));
    sample.evidence = {
        {.difference = difference,
         .reporting_spans = static_cast<int64_t>(sample.after.num_spans()),
         .changed_texts = static_cast<int64_t>(measure::CountChanged(before, after))},
        DigestOf(texts)};
  }
  sample.outcomes = measure::CandidateOutcomes(*input_.trained.model, texts);
  NameFigures(sample);
  return sample;
}

absl::StatusOr<std::optional<measure::AuditSample>> SampleMeasurer::ReadAudit(
    const ner::Model& a, const ner::Model& b) const {
  return measure::ReadAuditSample(*input_.reader, DatasetsOf(*input_.spec), input_.revision, a, b,
                                  leaked_, input_.tuned_on);
}

absl::StatusOr<Figure> SampleMeasurer::ParentOnAudit() const {
  if (input_.parent.model == nullptr) return Figure();
  WINNOW_ASSIGN_OR_RETURN(const std::optional<measure::AuditSample> audit,
                          ReadAudit(*input_.parent.model, *input_.parent.model));
  if (!audit.has_value()) return Figure();
  WINNOW_ASSIGN_OR_RETURN(const stats::AuditReport report,
                          stats::EstimateFromAudit(audit->texts, stats::AuditModel::kA));
  return measure::AuditFigure(report);
}

absl::StatusOr<std::optional<MeasuredSample>> SampleMeasurer::OnAudit() const {
  const ner::Model& baseline = input_.compared() ? *input_.baseline.model : *input_.trained.model;
  WINNOW_ASSIGN_OR_RETURN(std::optional<measure::AuditSample> audit,
                          ReadAudit(baseline, *input_.trained.model));
  if (!audit.has_value()) return std::nullopt;
  const auto before = stats::EstimateFromAudit(audit->texts, stats::AuditModel::kA);
  const auto after = stats::EstimateFromAudit(audit->texts, stats::AuditModel::kB);
  // No yes or no yet: there is nothing to say.
  if (absl::IsFailedPrecondition(after.status())) return std::nullopt;
  WINNOW_RETURN_IF_ERROR(after.status());
  WINNOW_RETURN_IF_ERROR(before.status());

  MeasuredSample sample;
  sample.kind = SampleKind::SAMPLE_KIND_AUDIT;
  sample.before = measure::AuditFigure(*before);
  sample.after = measure::AuditFigure(*after);
  WINNOW_ASSIGN_OR_RETURN(sample.parent, ParentOnAudit());
  for (Figure* figure : {&sample.before, &sample.parent, &sample.after}) {
    TellLeaked(audit->num_leaked, *figure);
    if (audit->num_other_answers == 0) continue;
    figure->add_caveats(absl::StrCat(
        audit->num_other_answers,
        " audit answers of other queues are left out: different frames do not add up"));
  }
  if (input_.compared()) {
    WINNOW_ASSIGN_OR_RETURN(const stats::Difference difference,
                            stats::AuditF1Difference(audit->texts));
    sample.evidence = {{.difference = difference,
                        .reporting_spans = after->answers,
                        .changed_texts = static_cast<int64_t>(audit->num_changed)},
                       audit->digest};
  }
  sample.outcomes = std::move(audit->outcomes);
  NameFigures(sample);
  return sample;
}

std::optional<MeasuredSample> SampleMeasurer::OnQuestionsAsked() const {
  std::optional<Figure> after = Agreement(*input_.trained.model);
  if (!after.has_value()) return std::nullopt;
  MeasuredSample sample;
  sample.kind = SampleKind::SAMPLE_KIND_QUESTIONS_ASKED;
  sample.after = *std::move(after);
  // The questions are the same, so there is a figure of the baseline, too.
  if (input_.compared()) sample.before = Agreement(*input_.baseline.model).value_or(Figure());
  if (input_.parent.model != nullptr)
    sample.parent = Agreement(*input_.parent.model).value_or(Figure());
  NameFigures(sample);
  return sample;
}

std::optional<Figure> SampleMeasurer::Agreement(const ner::Model& model) const {
  std::vector<stats::AskedSpan> asked;
  Unpredictable unpredictable;
  uint64_t num_leaked = 0;
  for (const measure::LabelledExample& example : input_.answers->texts) {
    if (!InShare(example.split_key, EvalShare(*input_.spec)) || IsTunedOn(example.split_key))
      continue;
    std::vector<measure::AskedQuestion> questions = example.asked;
    std::erase_if(questions, [&](const measure::AskedQuestion& question) {
      return !absl::c_linear_search(labels_, question.span.label());
    });
    if (questions.empty()) continue;
    if (IsLeaked(example.split_key)) {
      ++num_leaked;
      continue;
    }
    const std::string& text = example.labelled.text();
    AddAgreement(measure::PredictSpans(model, text, labels_), questions, asked);
    CountUnpredictable(text, questions, unpredictable);
  }
  if (asked.empty()) return std::nullopt;
  return AgreementFigure(asked, num_leaked, unpredictable);
}

absl::StatusOr<std::string> SampleMeasurer::OnUntaughtLabels(SampleKind kind) const {
  if (!input_.compared()) return "";
  std::vector<std::string> others = input_.baseline.model->labels();
  std::erase_if(others,
                [&](const std::string& label) { return absl::c_linear_search(labels_, label); });
  if (others.empty()) return "";
  const std::vector<measure::GoldText> texts = TextsFor(others, kind).texts;
  const auto before = measure::CountOnGold(*input_.baseline.model, texts).texts;
  const auto after = measure::CountOnGold(*input_.trained.model, texts).texts;
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report f1_before, stats::MeasureF1(before));
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report f1_after, stats::MeasureF1(after));
  if (f1_before.gold == 0) return "";
  WINNOW_ASSIGN_OR_RETURN(const stats::Difference gain, stats::PairedF1Difference(before, after));
  return absl::StrFormat(
      "labels that were not taught (%s): F1 %.3f before, %.3f now, %+.1f points, standard error "
      "%.1f, on %d spans of %s",
      absl::StrJoin(others, ", "), f1_before.f1.value, f1_after.f1.value, 100 * gain.value,
      100 * gain.se, f1_before.gold,
      kind == SampleKind::SAMPLE_KIND_GOLD ? "the gold sets" : "the hold-out");
}

}  // namespace winnow::training

#include "services/training/version_report.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/stats/gate.h"

namespace winnow::training {
namespace {

using storage::v1::GateReport;
using storage::v1::TrainingReport;

// The samples that there are, in the order of trust; tells of untaught labels in between.
absl::StatusOr<std::vector<MeasuredSample>> MeasureSamples(const MeasurementInput& input,
                                                           TrainingReport& report) {
  const SampleMeasurer measurer(input);
  std::vector<MeasuredSample> samples;
  const auto add = [&](std::optional<MeasuredSample> sample) {
    if (sample.has_value()) samples.push_back(*std::move(sample));
  };
  const auto tell_untaught = [&](storage::v1::SampleKind kind) -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const std::string caveat, measurer.OnUntaughtLabels(kind));
    if (!caveat.empty()) report.add_caveats(caveat);
    return absl::OkStatus();
  };
  WINNOW_RETURN_IF_ERROR(tell_untaught(storage::v1::SAMPLE_KIND_GOLD));
  WINNOW_ASSIGN_OR_RETURN(std::optional<MeasuredSample> gold, measurer.OnGold());
  add(std::move(gold));
  WINNOW_RETURN_IF_ERROR(tell_untaught(storage::v1::SAMPLE_KIND_HOLDOUT));
  WINNOW_ASSIGN_OR_RETURN(std::optional<MeasuredSample> holdout, measurer.OnHoldout());
  add(std::move(holdout));
  WINNOW_ASSIGN_OR_RETURN(std::optional<MeasuredSample> audit, measurer.OnAudit());
  add(std::move(audit));
  if (samples.empty()) {
    report.add_caveats(
        "there is no unbiased figure: annotate a gold set, or answer audit questions");
  }
  add(measurer.OnQuestionsAsked());
  return samples;
}

storage::v1::CalibrationReport Calibration(storage::v1::SampleKind kind,
                                           const std::vector<ner::Outcome>& outcomes) {
  const ner::Reliability reliability = ner::MeasureReliability(outcomes);
  storage::v1::CalibrationReport calibration;
  calibration.set_sample(kind);
  calibration.set_num_spans(outcomes.size());
  for (const ner::ReliabilityBin& bin : reliability.bins) {
    storage::v1::ReliabilityBin& record = *calibration.add_bins();
    record.set_num_spans(bin.count);
    record.set_probability(bin.probability);
    record.set_frequency(bin.frequency);
  }
  calibration.set_ece(reliability.ece);
  calibration.set_perfect_ece(ner::PerfectEce(outcomes));
  calibration.set_brier(reliability.brier);
  return calibration;
}

storage::v1::GateVerdict ToRecord(stats::GateVerdict verdict) {
  switch (verdict) {
    case stats::GateVerdict::kPromote:
      return storage::v1::GATE_VERDICT_PROMOTE;
    case stats::GateVerdict::kRefuse:
      return storage::v1::GATE_VERDICT_REFUSE;
    case stats::GateVerdict::kUndecided:
      break;
  }
  return storage::v1::GATE_VERDICT_UNDECIDED;
}

// The first sample, in the order of trust, that has spans enough to decide anything; where none
// has, the first that has any; null without one.
const MeasuredSample* SampleOfGate(const std::vector<MeasuredSample>& samples) {
  for (const int64_t min_spans : {stats::kMinReportingSpans, int64_t{1}}) {
    for (const MeasuredSample& sample : samples) {
      if (sample.evidence.has_value() && sample.evidence->input.reporting_spans >= min_spans)
        return &sample;
    }
  }
  return nullptr;
}

GateReport DecideBy(const MeasuredSample& sample, int num_earlier_tries) {
  stats::GateInput input = sample.evidence->input;
  input.earlier_tries = num_earlier_tries;
  if (sample.kind == storage::v1::SAMPLE_KIND_AUDIT)
    input.min_refusing_spans = stats::kMinRefusingAnswers;
  const stats::GateDecision decision = stats::DecideGate(input);
  GateReport gate;
  gate.set_verdict(ToRecord(decision.verdict));
  gate.set_reason(decision.reason);
  gate.set_delta_f1(input.difference.value);
  gate.set_standard_error(input.difference.se);
  gate.set_lower(decision.lower);
  gate.set_upper(decision.upper);
  gate.set_sample(sample.kind);
  gate.set_num_spans(static_cast<uint64_t>(input.reporting_spans));
  gate.set_num_changed_texts(static_cast<uint64_t>(input.changed_texts));
  gate.set_num_earlier_tries(static_cast<uint64_t>(input.earlier_tries));
  if (decision.further_spans.has_value())
    gate.set_num_more_spans(static_cast<uint64_t>(*decision.further_spans));
  return gate;
}

}  // namespace

absl::StatusOr<std::string> MeasureVersion(const MeasurementInput& input,
                                           const CountEarlierTries& count_earlier_tries,
                                           TrainingReport& report) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<MeasuredSample> samples, MeasureSamples(input, report));
  for (const MeasuredSample& sample : samples) {
    if (input.compared()) *report.add_before() = sample.before;
    if (input.parent.model != nullptr) *report.add_parent() = sample.parent;
    *report.add_after() = sample.after;
    if (!report.has_calibration() && !sample.outcomes.empty())
      *report.mutable_calibration() = Calibration(sample.kind, sample.outcomes);
  }
  for (const MeasuredVersion* version : {&input.baseline, &input.parent, &input.trained}) {
    if (version->lineage_known) continue;
    report.add_caveats(absl::StrCat(
        version->name, " does not tell what it was trained on: a leak cannot be excluded"));
  }

  GateReport& gate = *report.mutable_gate();
  const std::string compared_with = input.baseline.name;
  gate.set_compared_with(compared_with);
  if (!input.compared()) {
    gate.set_reason("there is no version to compare with");
    return "";
  }
  const MeasuredSample* sample = SampleOfGate(samples);
  if (sample == nullptr) {
    gate.set_verdict(storage::v1::GATE_VERDICT_UNDECIDED);
    gate.set_reason(
        "there is nothing to measure on: annotate a gold set, or answer audit questions");
    return "";
  }
  gate = DecideBy(*sample, count_earlier_tries(sample->evidence->digest));
  gate.set_compared_with(compared_with);
  return sample->evidence->digest;
}

}  // namespace winnow::training

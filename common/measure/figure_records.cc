#include "common/measure/figure_records.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/stats/asking.h"

namespace winnow::measure {
namespace {

using storage::v1::Figure;

storage::v1::Estimate ToRecord(const stats::Estimate& estimate) {
  storage::v1::Estimate result;
  result.set_value(estimate.value);
  result.set_low(estimate.interval.lower);
  result.set_high(estimate.interval.upper);
  return result;
}

}  // namespace

absl::StatusOr<Figure> GoldFigure(const GoldCounts& counts) {
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report micro, stats::MeasureF1(counts.texts));
  Figure figure;
  figure.set_num_items(counts.texts.size());
  figure.set_num_spans(static_cast<uint64_t>(micro.gold));
  *figure.mutable_precision() = ToRecord(micro.precision);
  *figure.mutable_recall() = ToRecord(micro.recall);
  *figure.mutable_f1() = ToRecord(micro.f1);
  TellUnpredictable(counts.num_unpredictable, counts.unpredictable_example, figure);
  for (const auto& [label, texts] : counts.by_label) {
    WINNOW_ASSIGN_OR_RETURN(const stats::F1Report report, stats::MeasureF1(texts));
    storage::v1::LabelFigure& item = *figure.add_labels();
    item.set_label(label);
    item.set_support(static_cast<uint64_t>(report.gold));
    *item.mutable_precision() = ToRecord(report.precision);
    *item.mutable_recall() = ToRecord(report.recall);
    *item.mutable_f1() = ToRecord(report.f1);
  }
  return figure;
}

void TellUnpredictable(uint64_t count, absl::string_view example, Figure& figure) {
  figure.set_num_unpredictable_spans(count);
  if (count == 0) return;
  figure.add_caveats(absl::StrCat(count, " of ", figure.num_spans(),
                                  " gold spans count as missed whatever the model does, for "
                                  "they begin or end inside a word, or overlap a longer one: ",
                                  example));
}

Figure AuditFigure(const stats::AuditReport& report) {
  Figure figure;
  figure.set_sample(storage::v1::SAMPLE_KIND_AUDIT);
  figure.set_num_items(static_cast<uint64_t>(report.answers));
  figure.set_num_ignored(static_cast<uint64_t>(report.ignored));
  *figure.mutable_precision() = ToRecord(report.precision);
  *figure.mutable_recall() = ToRecord(report.recall);
  *figure.mutable_f1() = ToRecord(report.f1);
  if (report.askable_only) {
    figure.add_caveats(
        absl::StrCat("recall and F1 are of askable spans: those the queue's model gave a "
                     "probability of at least ",
                     stats::kMinAskedProbability));
  }
  if (report.unchecked_predicted > 0) {
    figure.add_caveats(absl::StrCat(report.unchecked_predicted,
                                    " predicted spans were no candidates of the audit frame and "
                                    "do not count: nobody could be asked about them"));
  }
  return figure;
}

}  // namespace winnow::measure

#include "common/rpc/figures.h"

#include "common/base/status.h"
#include "common/measure/figure_records.h"

namespace winnow::rpc {
namespace {

using winnow::common::v1::Figure;
using winnow::common::v1::SampleKind;

winnow::common::v1::Estimate ToApi(const storage::v1::Estimate& estimate) {
  winnow::common::v1::Estimate result;
  result.set_value(estimate.value());
  if (estimate.has_low()) result.set_low(estimate.low());
  if (estimate.has_high()) result.set_high(estimate.high());
  return result;
}

// Precision, recall and F1, those that there are.
template <typename Record, typename Message>
void CopyQuality(const Record& record, Message& message) {
  if (record.has_precision()) *message.mutable_precision() = ToApi(record.precision());
  if (record.has_recall()) *message.mutable_recall() = ToApi(record.recall());
  if (record.has_f1()) *message.mutable_f1() = ToApi(record.f1());
}

}  // namespace

SampleKind ToApi(storage::v1::SampleKind sample) {
  switch (sample) {
    case storage::v1::SAMPLE_KIND_GOLD:
      return SampleKind::SAMPLE_KIND_GOLD;
    case storage::v1::SAMPLE_KIND_HOLDOUT:
      return SampleKind::SAMPLE_KIND_HOLDOUT;
    case storage::v1::SAMPLE_KIND_AUDIT:
      return SampleKind::SAMPLE_KIND_AUDIT;
    case storage::v1::SAMPLE_KIND_QUESTIONS_ASKED:
      return SampleKind::SAMPLE_KIND_QUESTIONS_ASKED;
    default:
      return SampleKind::SAMPLE_KIND_UNSPECIFIED;
  }
}

Figure ToApi(const storage::v1::Figure& figure) {
  Figure result;
  result.set_sample(ToApi(figure.sample()));
  *result.mutable_datasets() = figure.datasets();
  result.set_model_version(figure.model_version());
  result.set_dataset_revision(figure.dataset_revision());
  result.set_num_items(figure.num_items());
  result.set_num_spans(figure.num_spans());
  CopyQuality(figure, result);
  if (figure.has_agreement()) *result.mutable_agreement() = ToApi(figure.agreement());
  result.set_biased(figure.biased());
  result.set_num_leaked(figure.num_leaked());
  result.set_num_ignored(figure.num_ignored());
  result.set_num_unpredictable_spans(figure.num_unpredictable_spans());
  for (const storage::v1::LabelFigure& label : figure.labels()) {
    winnow::common::v1::LabelFigure& item = *result.add_labels();
    item.set_label(label.label());
    CopyQuality(label, item);
    item.set_support(label.support());
  }
  *result.mutable_caveats() = figure.caveats();
  return result;
}

winnow::common::v1::Estimate ToApi(const stats::Estimate& estimate) {
  winnow::common::v1::Estimate result;
  result.set_value(estimate.value);
  result.set_low(estimate.interval.lower);
  result.set_high(estimate.interval.upper);
  return result;
}

absl::StatusOr<Figure> GoldFigure(const measure::GoldCounts& counts) {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Figure figure, measure::GoldFigure(counts));
  return ToApi(figure);
}

}  // namespace winnow::rpc

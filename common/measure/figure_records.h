// Figures as records, as they are kept with a training and told to people.
#pragma once

#include "absl/status/statusor.h"
#include "common/measure/figures.h"
#include "common/stats/audit.h"
#include "common/stats/f1.h"
#include "winnow/storage/v1/figures.pb.h"

namespace winnow::measure {

// Micro and per-label figures with 95 % intervals of a model on gold texts. The caller adds sample,
// names and caveats. Errors as stats::MeasureF1.
absl::StatusOr<storage::v1::Figure> GoldFigure(const GoldCounts& counts);

// Tells of gold spans that no model can predict, the first of them as `example`; nothing where
// there are none.
void TellUnpredictable(uint64_t count, absl::string_view example, storage::v1::Figure& figure);

// The unbiased estimate from audit answers, with its sample and caveats.
storage::v1::Figure AuditFigure(const stats::AuditReport& report);

}  // namespace winnow::measure

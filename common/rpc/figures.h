// Figures (common/measure, common/stats) as API messages.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/measure/figures.h"
#include "common/stats/audit.h"
#include "common/stats/f1.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::rpc {

winnow::common::v1::Estimate ToApi(const stats::Estimate& estimate);

// Micro and per-label figures with 95 % intervals of a model on gold texts. The caller adds sample,
// names and caveats.
absl::StatusOr<winnow::common::v1::Figure> GoldFigure(const measure::GoldCounts& counts);

// The unbiased estimate from audit answers.
winnow::common::v1::Figure AuditFigure(const stats::AuditReport& report);

}  // namespace winnow::rpc

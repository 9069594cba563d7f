// Figures (common/measure) as API messages.
#pragma once

#include "absl/status/statusor.h"
#include "common/measure/figures.h"
#include "common/stats/intervals.h"
#include "winnow/common/v1/common.pb.h"
#include "winnow/storage/v1/figures.pb.h"

namespace winnow::rpc {

winnow::common::v1::SampleKind ToApi(storage::v1::SampleKind sample);
winnow::common::v1::Figure ToApi(const storage::v1::Figure& figure);

// measure::GoldFigure as a message.
absl::StatusOr<winnow::common::v1::Figure> GoldFigure(const measure::GoldCounts& counts);

winnow::common::v1::Estimate ToApi(const stats::Estimate& estimate);

}  // namespace winnow::rpc

// Figures and whoever asks the questions must agree on these.
#pragma once

#include "absl/strings/string_view.h"

namespace winnow::stats {

// Spans that a model gives a lower probability are never asked about; the eps of the audit sample
// (common/stats/audit.h).
inline constexpr double kMinAskedProbability = 0.02;

// The strategy, stored with each task and answer, of the questions that the audit sample is made
// of: they are drawn with known probabilities, and nothing else may count as such a draw.
inline constexpr absl::string_view kAuditStrategy = "audit";

// That of answers which nobody gave: they repeat in a reviewer's place what several people said
// alike. Figures of people leave them out.
inline constexpr absl::string_view kUnanimousStrategy = "unanimous";

}  // namespace winnow::stats

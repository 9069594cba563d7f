// --since, as recipes take it that show what happened.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/cli/shell/options.h"

namespace winnow::cli {

// `help` says of what.
OptionSpec SinceOption(absl::string_view help);

// A day, or a time with or without a zone, as ISO 8601 writes them ("2026-03-01",
// "2026-03-01T12:30", "2026-03-01T12:30:00+01:00"; without a zone in UTC), or how long before
// `now`: "7d", "1h30m" (w, d, h, m, s). InvalidArgument for anything else.
absl::StatusOr<absl::Time> ReadSince(absl::string_view text, absl::Time now);

}  // namespace winnow::cli

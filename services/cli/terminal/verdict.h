// Verdicts for people.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::cli {

// "accept", "reject" or "ignore".
std::string VerdictName(common::v1::Verdict verdict);

// The same, green, red or yellow in colour.
std::string VerdictText(common::v1::Verdict verdict, bool colour);

// The ANSI sequence that turns on inverse video in the verdict's colour.
absl::string_view InverseOf(common::v1::Verdict verdict);

}  // namespace winnow::cli

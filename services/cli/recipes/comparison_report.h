// The state of a comparison of two models for people.
#pragma once

#include <string>

#include "winnow/evaluation/v1/evaluation.pb.h"

namespace winnow::cli {

std::string ComparisonText(const evaluation::v1::Comparison& comparison);

}  // namespace winnow::cli

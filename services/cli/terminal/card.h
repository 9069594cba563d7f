// The cards that a person answers: a question about one span, or the outputs of two models.
#pragma once

#include <string>

#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::cli {

// The part of the text that is to be shown, with the span marked, and why it is asked.
std::string SpanCard(const annotation::v1::Task& task, bool colour);

// Both outputs, without a hint which model made which.
std::string ComparisonCard(const annotation::v1::Task& task, bool colour);

}  // namespace winnow::cli

// The cards that a person answers: a question about one span, a text to mark, what people differ
// in, or the outputs of two models.
#pragma once

#include <string>

#include "services/cli/terminal/span_editor.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::cli {

// The part of the text that is to be shown, with the span marked, and why it is asked.
std::string SpanCard(const annotation::v1::Task& task, bool colour);

// The whole text with what is marked and selected, and the keys of the labels.
std::string MarkupCard(const annotation::v1::Task& task, const SpanEditor& editor, bool colour);

// What people said of the span, version by version: of most people first.
std::string QuestionReviewCard(const annotation::v1::Task& task, bool colour);

// The same of the whole text, and the one that is `chosen` as it is being mended; it says instead
// that the text is bad where `is_bad`.
std::string TextReviewCard(const annotation::v1::Task& task, size_t chosen, bool is_bad,
                           const SpanEditor& editor, bool colour);

// Both outputs, without a hint which model made which.
std::string ComparisonCard(const annotation::v1::Task& task, bool colour);

}  // namespace winnow::cli

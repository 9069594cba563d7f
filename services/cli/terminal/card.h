// The cards that a person answers: a question about one span, a text to mark, what people differ
// in, the outputs of two models; and answers, to be read.
#pragma once

#include <string>
#include <vector>

#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/span_editor.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::cli {

// The part of the text that is to be shown.
Range ViewOf(const annotation::v1::Task& task);

// That part with the span marked, and what is selected, if anything; and why it is asked.
std::string SpanCard(const annotation::v1::Task& task, bool colour, Range selection = {});

// The whole text with what is marked and selected, and the keys of the labels.
std::string MarkupCard(const annotation::v1::Task& task, const SpanEditor& editor, bool colour);

// What people said of the span, version by version: of most people first.
std::string QuestionReviewCard(const annotation::v1::Task& task, bool colour);

// The same of the whole text, and the one that is `chosen` as it is being mended; it says instead
// that the text is bad where `is_bad`.
std::string TextReviewCard(const annotation::v1::Task& task, size_t chosen, bool is_bad,
                           const SpanEditor& editor, bool colour);

// The whole text with the spans that its row has.
std::string TextCard(const annotation::v1::Task& task, const std::vector<common::v1::Span>& spans,
                     bool colour);

// Both outputs, without a hint which model made which.
std::string ComparisonCard(const annotation::v1::Task& task, bool colour);

// An answer that was given: a line with the verdict, the person, the time and the version that
// asked, as far as they are known, then the text with its spans in the colours of their verdicts;
// of a comparison both outputs, and the one preferred. Lines end with '\n'.
std::string AnswerCard(const annotation::v1::Answer& answer, bool colour);

}  // namespace winnow::cli

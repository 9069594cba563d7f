// Spans made visible in their text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::cli {

// [start, end) in code points.
struct Range {
  uint32_t start = 0;
  uint32_t end = 0;
};

// `text`, printable, with each span followed by its label: inverse in colour, otherwise "[Senior
// Nurse|job_title]". Spans may overlap; what lies beyond the text is cut off. What is selected, if
// anything, is underlined in colour, otherwise "»Nurse«".
std::string Highlight(absl::string_view text, const std::vector<common::v1::Span>& spans,
                      bool colour, Range selection = {});

// The same of spans that were judged: green when accepted, red when rejected, yellow when ignored;
// without colour "[Nurse|job_title: reject]".
std::string HighlightJudged(
    absl::string_view text,
    const google::protobuf::RepeatedPtrField<annotation::v1::SpanJudgement>& judgements,
    bool colour);

// ANSI "dim", or `text` as it is.
std::string Dim(absl::string_view text, bool colour);

}  // namespace winnow::cli

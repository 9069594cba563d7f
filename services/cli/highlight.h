// Text on a terminal: spans made visible, control characters made harmless, columns counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::cli {

// Text that comes from data: control characters, which could drive the terminal, become U+FFFD;
// line breaks become a blank-framed U+21B5 (a return arrow) and tabs a blank.
std::string Printable(absl::string_view text);

// Columns that `text` takes on a terminal: wide characters two, combining ones none.
size_t DisplayWidth(absl::string_view text);

// Code points [start, end) of `text`; less where the text ends before.
std::string SpanText(absl::string_view text, uint32_t start, uint32_t end);

// `text`, printable, with each span followed by its label: inverse in colour, otherwise "[Senior
// Nurse|job_title]". Spans may overlap; what lies beyond the text is cut off.
std::string Highlight(absl::string_view text, const std::vector<common::v1::Span>& spans,
                      bool colour);

// ANSI "dim", or `text` as it is.
std::string Dim(absl::string_view text, bool colour);

}  // namespace winnow::cli

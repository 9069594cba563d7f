// "Is this span right?", as ner.teach and ner.match ask it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/annotating.h"

namespace winnow::cli {

// For the help: the keys.
extern const char kSpanHelp[];

Questions SpanQuestions(absl::string_view name,
                        std::string (*summary)(const Answered& answered,
                                               const annotation::v1::Queue& queue));

// A span with what it marks in the text.
nlohmann::ordered_json SpanJson(const std::string& text, const common::v1::Span& span);

}  // namespace winnow::cli

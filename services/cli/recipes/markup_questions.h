// "Mark all spans", as ner.manual and ner.correct ask it.
#pragma once

#include "absl/strings/string_view.h"
#include "services/cli/recipes/annotating.h"

namespace winnow::cli {

// For the help: the keys, and what a terminal cannot do.
extern const char kMarkupHelp[];

Questions MarkupQuestions(absl::string_view name);

}  // namespace winnow::cli

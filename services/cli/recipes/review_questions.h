// "What is right, where these people differ?", as review asks it.
#pragma once

#include "services/cli/recipes/annotating.h"

namespace winnow::cli {

// For the help: the keys.
extern const char kReviewHelp[];

Questions ReviewQuestions();

}  // namespace winnow::cli

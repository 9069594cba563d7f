// "Is this text right?", as mark asks it.
#pragma once

#include "services/cli/recipes/annotating.h"

namespace winnow::cli {

// For the help: the keys.
inline constexpr char kMarkKeys[] = "a accept   x reject   space ignore   u undo   q quit";

// No oracle answers them.
Questions MarkQuestions();

}  // namespace winnow::cli

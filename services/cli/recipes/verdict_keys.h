// The keys of a terminal that every card with a verdict has.
#pragma once

#include <optional>

#include "services/cli/recipes/answering.h"

namespace winnow::cli {

// a accept, x reject, space ignore, u undo, q quit; nothing for any other key.
std::optional<Reply> ReplyOfKey(int key);

}  // namespace winnow::cli

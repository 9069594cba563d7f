// Keys of a terminal that are no printable characters.
#pragma once

namespace winnow::cli {

// Above every character.
enum Key : int {
  kKeyLeft = 256,
  kKeyRight,
  kKeyShiftLeft,
  kKeyShiftRight,
  kKeyBackspace,
  kKeyEnter,
};

}  // namespace winnow::cli

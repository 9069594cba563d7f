// What a file is, by its beginning.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace winnow::formats {

enum class Container {
  // A JSON value a line.
  kJsonLines,
  // One JSON array of rows.
  kJsonArray,
  // JSON values one after the other, each over several lines.
  kJsonValues,
  // A token a line with its tag, sentences parted by blank lines: CoNLL.
  kTokens,
  // Cells parted by commas, semicolons or tabs under a line of names.
  kTable,
  // One text a line.
  kText,
  // None of these, and known by name.
  kRefused,
};

struct Recognised {
  Container container = Container::kText;
  // kRefused: what it is and what to do with it, for a person.
  std::string looks_like;
  // kTable: what parts the cells.
  char delimiter = ',';
};

// As many bytes from the beginning as Recognise needs, or the whole file.
inline constexpr size_t kRecogniseBytes = size_t{64} << 10;

// REQUIRES: `head` is kRecogniseBytes of a file, or all of it.
Recognised Recognise(absl::string_view head);

}  // namespace winnow::formats

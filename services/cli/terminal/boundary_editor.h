// The ends of one span, moved key by key.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/text/tokenizer.h"
#include "services/cli/terminal/highlight.h"

namespace winnow::cli {

// A span of whole tokens within a part of a text. Not thread-safe.
class BoundaryEditor {
 public:
  // Begins with the tokens that `span` touches; tokens beyond `view` are out of reach. REQUIRES:
  // `span` lies in `view`, both in the text.
  BoundaryEditor(absl::string_view text, Range view, Range span);

  // Left and right move the start by a token; with shift, and [ and ], the end. At least one token
  // stays. False, and nothing changes, for any other key.
  bool Press(int key);

  // In code points of the text; the span it began with if it touches no token.
  Range range() const;

 private:
  std::vector<text::Token> tokens_;
  const Range span_;
  // Tokens of the span: [first, last].
  size_t first_ = 0;
  size_t last_ = 0;
};

}  // namespace winnow::cli

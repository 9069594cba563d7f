#include "services/cli/terminal/boundary_editor.h"

#include "services/cli/terminal/keys.h"

namespace winnow::cli {

BoundaryEditor::BoundaryEditor(absl::string_view text, Range view, Range span)
    : tokens_(text::Tokenize(text)), span_(span) {
  std::erase_if(tokens_, [&](const text::Token& token) {
    return token.start < view.start || token.end > view.end;
  });
  while (first_ < tokens_.size() && tokens_[first_].end <= span.start) ++first_;
  last_ = first_;
  while (last_ + 1 < tokens_.size() && tokens_[last_ + 1].start < span.end) ++last_;
}

bool BoundaryEditor::Press(int key) {
  switch (key) {
    case kKeyLeft:
      if (first_ > 0) --first_;
      return true;
    case kKeyRight:
      if (first_ < last_) ++first_;
      return true;
    case kKeyShiftLeft:
    case '[':
      if (last_ > first_) --last_;
      return true;
    case kKeyShiftRight:
    case ']':
      if (last_ + 1 < tokens_.size()) ++last_;
      return true;
  }
  return false;
}

Range BoundaryEditor::range() const {
  if (first_ >= tokens_.size()) return span_;
  return {tokens_[first_].start, tokens_[last_].end};
}

}  // namespace winnow::cli

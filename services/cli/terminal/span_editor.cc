#include "services/cli/terminal/span_editor.h"

#include <algorithm>
#include <utility>

#include "common/text/spans.h"
#include "services/cli/terminal/keys.h"

namespace winnow::cli {
namespace {

using common::v1::Span;

bool Touches(const Span& span, Range range) {
  return span.start() < range.end && range.start < span.end();
}

}  // namespace

SpanEditor::SpanEditor(absl::string_view text, std::vector<std::string> labels,
                       std::vector<Span> spans, absl::string_view label_keys)
    : tokens_(text::Tokenize(text)),
      labels_(std::move(labels)),
      spans_(std::move(spans)),
      label_keys_(label_keys) {
  std::sort(spans_.begin(), spans_.end(), text::SpanLess());
}

Range SpanEditor::selection() const {
  if (tokens_.empty()) return {};
  const auto [first, last] = std::minmax(anchor_, cursor_);
  return {tokens_[first].start, tokens_[last].end};
}

bool SpanEditor::Press(int key) {
  switch (key) {
    case kKeyLeft:
    case kKeyRight:
      Move(key == kKeyLeft ? -1 : 1, /*extend=*/false);
      return true;
    case kKeyShiftLeft:
    case '[':
      Move(-1, /*extend=*/true);
      return true;
    case kKeyShiftRight:
    case ']':
      Move(1, /*extend=*/true);
      return true;
    case kKeyBackspace:
    case 'd':
      DeleteWithin(selection());
      return true;
  }
  const size_t label =
      key < kKeyLeft ? label_keys_.find(static_cast<char>(key)) : absl::string_view::npos;
  if (label >= labels_.size() || tokens_.empty()) return false;
  Mark(labels_[label]);
  return true;
}

void SpanEditor::Move(int by, bool extend) {
  if (by < 0 && cursor_ > 0) --cursor_;
  if (by > 0 && cursor_ + 1 < tokens_.size()) ++cursor_;
  if (!extend) anchor_ = cursor_;
}

void SpanEditor::Mark(const std::string& label) {
  Range range = selection();
  if (anchor_ == cursor_) {
    const auto here = std::find_if(spans_.begin(), spans_.end(),
                                   [&](const Span& span) { return Touches(span, range); });
    if (here != spans_.end()) range = {here->start(), here->end()};
  }
  DeleteWithin(range);
  Span span;
  span.set_start(range.start);
  span.set_end(range.end);
  span.set_label(label);
  spans_.insert(std::lower_bound(spans_.begin(), spans_.end(), span, text::SpanLess()), span);
  anchor_ = cursor_;
}

void SpanEditor::DeleteWithin(Range range) {
  std::erase_if(spans_, [&](const Span& span) { return Touches(span, range); });
}

}  // namespace winnow::cli

// Spans that a person marks in a text, key by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/text/tokenizer.h"
#include "services/cli/terminal/highlight.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::cli {

// The keys that mark labels, in their order: labels beyond have none.
inline constexpr absl::string_view kLabelKeys = "1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ";
// Where digits mean something else.
inline constexpr absl::string_view kLetterKeys = kLabelKeys.substr(10);

// A cursor stands on a token; the tokens from where it was last moved to without extending, up to
// the cursor, are selected. Not thread-safe.
class SpanEditor {
 public:
  // `spans` are marked already. `label_keys` must outlive it.
  SpanEditor(absl::string_view text, std::vector<std::string> labels,
             std::vector<common::v1::Span> spans, absl::string_view label_keys = kLabelKeys);

  // Left and right move the cursor; with shift, and ] and [, they extend what is selected. The key
  // of a label marks what is selected, in place of what it overlaps; where one token is selected
  // that is in a span, that span gets the label. d and backspace delete the spans that are
  // selected, even in part. False, and nothing changes, for any other key.
  bool Press(int key);

  // Ascending; they overlap only where those did that were marked already.
  const std::vector<common::v1::Span>& spans() const { return spans_; }
  const std::vector<std::string>& labels() const { return labels_; }
  // The key that marks the label; a blank for one without.
  char label_key(size_t label) const {
    return label < label_keys_.size() ? label_keys_[label] : ' ';
  }
  // Empty in a text without tokens.
  Range selection() const;

 private:
  void Move(int by, bool extend);
  void Mark(const std::string& label);
  void DeleteWithin(Range range);

  const std::vector<text::Token> tokens_;
  const std::vector<std::string> labels_;
  std::vector<common::v1::Span> spans_;
  const absl::string_view label_keys_;
  // Tokens.
  size_t anchor_ = 0;
  size_t cursor_ = 0;
};

}  // namespace winnow::cli

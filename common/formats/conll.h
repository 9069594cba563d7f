// Token-per-line files with IOB2 tags, as in the CoNLL shared tasks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::formats {

// Tokens [begin, end) of a sentence.
struct ConllSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string label;

  bool operator==(const ConllSpan&) const = default;
};

struct ConllSentence {
  std::vector<std::string> tokens;
  // In order, not overlapping.
  std::vector<ConllSpan> spans;
};

struct ConllFile {
  std::vector<ConllSentence> sentences;
  // I- tags after O, after another label or at the beginning of a sentence. Each begins a span, as
  // conlleval reads it.
  size_t num_unopened_tags = 0;
};

// Parses the content of a whole file: UTF-8, lines "token TAB tag" where tag is O, B-label or
// I-label, sentences separated by blank lines; a byte order mark and CR LF are allowed. Error:
// InvalidArgument with every violation, "line N: token|tag: what" (see Violations).
absl::StatusOr<ConllFile> ParseConll(absl::string_view content);

}  // namespace winnow::formats

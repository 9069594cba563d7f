// Texts without annotations: JSONL or plain text.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::formats {

enum class SourceFormat {
  // One object per line: {"text": ..., "meta": {...}}; `meta` may be missing, other keys are
  // ignored.
  kJsonl,
  // One text per line, without white space at its ends.
  kText,
};

struct SourceText {
  std::string text;
  // The `meta` object to the byte; empty if there was none.
  std::string meta_json;
};

// By the extension of a file name, in any case: ".jsonl" or ".txt". InvalidArgument for any other.
absl::StatusOr<SourceFormat> SourceFormatOf(absl::string_view file_name);

// Parses the content of a whole file: UTF-8; a byte order mark, CR LF and blank lines are allowed;
// no text may be empty or contain NUL. Error: InvalidArgument with every violation, "line N: field:
// what" (see Violations).
absl::StatusOr<std::vector<SourceText>> ParseSource(absl::string_view content, SourceFormat format);

}  // namespace winnow::formats

// Texts without annotations: JSONL or plain text.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/formats/lines.h"

namespace winnow::formats {

enum class SourceFormat {
  // One object per line: {"text": ..., "meta": {...}}; `meta` may be missing, and there may be any
  // other keys.
  kJsonl,
  // One text per line, without white space at its ends.
  kText,
};

struct SourceText {
  std::string text;
  // The `meta` object to the byte; empty if there was none.
  std::string meta_json;
  // All keys but `text`, `meta` among them, to the byte, as an object; empty if there were none.
  std::string fields_json;
};

// By the extension of a file name, in any case: ".jsonl" or ".txt". InvalidArgument for any other.
absl::StatusOr<SourceFormat> SourceFormatOf(absl::string_view file_name);

// Parses the content of a whole file: UTF-8; a byte order mark, CR LF and blank lines are allowed;
// no text may be empty or contain NUL. Error: InvalidArgument with every violation, "line N: field:
// what" (see Violations).
absl::StatusOr<std::vector<SourceText>> ParseSource(absl::string_view content, SourceFormat format);

// The same of a file that comes in pieces, in the memory of a piece. Not thread-safe.
class SourceParser {
 public:
  explicit SourceParser(SourceFormat format) : format_(format) {}

  // Takes a piece, which may end inside a line, and returns the texts of the lines that it ends:
  // none any more once something was wrong.
  std::vector<SourceText> Add(absl::string_view piece);
  // The texts of the last line; the error of ParseSource when anything was wrong.
  absl::StatusOr<std::vector<SourceText>> Finish();

 private:
  std::vector<SourceText> Parse(absl::string_view lines);

  const SourceFormat format_;
  // The beginning of a line.
  std::string rest_;
  size_t next_line_ = 1;
  bool any_text_ = false;
  LineViolations violations_;
};

}  // namespace winnow::formats

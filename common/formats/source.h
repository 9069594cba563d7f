// Texts without annotations.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::formats {

enum class SourceFormat {
  // JSON, JSONL, a table with a column of texts, or token-per-line; plain text is refused.
  kJsonl,
  // One text per line, without white space at its ends.
  kText,
  // What it looks like.
  kRecognise,
};

struct SourceText {
  std::string text;
  // The `meta` object to the byte; empty if there was none.
  std::string meta_json;
  // All keys but `text`, `meta` among them, to the byte, as an object on one line; empty if there
  // were none.
  std::string fields_json;
};

// By the extension of a file name, in any case, that of gzip or zstd behind it disregarded: kText
// for ".txt", kJsonl for ".jsonl" and ".json", kRecognise for ".csv", ".tsv", ".conll", ".iob" and
// ".bio". InvalidArgument for any other.
absl::StatusOr<SourceFormat> SourceFormatOf(absl::string_view file_name);

// Parses the content of a whole file: UTF-8 or UTF-16, perhaps packed with gzip or zstd
// (kMaxUnpackedBytes in records.h); blank lines are allowed; no text may be empty, contain NUL or
// be longer than 1 MiB. A row is an object with `text` and perhaps other keys, or one of the
// formats of annotations (see row_formats.h), whose text is taken alone. Of a table the columns
// beside the text become `meta`. Error: InvalidArgument with every violation, "line N: field: what"
// (see Violations).
absl::StatusOr<std::vector<SourceText>> ParseSource(absl::string_view content, SourceFormat format);

// The same of a file that comes in pieces, in the memory of a piece. Not thread-safe.
class SourceParser {
 public:
  explicit SourceParser(SourceFormat format);
  ~SourceParser();
  SourceParser(SourceParser&&);

  // Takes a piece, which may end inside a line, and returns the texts of the lines that it ends:
  // none any more once something was wrong.
  std::vector<SourceText> Add(absl::string_view piece);
  // The texts of the last line; the error of ParseSource when anything was wrong.
  absl::StatusOr<std::vector<SourceText>> Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow::formats

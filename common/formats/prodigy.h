// Prodigy's annotation JSONL (one JSON object per answered task) <-> answers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::formats {

// An answer speaks of its spans alone, or of the whole text.
enum class Coverage {
  // To be found out from the file.
  kInfer,
  // Nothing: each span was a question of its own.
  kBinary,
  // There are no other spans of the labels in question.
  kComplete,
};

struct ParseOptions {
  Coverage coverage = Coverage::kInfer;
  // Complete annotations: the labels that were annotated. Empty: those that occur in the file,
  // together with the `winnow.labels` of its rows. Otherwise a span with another label is refused.
  std::vector<std::string> labels;
};

struct ParsedRow {
  // In the file, from 1.
  size_t line = 0;
  std::string text;
  // The `meta` object to the byte; empty if there was none.
  std::string meta_json;
  // Without revision and ids. Filled: kind, verdict, decisions, complete_labels, annotator
  // (`_annotator_id`, else `_session_id`), answered_unix_micros (`_timestamp`), original_json.
  storage::v1::Answer answer;
};

struct ParsedDataset {
  std::vector<ParsedRow> rows;
  // kBinary or kComplete, for all rows.
  Coverage coverage = Coverage::kBinary;
  // Why, for a person: "inferred binary: line 1 has a score".
  std::string coverage_reason;
  // Decisions by verdict. Those of complete rows count by the verdict of the row.
  size_t num_accepted = 0;
  size_t num_rejected = 0;
  size_t num_ignored = 0;
  // Rows of which at least two spans share a character.
  size_t num_rows_with_overlaps = 0;
};

// Parses the content of a whole file: UTF-8, one object per line; a byte order mark, CR LF and
// blank lines are allowed. Of a key that occurs twice the last value counts; unknown keys only live
// on in original_json.
//
// * `text`: not empty, without NUL. `answer`: accept (also when missing), reject or ignore.
// * `spans`: `start`, `end` in code points, 0 <= start < end <= length, and a `label`. `score` is
//   kept when it is a probability.
// * Binary: one decision per span, by the span's own `answer`, else by the row's.
// * Complete: one accepted decision per span, whatever the row's answer; overlapping spans are
//   refused, and spans with another answer than accept in an accepted row.
// * Coverage: what `options` says. Otherwise each row may be evidence: `_view_id` (ner or spans:
//   binary; ner_manual or spans_manual: complete); else a span with a `score` or an `answer`, or
//   spans and a probability `score` in `meta`: binary; else `tokens`: complete. Evidence for both
//   is refused. With none at all the file is complete if it has spans, a row with no span or with
//   several, and no rejected row that has a span; otherwise it is refused with a request to state
//   the coverage.
// * Rows whose `_view_id` is compare are refused: they judge two models, not spans.
//
// Error: InvalidArgument with every violation, "line N: field: what" (see Violations); nothing is
// returned of the rest.
absl::StatusOr<ParsedDataset> ParseProdigyJsonl(absl::string_view content,
                                                const ParseOptions& options = {});

// The value of "meta" among the other keys of a row, to the byte; empty when it is no object.
// `fields_json` as below.
std::string MetaOf(absl::string_view fields_json);

// The row of one answer, without a line break: original_json to the byte if there is one; otherwise
// what ner.teach (binary), ner.manual (complete, with tokens) or compare would have written, with
// what Prodigy has no key for under the key "winnow". Of a comparison, "accept" holds the output
// that was shown first, and answer accept means that it was preferred; a tie is an ignore with
// winnow.preference "tie". Parsing the row of a binary or complete answer gives the same decisions,
// verdict and labels. `fields_json`, the other keys of the row that was asked about, stands behind
// the text to the byte, but for keys that the answer itself has. REQUIRES: `answer` is not a
// tombstone and its spans lie in `text`, which is valid UTF-8; `fields_json` is empty or a JSON
// object.
std::string ToProdigyJson(const storage::v1::Answer& answer, absl::string_view text,
                          absl::string_view fields_json);

}  // namespace winnow::formats

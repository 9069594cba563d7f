// Files of annotated texts -> answers. A file is read twice, row by row, so that what only the
// whole of it tells (coverage, labels, what offsets count) is known when rows are handed out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/formats/offsets.h"
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
  // Complete annotations: the labels that were annotated. Empty: those of the accepted rows,
  // together with the `winnow.labels` of all. Otherwise a span with another label is refused.
  std::vector<std::string> labels;
  Offsets offsets = Offsets::kCodePoints;
  // A file without a single span says that its texts have no entities. Without this it is refused:
  // as a rule its spans are where nobody looks for them.
  bool allow_no_spans = false;
};

struct ParsedRow {
  // As LineViolations counts, from 1.
  size_t number = 0;
  std::string text;
  // The `meta` object, to the byte if it stood in the file so; empty if there was none.
  std::string meta_json;
  // Without revision and ids. Filled: kind, verdict, decisions, complete_labels, annotator
  // (`_annotator_id`, else `_session_id`), answered_unix_micros (`_timestamp`), original_json.
  storage::v1::Answer answer;
};

// What the whole file tells, as the first reading finds it.
struct DatasetSurvey {
  struct Problem {
    std::string field;
    std::string what;
    // It may come of another mistake, and is told only where there is none.
    bool follows = false;
  };
  // kInfer, and a problem, when the file does not tell.
  Coverage coverage = Coverage::kInfer;
  // Why, for a person: "inferred binary: line 1 has a score".
  std::string coverage_reason;
  // "Prodigy", "doccano", ...; empty when no row says anything of spans.
  std::string format;
  // Labels that complete annotations are complete for.
  std::set<std::string> labels;
  std::vector<Problem> problems;
};

struct DatasetCounts {
  size_t num_rows = 0;
  // Decisions by verdict. Those of complete rows count by the verdict of the row.
  size_t num_accepted = 0;
  size_t num_rejected = 0;
  size_t num_ignored = 0;
  // Rows that are used, and of which at least two spans share a character.
  size_t num_rows_with_overlaps = 0;
  // Rows that say nothing: complete ones that were rejected, and those that were ignored.
  size_t num_rejected_rows = 0;
  size_t num_ignored_rows = 0;
  // Such rows without a text, which are not taken.
  size_t num_left_out_rows = 0;
  // Spans with white space at an end, which was taken off.
  size_t num_trimmed_spans = 0;
  // Spans that a row has once more, with the same verdict.
  size_t num_repeated_spans = 0;
};

// The first reading. Not thread-safe.
class DatasetSurveyor {
 public:
  explicit DatasetSurveyor(const ParseOptions& options);
  ~DatasetSurveyor();
  void Add(absl::string_view piece);
  DatasetSurvey Finish();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

// The second reading. Not thread-safe.
class DatasetReader {
 public:
  using Take = std::function<void(ParsedRow)>;
  // `take` gets the rows in order; those of a file that Finish refuses are worth nothing.
  DatasetReader(const ParseOptions& options, DatasetSurvey survey, Take take);
  ~DatasetReader();
  void Add(absl::string_view piece);
  // InvalidArgument with every violation, "line N: field: what" (see Violations), those of the
  // survey included; "row N" in JSON that is no JSONL.
  absl::StatusOr<DatasetCounts> Finish();
  // "line" or "row".
  const std::string& unit() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

struct ParsedDataset {
  // What rows are numbered by: "line" or "row".
  std::string unit;
  DatasetSurvey survey;
  DatasetCounts counts;
  std::vector<ParsedRow> rows;
};

// Both readings of the content of a whole file.
//
// Formats: see row_formats.h and recognise.h. UTF-8 or UTF-16, perhaps packed with gzip or zstd
// (kMaxUnpackedBytes in records.h); blank lines are allowed. In JSON of a key that occurs twice the
// last value counts, null is as if it were missing, and unknown keys only live on in original_json:
// the row to the byte, or where it was another format or had other offsets, the row as Prodigy
// writes it.
//
// * `text`: not empty, without NUL. `answer`: accept (also when missing), reject or ignore.
// * `_undone`, `_surplus`: not true (prodigy.h).
// * `spans`: `start`, `end` with 0 <= start < end <= length, and a `label` of at most
//   kMaxLabelBytes without white space at its ends; at most 1,000 different ones in a file. White
//   space at the ends of a span is taken off, unless it holds nothing else; a span that the row has
//   already, with the same verdict, is merged. A `text` of the span's own must be what its offsets
//   cut. `score` is kept when it is a probability.
// * Rows that were ignored, and complete ones that were rejected, are not used and not judged:
//   spans that cannot be read are dropped.
// * Binary: one decision per span, by the span's own `answer`, else by the row's.
// * Complete: one accepted decision per span, whatever the row's answer; overlapping spans are
//   refused, and spans with another answer than accept in an accepted row.
// * Coverage: what `options` says. Otherwise each row may be evidence: `_view_id` (ner or spans:
//   binary; ner_manual or spans_manual: complete); else a span with a `score` or an `answer`, or
//   spans and a probability `score` in `meta`: binary; else `tokens`, or another format than
//   Prodigy's: complete. Evidence for both is refused. With none at all the file is complete if it
//   has spans, a row with no span or with several, and no rejected row that has a span; otherwise
//   it is refused with a request to state the coverage.
absl::StatusOr<ParsedDataset> ParseDataset(absl::string_view content,
                                           const ParseOptions& options = {});

}  // namespace winnow::formats

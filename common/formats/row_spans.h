// The spans of one row as decisions of an answer.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/formats/lines.h"
#include "common/formats/offsets.h"
#include "common/formats/row_formats.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::formats {

// `answer` of a row or span: accept, reject or ignore; unspecified if it is missing, and if it is
// anything else, with a violation at `field`.
storage::v1::Verdict ReadVerdict(size_t number, const nlohmann::json& object,
                                 absl::string_view field, LineViolations& violations);

struct RowSpans {
  std::vector<storage::v1::Decision> decisions;
  // For violations: "spans[3]".
  std::vector<std::string> fields;
  size_t num_trimmed = 0;
  size_t num_repeated = 0;

  // Pairs of decisions that share a character, neighbours in text order; the second is the one
  // further on in the row.
  std::vector<std::pair<size_t, size_t>> Overlaps() const;
};

struct SpanOptions {
  Offsets offsets = Offsets::kCodePoints;
  // If not empty, the only ones allowed.
  std::set<std::string> labels;
};

// Reads the spans of a row with this text, and leaves those out that it refuses. `verdict` is that
// of spans without an answer of their own. Where offsets are no code points, the row's spans are
// changed to them.
RowSpans ReadRowSpans(FormatRow& row, absl::string_view text, storage::v1::Verdict verdict,
                      const SpanOptions& options, LineViolations& violations);

}  // namespace winnow::formats

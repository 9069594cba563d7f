// Answers as Prodigy's annotation JSONL, one JSON object per answered task.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::formats {

// The value of "meta" among the other keys of a row, to the byte; empty when it is no object.
// `fields_json` as below.
std::string MetaOf(absl::string_view fields_json);

// The row of one answer, without a line break: original_json to the byte if there is one; otherwise
// what ner.teach (binary), ner.manual (complete, with tokens), compare or mark would have written,
// with what Prodigy has no key for under the key "winnow". Of a comparison, "accept" holds the
// output that was shown first, and answer accept means that it was preferred; a tie is an ignore
// with winnow.preference "tie". Parsing the row of a binary or complete answer (see dataset.h)
// gives the same decisions, but for blanks at the ends of spans, verdict and labels. `fields_json`,
// the other keys of the row that was asked about, stands behind the text to the byte, but for keys
// that the answer itself has. REQUIRES: `answer` is not a tombstone and its spans lie in `text`,
// which is valid UTF-8; `fields_json` is empty or a JSON object.
std::string ToProdigyJson(const storage::v1::Answer& answer, absl::string_view text,
                          absl::string_view fields_json);

// Prodigy's `_session_id`: that of the row as imported; of an answer given here "QUEUE-PERSON".
// Empty where there is none.
std::string SessionOf(const storage::v1::Answer& answer);

// Marks of rows that do not count: the answer was taken back, or came when as many people as wanted
// had answered. No such row can be imported again.
inline constexpr absl::string_view kUndoneMark = "_undone";
inline constexpr absl::string_view kSurplusMark = "_surplus";
// Adds `"key":true` to the end of a row. REQUIRES: `row` is a JSON object that is not empty.
void AddMark(absl::string_view key, std::string& row);

}  // namespace winnow::formats

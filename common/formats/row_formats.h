// How tools write the spans of a text: a table of their rows, each of which becomes one of
// Prodigy's.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "common/formats/lines.h"
#include "common/formats/records.h"

namespace winnow::formats {

inline constexpr char kProdigy[] = "Prodigy";

struct FormatRow {
  // As Record::number.
  size_t number = 0;
  // `text` and `spans` of {start, end, label}, and whatever else the row had.
  nlohmann::json row;
  // "Prodigy", "doccano", ...; empty for a text without a word on spans.
  std::string format;
  // The key that the spans stood under.
  std::string spans_key = "spans";
  // As Record::raw; empty where the row was changed.
  absl::string_view raw;
};

// Calls `take` for each row that a record holds: one as a rule, several where the record is a
// document of paragraphs or a task that several people annotated. Read are:
// * Prodigy's rows: `spans`. Those of recipes that do not mark spans (classification, choice,
//   compare, review, images, ...) are refused by name.
// * spans under `entities`, `ents`, `label`, `labels`, `annotations`, `annotation` (doccano, spaCy,
//   Label Studio's JSON-MIN, DataTurks): each [start, end, label], or an object with names for
//   these; spaCy's ["text", {"entities": [...]}], also within {"annotations": [...]}.
// * Label Studio's tasks: one row per annotation; one that was cancelled is an ignore, as is a task
//   that nobody annotated.
// * `tokens` or `words` with as many tags (Hugging Face), spaCy's training JSON (`paragraphs`).
// A violation for what says something of another kind, and for what is none of these.
void ReadFormatRow(Container container, Record record, const std::function<void(FormatRow)>& take,
                   LineViolations& violations);

}  // namespace winnow::formats

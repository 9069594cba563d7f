// The answers of a data set as rows of Prodigy's.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/corpus/reader.h"

namespace winnow::annotation {

struct ExportOptions {
  // Only rows of this person, and of this session: a queue, or a row's `_session_id`
  // (formats::SessionOf). Empty: all.
  std::string annotator;
  std::string session;
  // Only answers given then or later; rows of which no time is known are older than any.
  absl::Time since = absl::InfinitePast();
  // Also what does not count, marked (formats::AddMark).
  bool all = false;
};

// Hands over the rows, each with its line break, in the order of their revisions. NotFound with the
// nearest names for a data set, a person or a session that is not there; then there were no rows.
// Errors of `take`.
absl::Status ExportDataset(const corpus::CorpusReader& corpus, absl::string_view dataset,
                           const ExportOptions& options,
                           absl::FunctionRef<absl::Status(absl::string_view row)> take);

}  // namespace winnow::annotation

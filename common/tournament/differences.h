// Where the outputs of two models differ: what people are asked to compare.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::tournament {

// A span of an output, [start, end) in code points.
struct OutputSpan {
  uint32_t start = 0;
  uint32_t end = 0;
  // Index into the labels of the run.
  uint32_t label = 0;
  friend bool operator==(const OutputSpan&, const OutputSpan&) = default;
};

// One text on which the outputs differ. It names the text instead of holding it, so it takes some
// 150 bytes and 12 bytes a span, however long the text is.
struct Difference {
  // 16 bytes.
  std::string example_id;
  // The outputs of A and B, ascending; spans of the labels of the run only.
  std::vector<OutputSpan> spans_a;
  std::vector<OutputSpan> spans_b;
  bool a_shown_second = false;
};

struct Differences {
  // Texts compared: all of the source up to the revision, each split key once, but those that a
  // model was trained on.
  uint64_t num_texts = 0;
  uint64_t num_trained_on = 0;
  // In the order in which they are asked.
  std::vector<Difference> differences;
  // Counts those of them that the data set has answered up to the revision.
  uint64_t num_answered_before = 0;
  // Versions whose training texts are not known.
  std::vector<std::string> unknown_lineage;
};

// Told before each text how many texts of the source are done, of how many. An error ends the walk
// and is its result: so a comparison that nobody wants any more is cancelled.
using Report = absl::FunctionRef<absl::Status(uint64_t done, uint64_t total)>;

// Runs both models over the texts of `run`'s source that came up to its start_revision, restricted
// to its labels, which both models know. The order of texts and of sides comes from its seed: equal
// runs give equal differences. Beside the result it holds one text at a time, 9 to 18 bytes a text
// of the source and the ids of the comparisons that the data set has answered. Thread-safe.
// NotFound (UNKNOWN_SOURCE); the error of `report`.
absl::StatusOr<Differences> FindDifferences(const storage::v1::ComparisonRun& run,
                                            const models::LoadedModel& a,
                                            const models::LoadedModel& b,
                                            const models::ModelStore& store,
                                            const corpus::CorpusReader& reader, Report report);

// The record of the question that a difference puts to a person.
storage::v1::Comparison ComparisonOf(const storage::v1::ComparisonRun& run,
                                     const Difference& difference);

}  // namespace winnow::tournament

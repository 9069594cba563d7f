// The candidate questions in one text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/ner/model.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

struct Candidate {
  // [start, end) in code points.
  uint32_t start = 0;
  uint32_t end = 0;
  // Index into the labels of the queue.
  uint32_t label = 0;
  double probability = 0;
  // It is in the model's best labelling; told by FindFrameCandidates only.
  bool predicted = false;
  // Of its string and label: equal for near-duplicates (StringKey).
  std::string string_key;
};

struct Candidates {
  // Ascending by span.
  std::vector<Candidate> asked;
  // Candidates without a letter, which are hidden unless the queue asks for them.
  uint64_t num_hidden = 0;
  uint32_t num_tokens = 0;
};

// Spans of the queue's labels that the model gives at least stats::kMinAskedProbability.
Candidates FindCandidates(const ner::Model& model, absl::string_view text,
                          const storage::v1::Queue& queue);
// The same with `predicted`.
Candidates FindFrameCandidates(const ner::Model& model, absl::string_view text,
                               const storage::v1::Queue& queue);

// The span's text in lower case, and its label.
std::string StringKey(absl::string_view span_text, absl::string_view label);

// The span of a candidate as a record.
storage::v1::Span SpanOf(const Candidate& candidate, const storage::v1::Queue& queue);

}  // namespace winnow::teach

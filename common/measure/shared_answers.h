// What several people said of the same texts, person by person.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::measure {

// A person's last yes or no to a question.
struct PersonAnswer {
  // Index into SharedAnswers::people.
  size_t person = 0;
  bool accepted = false;
  // 0 if unknown.
  int64_t unix_micros = 0;
};

// Is this span right? Answered by at least two people, whatever tasks asked it.
struct SharedQuestion {
  // Tells the texts of questions apart.
  size_t text = 0;
  storage::v1::Span span;
  // By person.
  std::vector<PersonAnswer> answers;
};

// All spans of one label in a text, as a person marked them last; sorted, each once.
struct LabelAnnotation {
  std::vector<storage::v1::Span> spans;
  // 0 if unknown.
  int64_t unix_micros = 0;
};

struct PersonAnnotation {
  // Index into SharedAnswers::people.
  size_t person = 0;
  // By label: those that the person annotated completely.
  std::map<std::string, LabelAnnotation> labels;
};

// A text that at least two people annotated completely for a label that they share.
struct SharedText {
  std::string text;
  // By person.
  std::vector<PersonAnnotation> annotations;
};

struct SharedAnswers {
  // Names of all who answered, shared or not; sorted.
  std::vector<std::string> people;
  std::vector<SharedQuestion> questions;
  std::vector<SharedText> texts;
  // Answers without a name, which nobody can be compared by; left out.
  uint64_t num_unnamed = 0;
};

// The standing answers of the data sets up to a revision, about spans of `labels` (all when empty).
// What was ignored, and complete rows that were rejected, are no judgements, nor is what was
// accepted in nobody's name because all had said the same (stats::kUnanimousStrategy). Questions
// and texts are in the order of their ids. NotFound (UNKNOWN_DATASET) names every unknown data set.
absl::StatusOr<SharedAnswers> ReadSharedAnswers(const corpus::CorpusReader& reader,
                                                absl::Span<const std::string> datasets,
                                                absl::Span<const std::string> labels,
                                                uint64_t up_to_revision);

}  // namespace winnow::measure

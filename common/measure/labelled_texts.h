// What the answers of data sets say of their texts, merged text by text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/corpus/reader.h"
#include "common/ner/merge_answers.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::measure {

// A span that binary answers judged, ignores aside, and all people alike, each in their last
// answer: for measuring agreement.
struct AskedQuestion {
  storage::v1::Span span;
  bool accepted = false;
};

struct LabelledExample {
  // 16 bytes.
  std::string example_id;
  uint64_t split_key = 0;
  // Everything that is known of the text.
  storage::v1::LabelledText labelled;
  std::vector<AskedQuestion> asked;
};

struct LabelledTexts {
  // In the order in which their texts first came.
  std::vector<LabelledExample> texts;
  // Decisions of answers that stand.
  uint64_t num_accepted = 0;
  uint64_t num_rejected = 0;
  uint64_t num_ignored = 0;
  // Answers that contradict an earlier one of the same person, which they replace.
  uint64_t num_contradictions = 0;
  // Spans that people disagree on; ties among them, of which nothing is known.
  uint64_t num_disagreements = 0;
  uint64_t num_ties = 0;
  // The first of them in words: "'Nurse' job: accepted by ann; not by bob".
  std::vector<std::string> disagreements;
  // Yes and no were weighed by the error rates of people, instead of the majority being followed.
  bool weighed = false;
};

// Says in one sentence that people disagree, and on what; empty if they do not.
std::string DisagreementCaveat(const LabelledTexts& texts);

// NotFound (UNKNOWN_DATASET) with every name that is no data set.
absl::Status CheckDatasets(const corpus::CorpusReader& reader,
                           absl::Span<const std::string> datasets);

// Reads the data sets up to a revision and merges their answers (ner::MergeAnswers), by majority or
// with the error rates of people, and with what a reviewer has decided in place of the answers that
// were decided. NotFound (UNKNOWN_DATASET) names every unknown one.
absl::StatusOr<LabelledTexts> ReadLabelledTexts(const corpus::CorpusReader& reader,
                                                absl::Span<const std::string> datasets,
                                                uint64_t up_to_revision,
                                                const ner::ErrorsOfPeople* errors = nullptr);

// The labels of `wanted` that are completely annotated in the text and not disputed, sorted, each
// once.
std::vector<std::string> CompleteLabels(const storage::v1::LabelledText& labelled,
                                        absl::Span<const std::string> wanted);

}  // namespace winnow::measure

// From what is known of a text to constraints on the lattice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/lattice.h"
#include "common/text/tokenizer.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::ner {

// How often a yes or no is wrong. Each in [0, 0.5); 0: never.
struct AnswerErrors {
  // Share of right spans that are rejected.
  double reject_right = 0;
  // Share of wrong spans that are accepted.
  double accept_wrong = 0;
};

// The weight of an example of a text about which nothing but rejects is known; others count 1.
// Questions are chosen where the model is in doubt, so rejects outnumber what they tell of texts in
// general.
inline constexpr double kRejectWeight = 0.5;

// Nothing but rejects is known of the text.
bool KnownByRejectsOnly(const storage::v1::LabelledText& labelled);

// What is known of how certain it is that the span is right, or wrong; null: it is certain.
// Evidence is of `labelled`, and lives as long.
const storage::v1::Evidence* FindEvidence(const storage::v1::LabelledText& labelled,
                                          const storage::v1::Span& span);

struct SupervisionOptions {
  // They hold for the answers on labels that are not complete, as far as these come without
  // evidence. Surprising answers then count less, so give rates only for annotators that were
  // measured to be poor.
  AnswerErrors errors;
};

struct Supervision {
  Constraint constraint;
  // Spans left out because they do not begin and end where tokens do; what they cover is treated as
  // unknown.
  std::vector<storage::v1::Span> misaligned;
  // Spans left out because the model does not know their label.
  std::vector<storage::v1::Span> unknown_label;
  // Accepted spans left out because they overlap one that is certain.
  std::vector<storage::v1::Span> overlapping;
};

// The constraint that `labelled` puts on the tags of its `tokens`, for a model with these labels:
// * An accepted span has exactly its tags. Of accepted spans that overlap (the model's labels are
//   flat) the longest is kept, of equally long ones the first, and certain ones before the others;
//   what those left out cover beside it is treated as unknown.
// * A token outside accepted spans may be O or any tag of a label outside `complete_labels`; within
//   a disputed span any tag of its label, too.
// * A rejected span has the factor 0.
// * With evidence an accepted or rejected span of a label outside `complete_labels` is no certainty
//   but has the factor exp(log_odds): the likelihood of the answers with the span over that
//   without, so that log Z - log Z_w is the loss of the answers up to a constant. Without evidence,
//   but with error rates e, that is (1 - e.reject_right) / e.accept_wrong for an accepted one and
//   e.reject_right / (1 - e.accept_wrong) for a rejected one; without e.accept_wrong accepts stay
//   certain. Accepted spans that are not certain may overlap: a path has at most one of them.
// InvalidArgument, naming the spans, when one is accepted and rejected, or is empty or beyond the
// text, or has evidence to the contrary. `tokens` = text::Tokenize(labelled.text()).
absl::StatusOr<Supervision> Compile(const storage::v1::LabelledText& labelled,
                                    absl::Span<const text::Token> tokens,
                                    absl::Span<const std::string> labels,
                                    const SupervisionOptions& options = {});

}  // namespace winnow::ner

// What people's answers on one text say together.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/supervision.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::ner {

// How often each person's yes or no is wrong. Every rate lies in (0, 1).
struct ErrorsOfPeople {
  std::map<std::string, AnswerErrors> by_name;
  // Of everybody else.
  AnswerErrors others;
};

// Two answers of one person that cannot both be right; the later one was followed.
struct Contradiction {
  // Revisions of the answers.
  uint64_t earlier = 0;
  uint64_t later = 0;
  // Says in words what the later answer says of `span`, and what stood against it.
  storage::v1::Span span;
  std::string what;
};

// A span that somebody is for and somebody against.
struct Disagreement {
  storage::v1::Span span;
  // As much speaks for it as against: it is disputed.
  bool is_tie = false;
  // "accepted by ann, bob; not by carl".
  std::string what;
};

struct MergedAnswers {
  storage::v1::LabelledText labelled;
  // By person.
  std::vector<Contradiction> contradictions;
  // Ascending by span.
  std::vector<Disagreement> disagreements;
};

// What all answers on one text say together. `answers`: those of this text that stand; only the
// order of one person's answers matters, where later ones correct earlier ones. An answer without
// the name of a person is one of somebody else.
//
// Of one person:
// * The verdict of a decision is its own, else its answer's. Ignored ones, comparisons, and
//   complete annotations that were not accepted say nothing.
// * The latest decision on the same span and label wins.
// * An accepted span removes spans that it overlaps and an earlier answer accepted: a token is in
//   one entity. Overlapping spans of one answer (nested entities) all stay; see Compile. It
//   corrects a complete annotation without ending it.
// * A complete annotation replaces all earlier decisions on its labels.
// * A later reject of a span of a complete annotation ends the completeness of its label.
//
// Of several: a person is for the spans that they accepted, and against the others that they
// rejected, that overlap an accepted one, or that they did not mark in a complete annotation of the
// label. The majority of them is followed; with as many for as against a span is disputed, neither
// accepted nor rejected. A label is complete if it is for one of them.
//
// With `errors`, which may be null, a label that is complete for nobody goes by evidence instead of
// the majority (Dawid and Skene 1979). People err independently, so the log odds that a span is
// right are the sum, over those who accepted or rejected that very span, of
//   ln((1 - reject_right) / accept_wrong)  where they accepted it,
//   ln(reject_right / (1 - accept_wrong))  where they rejected it.
// A span is accepted if they are positive, rejected if they are negative, and has them as its
// evidence; at 0 it is disputed. That two spans overlap is left to the lattice, where one of them
// at most can be right.
MergedAnswers MergeAnswers(absl::string_view text,
                           absl::Span<const storage::v1::Answer* const> answers,
                           const ErrorsOfPeople* errors = nullptr);

}  // namespace winnow::ner

// How often people err in answering yes or no, for a training that weighs their answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/corpus/reader.h"
#include "common/ner/merge_answers.h"
#include "common/ner/supervision.h"

namespace winnow::measure {

// What is estimated of one person, and from what.
struct PersonErrors {
  std::string person;
  ner::AnswerErrors errors;
  // Gold checks, of right spans and of wrong ones.
  uint64_t num_right_checks = 0;
  uint64_t num_wrong_checks = 0;
  // Questions that they and at least two others answered.
  uint64_t num_shared_questions = 0;
};

// The error rates that the data sets show up to a revision, by person: by Dawid and Skene
// (common/stats/dawid_skene.h) from the questions that three or more people answered, together with
// gold checks, which are answers to questions of which the truth is known. A Beta(19, 2) prior
// holds those of whom little is known near 1/19, so no rate is 0. Who took no gold check and shares
// no question with two others is left out: nothing tells their errors from those of the model.
// NotFound (UNKNOWN_DATASET) names every unknown data set. A pure function of what it reads, safe
// to call from any thread.
absl::StatusOr<std::vector<PersonErrors>> EstimateErrors(const corpus::CorpusReader& reader,
                                                         absl::Span<const std::string> datasets,
                                                         uint64_t up_to_revision);

// Of whoever is in none of them the rates are those of the prior alone, 1/19.
ner::ErrorsOfPeople ErrorsOf(absl::Span<const PersonErrors> people);

}  // namespace winnow::measure

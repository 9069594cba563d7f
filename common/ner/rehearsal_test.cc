#include "common/ner/rehearsal.h"

#include <utility>
#include <vector>

#include "common/ner/toy_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kLabels = {"PLACE", "PERSON"};
// "in" is followed by a place, "by" by a person.
const ToyText kText = {{"the", "house", "in", "Bell", "was", "built", "by", "Finch", "and"},
                       {{3, 4, 0}, {7, 8, 1}}};

std::shared_ptr<const Model> Parent() { return Train(kLabels, ToyExamples(100, 1), {}, {})->model; }

TEST(RehearseTest, WhatTheParentIsSureOfIsAWeakAccept) {
  Example example = ToyExample(kText);
  example.constraint = {.weighted = {{{1, 2, 0}, 0}, {{6, 8, 0}, 0}}};
  Rehearse(*Parent(), {false, true}, example);
  EXPECT_THAT(example.constraint.weighted,
              ElementsAre(FieldsAre(TokenSpan{1, 2, 0}, 0), FieldsAre(TokenSpan{6, 8, 0}, 0),
                          FieldsAre(TokenSpan{7, 8, 1}, 2)));
}

TEST(RehearseTest, WhereAllOrNothingIsKnownNothingIsAdded) {
  const auto parent = Parent();
  Example complete = ToyExample(kText), unknown = complete;
  unknown.constraint = {};
  Rehearse(*parent, {true, true}, complete);
  Rehearse(*parent, {true, true}, unknown);
  EXPECT_THAT(complete.constraint.weighted, IsEmpty());
  EXPECT_TRUE(unknown.constraint.empty());
}

// The answers take places for persons, as those of someone may who is asked about persons only.
TEST(RehearseTest, TheTaughtLabelClaimsFewerSpansOfTheOthers) {
  const auto parent = Parent();
  const auto probability_of_place = [&](bool rehearsed) {
    Random random(2);
    std::vector<Example> answers;
    for (int i = 0; i < 60; ++i) {
      const ToyText text = DrawToyText(random);
      Example& answer = answers.emplace_back(ToyExample(text));
      answer.constraint = {.weighted = {{{text.spans[0].begin, text.spans[0].end, 1}, 20.0}}};
      if (rehearsed) Rehearse(*parent, {true}, answer);
    }
    LearnerOptions options;
    options.frozen_labels = {true};
    options.prior = 0;
    const TrainingResult taught = *Train(kLabels, answers, {parent.get()}, options);
    Example example = ToyExample(kText);
    std::vector<float> scores;
    taught.model->Score(example.features, scores);
    Lattice lattice;
    EXPECT_TRUE(lattice.Forward(scores, kText.tokens.size(), taught.model->transition_factors()));
    lattice.Backward();
    return lattice.SpanProbability(kText.spans[0]);
  };
  EXPECT_GT(probability_of_place(true), probability_of_place(false));
}

}  // namespace
}  // namespace winnow::ner

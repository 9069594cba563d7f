#include "common/ner/constrained_tagger.h"

#include <map>
#include <tuple>

#include "common/ner/brute_force.h"
#include "common/ner/supervision.h"
#include "common/ner/toy_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using Place = std::tuple<uint32_t, uint32_t, uint32_t>;

class ConstrainedTaggerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto result = Train({"PLACE", "PERSON"}, ToyExamples(100, 1), {}, {});
    ASSERT_TRUE(result.ok()) << result.status();
    model_ = result->model;
  }
  static storage::v1::Span MakeSpan(uint32_t start, uint32_t end, const char* label) {
    storage::v1::Span span;
    span.set_start(start);
    span.set_end(end);
    span.set_label(label);
    return span;
  }
  std::map<Place, double> Tag(const storage::v1::LabelledText& labelled) {
    std::vector<ScoredSpan> spans;
    const absl::Status status = tagger_.Tag(*model_, labelled, spans);
    EXPECT_TRUE(status.ok()) << status;
    std::map<Place, double> places;
    for (const ScoredSpan& span : spans)
      places[{span.start, span.end, span.label}] = span.probability;
    return places;
  }
  // The probability of every span under the constraint, by all tag sequences.
  std::map<Place, double> Enumerate(const storage::v1::LabelledText& labelled) {
    const std::vector<text::Token> tokens = text::Tokenize(labelled.text());
    TextFeatures features;
    FeatureExtractor extractor;
    ExtractFeatures(labelled.text(), tokens, model_->knowledge(), extractor, features);
    Random random(1);
    SmallProblem problem(2, tokens.size(), random);
    model_->Score(features, problem.scores);
    problem.transitions = model_->transitions();
    const Constraint constraint = Compile(labelled, tokens, model_->labels())->constraint;
    std::map<Place, double> mass;
    double all = 0;
    ForEachPath(
        problem, constraint, model_->temperature(),
        [&](const std::vector<uint16_t>& path, double weight) {
          all += weight;
          for (const TokenSpan& span : SpansOfTags(path, model_->tags()))
            mass[{tokens[span.begin].start, tokens[span.end - 1].end, span.label}] += weight;
        });
    for (auto& [place, sum] : mass) sum /= all;
    return mass;
  }

  std::shared_ptr<const Model> model_;
  ConstrainedTagger tagger_;
};

TEST_F(ConstrainedTaggerTest, WithoutAnswersItTagsAsTheTagger) {
  Random random(3);
  Tagger tagger;
  std::vector<ScoredSpan> expected;
  for (int i = 0; i < 10; ++i) {
    storage::v1::LabelledText labelled;
    for (const std::string& token : DrawToyText(random).tokens)
      labelled.set_text(labelled.text() + (labelled.text().empty() ? "" : " ") + token);
    tagger.Tag(*model_, labelled.text(), expected);
    const std::map<Place, double> spans = Tag(labelled);
    ASSERT_EQ(spans.size(), expected.size());
    for (const ScoredSpan& span : expected) {
      EXPECT_NEAR(spans.at({span.start, span.end, span.label}), span.probability, 1e-5);
    }
  }
}

// Against all tag sequences, under every mixture of answers.
TEST_F(ConstrainedTaggerTest, ProbabilitiesAreThoseUnderTheAnswers) {
  storage::v1::LabelledText labelled;
  labelled.set_text("in Finch Gale by");
  const storage::v1::Span finch = MakeSpan(3, 8, "PLACE"), both = MakeSpan(3, 13, "PLACE"),
                          gale = MakeSpan(9, 13, "PERSON");
  const auto check = [&] {
    const std::map<Place, double> exact = Enumerate(labelled);
    const std::map<Place, double> tagged = Tag(labelled);
    for (const auto& [place, probability] : tagged)
      EXPECT_NEAR(probability, exact.at(place), 1e-6) << labelled.ShortDebugString();
    for (const storage::v1::Span& span : labelled.accepted()) {
      const uint32_t label = span.label() == "PLACE" ? 0 : 1;
      EXPECT_NEAR(tagged.at({span.start(), span.end(), label}), 1, 1e-9);
    }
    for (const storage::v1::Span& span : labelled.rejected()) {
      const uint32_t label = span.label() == "PLACE" ? 0 : 1;
      EXPECT_FALSE(tagged.contains({span.start(), span.end(), label}));
    }
  };
  check();
  ASSERT_TRUE(Tag(labelled).contains({3, 13, 0})) << "what the model predicts by itself";
  *labelled.add_rejected() = both;
  check();
  *labelled.add_accepted() = gale;
  check();
  *labelled.add_rejected() = finch;
  check();
  labelled.clear_rejected();
  labelled.add_complete_labels("PLACE");
  check();
  labelled.add_complete_labels("PERSON");
  EXPECT_EQ(Tag(labelled), (std::map<Place, double>{{{9, 13, 1}, 1.0}})) << "all is known";
}

TEST_F(ConstrainedTaggerTest, WhatCannotBeIsRefusedAndAnyTextIsTaken) {
  storage::v1::LabelledText labelled;
  labelled.set_text("in Finch");
  *labelled.add_accepted() = MakeSpan(3, 8, "PLACE");
  *labelled.add_rejected() = MakeSpan(3, 8, "PLACE");
  std::vector<ScoredSpan> spans;
  EXPECT_EQ(tagger_.Tag(*model_, labelled, spans).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(spans, ::testing::IsEmpty());
  for (const char* text : {"", " \n", "\xff\xfe"}) {
    storage::v1::LabelledText any;
    any.set_text(text);
    EXPECT_TRUE(tagger_.Tag(*model_, any, spans).ok());
  }
}

}  // namespace
}  // namespace winnow::ner

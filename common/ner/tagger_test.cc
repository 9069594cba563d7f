#include "common/ner/tagger.h"

#include <cmath>
#include <tuple>

#include "absl/strings/str_join.h"
#include "common/ner/brute_force.h"
#include "common/ner/toy_data.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

class TaggerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto result = Train({"PLACE", "PERSON"}, ToyExamples(100, 1), {}, {});
    ASSERT_TRUE(result.ok()) << result.status();
    model_ = result->model;
  }
  std::shared_ptr<const Model> model_;
  Random random_{5};
  Tagger tagger_;
  std::vector<ScoredSpan> spans_;
};

TEST_F(TaggerTest, SpansAreInCodePoints) {
  // Six letters in seven bytes before the name.
  tagger_.Tag(*model_, "thé old in Finch Gale was", spans_);
  ASSERT_EQ(spans_.size(), 1u);
  EXPECT_EQ(spans_[0].start, 11u);
  EXPECT_EQ(spans_[0].end, 21u);
  EXPECT_EQ(model_->labels()[spans_[0].label], "PLACE");
  EXPECT_GT(spans_[0].probability, 0.5);
  EXPECT_LE(spans_[0].probability, 1);
}

// Against all tag sequences of a short text.
TEST_F(TaggerTest, JudgesThePredictedLabellingOfTheLabelsAsked) {
  const std::string text = "in Finch by";
  const std::vector<text::Token> tokens = text::Tokenize(text);
  TextFeatures features;
  FeatureExtractor extractor;
  ExtractFeatures(text, tokens, model_->knowledge(), extractor, features);
  SmallProblem problem(2, tokens.size(), random_);
  model_->Score(features, problem.scores);
  problem.transitions = model_->transitions();
  const double all = BruteForceZ(problem, {}, model_->temperature());

  for (const std::vector<bool>& asked :
       {std::vector<bool>{true, true}, {true, false}, {false, true}, {false, false}}) {
    const double log_probability = tagger_.TagAndJudge(*model_, text, asked, spans_);
    std::vector<TokenSpan> predicted;
    for (const ScoredSpan& span : spans_) {
      if (asked[span.label]) predicted.push_back({1, 2, span.label});
    }
    ASSERT_EQ(spans_.size(), 1u) << "Finch, a place";
    double same = 0;
    ForEachPath(problem, {}, model_->temperature(),
                [&](const std::vector<uint16_t>& path, double weight) {
                  std::vector<TokenSpan> spans = SpansOfTags(path, model_->tags());
                  std::erase_if(spans, [&](const TokenSpan& span) { return !asked[span.label]; });
                  if (spans == predicted) same += weight;
                });
    EXPECT_NEAR(log_probability, std::log(same / all), 1e-6);
    EXPECT_LE(log_probability, 0);
  }
  EXPECT_EQ(tagger_.TagAndJudge(*model_, " ", {true, true}, spans_), 0);
}

TEST_F(TaggerTest, CandidatesContainTheSpansWithTheSameProbability) {
  const std::string text = "the old in Finch was by Bell sold";
  tagger_.Tag(*model_, text, spans_);
  std::vector<ScoredSpan> candidates;
  tagger_.FindCandidates(*model_, text, 1e-6, candidates);
  EXPECT_GT(candidates.size(), spans_.size());
  size_t found = 0;
  for (const ScoredSpan& candidate : candidates) {
    EXPECT_GE(candidate.probability, 1e-6);
    for (const ScoredSpan& span : spans_) {
      if (candidate.start != span.start || candidate.end != span.end ||
          candidate.label != span.label)
        continue;
      ++found;
      EXPECT_NEAR(candidate.probability, span.probability, 1e-12);
    }
  }
  EXPECT_EQ(found, spans_.size());
}

TEST_F(TaggerTest, CandidatesComeWithWhatIsPredicted) {
  Random random(3);
  std::vector<ScoredSpan> candidates, alone, predicted, tagged;
  const auto places = [](const std::vector<ScoredSpan>& spans) {
    std::vector<std::tuple<uint32_t, uint32_t, uint32_t, double>> places;
    for (const ScoredSpan& s : spans) places.emplace_back(s.start, s.end, s.label, s.probability);
    return places;
  };
  // Above the lowest threshold, too.
  for (const double min_probability : {0.02, 0.9}) {
    for (int i = 0; i < 20; ++i) {
      const std::string text = absl::StrJoin(DrawToyText(random).tokens, " ");
      tagger_.FindCandidates(*model_, text, min_probability, candidates, &predicted);
      tagger_.FindCandidates(*model_, text, min_probability, alone);
      tagger_.Tag(*model_, text, tagged);
      EXPECT_EQ(places(candidates), places(alone));
      EXPECT_EQ(places(predicted), places(tagged));
    }
  }
}

TEST_F(TaggerTest, TextsWithoutTokensAndAnyBytes) {
  for (const std::string& text : {std::string(), std::string(" \t\n"),
                                  std::string("\xff\xfe\x80 \xc3"), std::string(3, '\0')}) {
    tagger_.Tag(*model_, text, spans_);
    tagger_.FindCandidates(*model_, text, 1e-3, spans_);
  }
}

TEST_F(TaggerTest, OneTaggerServesManyTexts) {
  Random random(7);
  Tagger fresh;
  for (int i = 0; i < 20; ++i) {
    const std::string text = absl::StrJoin(DrawToyText(random, i % 2 == 0).tokens, " ");
    std::vector<ScoredSpan> expected;
    tagger_.Tag(*model_, text, spans_);
    Tagger().Tag(*model_, text, expected);
    ASSERT_EQ(spans_.size(), expected.size());
    for (size_t s = 0; s < spans_.size(); ++s)
      EXPECT_EQ(spans_[s].probability, expected[s].probability);
  }
}

// A sentence with a place of two characters behind 在, which begins at the third.
std::string DrawSentence(Random& random) {
  const auto one_of = [&](const std::vector<std::string>& choices) {
    return choices[random.Below(choices.size())];
  };
  const std::vector<std::string> kNames = {"北", "南", "东", "西", "山", "河", "海", "州", "林"};
  return one_of({"我", "他"}) + "在" + one_of(kNames) + one_of(kNames) +
         one_of({"工作", "住了三年", "买iPhone15"}) + "。";
}

TEST(TaggerWithoutSpacesTest, FindsNamesInsideSentences) {
  Random random(1);
  std::vector<Example> examples(60);
  FeatureExtractor extractor;
  for (Example& example : examples) {
    const std::string sentence = DrawSentence(random);
    const std::vector<text::Token> tokens = text::Tokenize(sentence);
    ExtractFeatures(sentence, tokens, {}, extractor, example.features);
    example.constraint.path = TagsOfSpans({{2, 4, 0}}, tokens.size(), TagSet(1));
  }
  const TrainingResult trained = TrainOrDie(examples, {}, {}, {"PLACE"});
  Tagger tagger;
  std::vector<ScoredSpan> spans;
  tagger.Tag(*trained.model, "她在海林工作。", spans);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].start, 2u);
  EXPECT_EQ(spans[0].end, 4u);
}

}  // namespace
}  // namespace winnow::ner

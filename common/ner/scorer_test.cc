#include "common/ner/scorer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/ner/toy_data.h"
#include "common/ner/training.h"
#include "common/ner/word_form.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

std::vector<float> ScoresOfFeatures(const Model& model,
                                    absl::Span<const absl::string_view> tokens) {
  TextFeatures features;
  FeatureExtractor().Extract(tokens, model.knowledge(), features);
  std::vector<float> scores;
  model.Score(features, scores);
  return scores;
}

// Some words of the toy language as characters of a script without spaces.
void WriteUnspaced(std::vector<std::string>& tokens) {
  for (std::string& token : tokens) {
    if (token == "the" || token == "old") token = "東";
    if (token == "Bell" || token == "Finch") token = "京";
    if (token == "was") token = "タ";
  }
}

std::shared_ptr<const Model> Trained(uint64_t seed, std::vector<std::string> labels,
                                     const Knowledge& knowledge = {}, bool unspaced = false) {
  std::vector<Example> examples;
  Random random(seed);
  for (int i = 0; i < 30; ++i) {
    ToyText text = DrawToyText(random);
    if (unspaced) WriteUnspaced(text.tokens);
    Example& example = examples.emplace_back();
    FeatureExtractor().Extract(
        std::vector<absl::string_view>(text.tokens.begin(), text.tokens.end()), knowledge,
        example.features);
    example.constraint.path =
        TagsOfSpans(text.spans, text.tokens.size(), TagSet(static_cast<int>(labels.size())));
  }
  auto result = Train(labels, examples, {}, {.epochs = 2, .knowledge = knowledge});
  EXPECT_TRUE(result.ok()) << result.status();
  return result->model;
}

std::shared_ptr<const Lexicon> ToyLexicon(const std::vector<const char*>& known = {
                                              "in", "by", "red", "bell", "carver"}) {
  std::vector<Lexicon::Word> words;
  for (const char* word : known) {
    const uint32_t number = static_cast<uint32_t>(words.size());
    words.push_back({FormOf(word).hash, WordEntry({number, 2 * number, 3 * number}, number)});
  }
  return Lexicon::Make(words);
}

std::shared_ptr<const PatternSet> ToyPatterns() {
  storage::v1::PatternSet patterns;
  for (const char* text : {"in", "Bell", "red Bell", "née 42"}) {
    storage::v1::Pattern& pattern = *patterns.add_patterns();
    pattern.set_label(text[0] == 'i' ? "PREPOSITION" : "NAME");
    pattern.set_text(text);
  }
  return *PatternSet::Make(patterns);
}

// Texts of any length, with words of before and new ones, and with capitals and characters of
// several bytes.
std::vector<std::string> DrawTokens(Random& random) {
  static const std::vector<std::string> kWords = {
      "in", "by", "Bell", "CARVER", "née", "1,99", "42", "", "\xFF", "red", "東", "京", "タ", "น้ำ"};
  std::vector<std::string> tokens(random.Below(14));
  for (std::string& token : tokens) {
    token = random.Below(3) > 0 ? kWords[random.Below(kWords.size())]
                                : absl::StrCat("w", random.Below(100'000));
  }
  return tokens;
}

TEST(ScorerTest, GivesWhatTheModelGivesOfTheFeatures) {
  const std::vector<std::string> many = {"PLACE", "PERSON", "C", "D", "E", "F",
                                         "G",     "H",      "I", "J", "K"};
  const std::vector<std::shared_ptr<const Model>> models = {
      Trained(1, {"PLACE", "PERSON"}),
      Trained(2, {"PLACE", "PERSON"}),
      Trained(1, {"PLACE", "PERSON", "OTHER"}),
      Trained(1, many),
      Trained(1, {"PLACE", "PERSON"}, {{ToyLexicon()}, ToyPatterns()}),
      Trained(1, {"PLACE", "PERSON"},
              {{ToyLexicon(), ToyLexicon({"bell", "and", "in"})}, ToyPatterns()}),
      Trained(1, {"PLACE", "PERSON"}, {}, /*unspaced=*/true)};
  Random random(1);
  Scorer scorer;
  std::vector<float> scores;
  for (int i = 0; i < 3'000; ++i) {
    // A model stays in use for a while.
    const Model& model = *models[i / 40 % models.size()];
    const std::vector<std::string> text = DrawTokens(random);
    const std::vector<absl::string_view> tokens(text.begin(), text.end());
    scorer.Score(model, tokens, scores);
    ASSERT_EQ(scores, ScoresOfFeatures(model, tokens)) << i;
  }
}

TEST(ScorerTest, WordsOfOneTextMayTakeEachOthersPlace) {
  const auto model = Trained(1, {"PLACE", "PERSON"});
  std::vector<std::string> text;
  for (int i = 0; i < 50'000; ++i) text.push_back(absl::StrCat("word", i % 40'000));
  const std::vector<absl::string_view> tokens(text.begin(), text.end());
  std::vector<float> scores;
  Scorer().Score(*model, tokens, scores);
  EXPECT_EQ(scores, ScoresOfFeatures(*model, tokens));
}

}  // namespace
}  // namespace winnow::ner

#include "common/ner/features.h"

#include <algorithm>
#include <set>
#include <string>

#include "common/ner/word_form.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

TextFeatures Extract(const std::vector<std::string>& tokens) {
  FeatureExtractor extractor;
  TextFeatures features;
  extractor.Extract(std::vector<absl::string_view>(tokens.begin(), tokens.end()), {}, features);
  return features;
}

std::set<uint32_t> Set(const TextFeatures& features, size_t token) {
  const auto ids = features.of(token);
  return {ids.begin(), ids.end()};
}

size_t NumShared(const std::set<uint32_t>& a, const std::set<uint32_t>& b) {
  std::vector<uint32_t> shared;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(shared));
  return shared.size();
}

TEST(FeaturesTest, NoTokensGiveNoFeatures) { EXPECT_EQ(Extract({}).num_tokens(), 0u); }

TEST(FeaturesTest, DependOnTheTokensOnly) {
  FeatureExtractor used;
  TextFeatures first, second;
  used.Extract({"Some", "other", "longer", "text", "before"}, {}, first);
  used.Extract({"Sales", "Manager"}, {}, first);
  FeatureExtractor().Extract({"Sales", "Manager"}, {}, second);
  EXPECT_EQ(first.ids, second.ids);
  EXPECT_EQ(first.begins, second.begins);
}

std::shared_ptr<const PatternSet> Lists(
    const std::vector<std::pair<std::string, std::string>>& labels_and_texts) {
  storage::v1::PatternSet patterns;
  for (const auto& [label, text] : labels_and_texts) {
    storage::v1::Pattern& pattern = *patterns.add_patterns();
    pattern.set_label(label);
    pattern.set_text(text);
  }
  return *PatternSet::Make(patterns);
}

// Each token's features beyond those that it has without patterns.
std::vector<std::vector<uint32_t>> OfPatterns(const std::shared_ptr<const PatternSet>& patterns,
                                              const std::vector<absl::string_view>& tokens) {
  TextFeatures with, without;
  FeatureExtractor().Extract(tokens, {{}, patterns}, with);
  FeatureExtractor().Extract(tokens, {}, without);
  std::vector<std::vector<uint32_t>> more(tokens.size());
  for (size_t t = 0; t < tokens.size(); ++t) {
    const auto ids = with.of(t);
    EXPECT_EQ(ids.subspan(0, without.of(t).size()), without.of(t));
    more[t].assign(ids.begin() + static_cast<std::ptrdiff_t>(without.of(t).size()), ids.end());
  }
  return more;
}

TEST(FeaturesTest, PatternsMarkTheirLongestMatchByLabelAndPlace) {
  const auto patterns = Lists(
      {{"FIRM", "Bell Labs"}, {"FIRM", "Bell"}, {"FIRM", "Bell Labs of old"}, {"NAME", "Bell"}});
  const auto of = OfPatterns(patterns, {"at", "Bell", "Labs", "by", "Bell", "Labs", "of", "old"});
  EXPECT_TRUE(of[0].empty() && of[3].empty());
  EXPECT_EQ(of[1].size(), 2u);  // FIRM and NAME
  EXPECT_EQ(of[1], of[4]);
  EXPECT_EQ(of[2].size(), 1u);
  EXPECT_NE(of[2], of[5]) << "the match ends here, and goes on there";
  EXPECT_EQ(of[5], of[6]);
  EXPECT_EQ(of[7], of[2]);
  // A list may grow: it is the label that counts.
  EXPECT_EQ(OfPatterns(Lists({{"FIRM", "Shell"}}), {"Shell"}),
            OfPatterns(Lists({{"FIRM", "Esso"}, {"X", "y"}}), {"Esso"}));
  EXPECT_NE(OfPatterns(Lists({{"FIRM", "Shell"}}), {"Shell"}),
            OfPatterns(Lists({{"NAME", "Shell"}}), {"Shell"}));
}

TEST(FeaturesTest, MoreLabelsThanFitAreLeftOut) {
  std::vector<std::pair<std::string, std::string>> lists;
  for (int i = 0; i < 200; ++i) lists.push_back({"L" + std::to_string(i), "Bell"});
  EXPECT_EQ(OfPatterns(Lists(lists), {"Bell"})[0].size(), FeatureExtractor::kMaxOfPatterns);
}

TEST(FeaturesTest, FixedForEver) {
  // Model files depend on these values: a change needs a new kFeatureVersion.
  const TextFeatures features = Extract({"Senior", "C++", "Entwickler", "(m/w)", "Köln", "2024"});
  uint64_t sum = 0;
  for (size_t t = 0; t < features.num_tokens(); ++t) {
    for (const uint32_t id : features.of(t)) sum += uint64_t{id} * id * (t + 1);
  }
  EXPECT_EQ(kFeatureVersion, 2u);
  EXPECT_EQ(sum, 13836171844640574405u);
}

TEST(FeaturesTest, FixedForEverInScriptsWithoutSpaces) {
  const TextFeatures features = Extract({"東", "京", "タ", "ワ", "ー", "で", "น้ำ", "iPhone15"});
  uint64_t sum = 0;
  for (size_t t = 0; t < features.num_tokens(); ++t) {
    for (const uint32_t id : features.of(t)) sum += uint64_t{id} * id * (t + 1);
  }
  EXPECT_EQ(features.num_characters, 7u);
  EXPECT_EQ(sum, 15750746296537486894u);
}

TEST(FeaturesTest, CharactersAreSeenByTheirScript) {
  const auto of_kanji = Set(Extract({"の", "東", "京", "は"}), 1);
  // Another neighbour of the same script is less of a change than one of another.
  EXPECT_GT(NumShared(of_kanji, Set(Extract({"が", "東", "京", "は"}), 1)),
            NumShared(of_kanji, Set(Extract({"新", "東", "京", "は"}), 1)));
  EXPECT_EQ(Extract({"東", "京", "Tokyo"}).num_characters, 2u);
  EXPECT_EQ(Extract({"Tokyo", "서울"}).num_characters, 0u);
}

TEST(FeaturesTest, SimilarWordsShareFeatures) {
  const TextFeatures a = Extract({"We", "need", "an", "Engineer", "now", "."});
  const TextFeatures b = Extract({"We", "need", "an", "engineers", "now", "."});
  const TextFeatures c = Extract({"We", "need", "an", "42", "now", "."});
  EXPECT_GT(NumShared(Set(a, 3), Set(b, 3)), NumShared(Set(a, 3), Set(c, 3)) + 10);
  // Beyond the window nothing changes.
  EXPECT_EQ(Set(Extract({"x", "b", "c", "d", "e", "f", "g"}), 6),
            Set(Extract({"y", "b", "c", "d", "e", "f", "g"}), 6));
}

TEST(FeaturesTest, DigitsAreNormalisedInWordsAndShapes) {
  const auto shared =
      NumShared(Set(Extract({"Room", "1234"}), 1), Set(Extract({"Room", "9876"}), 1));
  EXPECT_GE(shared + 2, Set(Extract({"Room", "1234"}), 1).size());
}

TEST(FeaturesTest, LowerCasingKnowsUnicode) {
  EXPECT_GT(NumShared(Set(Extract({"ÄRZTIN"}), 0), Set(Extract({"ärztin"}), 0)), 20u);
}

// A long word of which every lexicon knows everything, between others, with all patterns that
// count, has as many features as there is room for.
TEST(FeaturesTest, OfSeveralLexiconsAreThoseOfEach) {
  const std::vector<absl::string_view> tokens(9, "東internationalisation-of-everything");
  const auto lexicon = [&](uint32_t number) {
    return Lexicon::Make({{FormOf(tokens[0]).hash, WordEntry({number, number, number}, number)}});
  };
  const auto of = [&](const Lexicons& lexicons) {
    TextFeatures features;
    FeatureExtractor().Extract(tokens, {lexicons, {}}, features);
    return Set(features, 4);
  };
  std::set<uint32_t> united = of({});
  Lexicons lexicons;
  for (uint32_t number = 0; number < kMaxLexicons; ++number) {
    lexicons.push_back(lexicon(number));
    united.merge(of({lexicons.back()}));
    EXPECT_EQ(of(lexicons), united);
    EXPECT_EQ(of(lexicons).size(), of({}).size() + 31 * lexicons.size());
  }
  EXPECT_LE(united.size() + FeatureExtractor::kMaxOfPatterns, FeatureExtractor::kMaxFeatures);
}

TEST(FeaturesTest, LongTokensAreBounded) {
  const TextFeatures features = Extract({std::string(100'000, 'a'), "b"});
  EXPECT_LE(features.of(0).size(), 100u);
  EXPECT_LE(features.of(1).size(), 100u);
}

TEST(FeaturesTest, AnyBytesAreTaken) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  EXPECT_GT(Extract({bytes, "", "\xff"}).ids.size(), 90u);
}

}  // namespace
}  // namespace winnow::ner

#include "common/ner/features.h"

#include <algorithm>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

TextFeatures Extract(const std::vector<std::string>& tokens) {
  FeatureExtractor extractor;
  TextFeatures features;
  extractor.Extract(std::vector<absl::string_view>(tokens.begin(), tokens.end()), nullptr, features);
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

TEST(FeaturesTest, NoTokensGiveNoFeatures) {
  EXPECT_EQ(Extract({}).num_tokens(), 0u);
}

TEST(FeaturesTest, DependOnTheTokensOnly) {
  FeatureExtractor used;
  TextFeatures first, second;
  used.Extract({"Some", "other", "longer", "text", "before"}, nullptr, first);
  used.Extract({"Sales", "Manager"}, nullptr, first);
  FeatureExtractor().Extract({"Sales", "Manager"}, nullptr, second);
  EXPECT_EQ(first.ids, second.ids);
  EXPECT_EQ(first.begins, second.begins);
}

TEST(FeaturesTest, FixedForEver) {
  // Model files depend on these values: a change needs a new kFeatureVersion.
  const TextFeatures features = Extract({"Senior", "C++", "Entwickler", "(m/w)", "Köln", "2024"});
  uint64_t sum = 0;
  for (size_t t = 0; t < features.num_tokens(); ++t) {
    for (const uint32_t id : features.of(t)) sum += uint64_t{id} * id * (t + 1);
  }
  EXPECT_EQ(kFeatureVersion, 1u);
  EXPECT_EQ(sum, 13836171844640574405u);
}

TEST(FeaturesTest, SimilarWordsShareFeatures) {
  const TextFeatures a = Extract({"We", "need", "an", "Engineer", "now", "."});
  const TextFeatures b = Extract({"We", "need", "an", "engineers", "now", "."});
  const TextFeatures c = Extract({"We", "need", "an", "42", "now", "."});
  EXPECT_GT(NumShared(Set(a, 3), Set(b, 3)), NumShared(Set(a, 3), Set(c, 3)) + 10);
  // Beyond the window nothing changes.
  EXPECT_EQ(Set(Extract({"x", "b", "c", "d", "e", "f", "g"}), 6), Set(Extract({"y", "b", "c", "d", "e", "f", "g"}), 6));
}

TEST(FeaturesTest, DigitsAreNormalisedInWordsAndShapes) {
  const auto shared = NumShared(Set(Extract({"Room", "1234"}), 1), Set(Extract({"Room", "9876"}), 1));
  EXPECT_GE(shared + 2, Set(Extract({"Room", "1234"}), 1).size());
}

TEST(FeaturesTest, LowerCasingKnowsUnicode) {
  EXPECT_GT(NumShared(Set(Extract({"ÄRZTIN"}), 0), Set(Extract({"ärztin"}), 0)), 20u);
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

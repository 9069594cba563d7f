// For tests: a small language in which "in NAME" is a PLACE, "by NAME" a PERSON, and NAMEs have one
// or two words.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/ner/features.h"
#include "common/ner/tags.h"
#include "common/ner/training.h"
#include "gtest/gtest.h"

namespace winnow::ner {

struct ToyText {
  std::vector<std::string> tokens;
  std::vector<TokenSpan> spans;
};

inline ToyText DrawToyText(Random& random, bool with_person = true) {
  static const std::vector<std::string> kFillers = {"the", "old",   "red", "house",
                                                    "was", "built", "and", "sold"};
  static const std::vector<std::string> kNames = {"Anders", "Bell",  "Carver", "Dunn",
                                                  "Elster", "Finch", "Gale",   "Holt"};
  ToyText text;
  const auto filler = [&] { text.tokens.push_back(kFillers[random.Below(kFillers.size())]); };
  const auto name = [&](const std::string& word, uint32_t label) {
    text.tokens.push_back(word);
    const uint32_t begin = static_cast<uint32_t>(text.tokens.size());
    const uint64_t length = 1 + random.Below(2);
    for (uint64_t i = 0; i < length; ++i)
      text.tokens.push_back(kNames[random.Below(kNames.size())]);
    text.spans.push_back({begin, static_cast<uint32_t>(text.tokens.size()), label});
  };
  filler();
  filler();
  name("in", 0);
  filler();
  if (with_person) {
    name("by", 1);
    filler();
  }
  if (random.Below(2) == 0) {
    name("in", 0);
    if (random.Below(2) == 0) filler();
  }
  return text;
}

inline Example ToyExample(const ToyText& text, int num_labels = 2) {
  Example example;
  FeatureExtractor().Extract(std::vector<absl::string_view>(text.tokens.begin(), text.tokens.end()),
                             {}, example.features);
  example.constraint.path = TagsOfSpans(text.spans, text.tokens.size(), TagSet(num_labels));
  return example;
}

inline std::vector<Example> ToyExamples(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<Example> examples;
  for (size_t i = 0; i < count; ++i) examples.push_back(ToyExample(DrawToyText(random)));
  return examples;
}

inline const std::vector<std::string> kToyLabels = {"PLACE", "PERSON"};

inline TrainingResult TrainOrDie(absl::Span<const Example> examples, const Parent& parent = {},
                                 const LearnerOptions& options = {},
                                 std::vector<std::string> labels = kToyLabels) {
  auto result = Train(labels, examples, parent, options);
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}

inline double SpanProbability(const Model& model, const TextFeatures& features,
                              const TokenSpan& span) {
  std::vector<float> scores;
  model.Score(features, scores);
  Lattice lattice;
  EXPECT_TRUE(lattice.Forward(scores, features.num_tokens(), model.transition_factors()));
  lattice.Backward();
  return lattice.SpanProbability(span);
}

// Nothing is known of the text but a yes or a no on one span.
inline Example BinaryExample(const ToyText& text, const TokenSpan& span, bool yes) {
  Example example = ToyExample(text);
  const std::vector<uint16_t> path = TagsOfSpans({span}, text.tokens.size(), TagSet(2));
  example.constraint = {};
  if (!yes) {
    example.constraint.weighted = {{span, 0}};
    return example;
  }
  example.constraint.allowed.assign(path.size() * TagSet(2).num_tags(), 1);
  for (uint32_t t = span.begin; t < span.end; ++t) {
    uint8_t* allowed = &example.constraint.allowed[t * TagSet(2).num_tags()];
    std::fill_n(allowed, TagSet(2).num_tags(), 0);
    allowed[path[t]] = 1;
  }
  return example;
}

}  // namespace winnow::ner

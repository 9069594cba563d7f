// For tests: a small language in which "in NAME" is a PLACE, "by NAME" a PERSON, and NAMEs have one
// or two words.
#pragma once

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/ner/features.h"
#include "common/ner/learner.h"
#include "common/ner/tags.h"

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

}  // namespace winnow::ner

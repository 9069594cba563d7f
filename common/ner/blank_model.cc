#include "common/ner/blank_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "absl/strings/match.h"
#include "common/ner/features.h"
#include "common/ner/tagger.h"
#include "common/text/tokenizer.h"

namespace winnow::ner {
namespace {

// Far below what anybody asks about, so that a span is asked about only where something was learnt.
constexpr double kBlankProbability = 0.001;
constexpr int kBlankHashBits = 20;

// The hashed features that the first tokens of all texts have, ascending: what very different ones
// have in common.
std::vector<uint32_t> FeaturesOfFirstTokens() {
  std::vector<uint32_t> common;
  bool is_first = true;
  FeatureExtractor extractor;
  TextFeatures features;
  for (const absl::string_view text :
       {"the red house was sold", "A2 , Zürich ( 99", "\" ÉTÉ - iPod ."}) {
    ExtractFeatures(text, text::Tokenize(text), /*knowledge=*/{}, extractor, features);
    std::vector<uint32_t> hashed;
    for (const uint32_t id : features.of(0)) hashed.push_back(id >> (32 - kBlankHashBits));
    std::sort(hashed.begin(), hashed.end());
    hashed.erase(std::unique(hashed.begin(), hashed.end()), hashed.end());
    std::vector<uint32_t> both;
    std::set_intersection(common.begin(), common.end(), hashed.begin(), hashed.end(),
                          std::back_inserter(both));
    common = is_first ? hashed : both;
    is_first = false;
  }
  return common;
}

}  // namespace

bool IsBlankName(absl::string_view model) { return absl::StartsWith(model, "blank:"); }

absl::StatusOr<std::shared_ptr<const Model>> BlankModel(const std::vector<std::string>& labels) {
  const size_t num_labels = labels.size(), num_successors = 2 * num_labels + 1;
  Transitions transitions(static_cast<int>(num_labels));
  for (size_t i = 0; i < transitions.outside.size(); ++i) {
    if (i % num_successors != 0)
      transitions.outside[i] = static_cast<float>(std::log(kBlankProbability));
  }
  // The longer, the less likely: half for each token inside.
  for (size_t label = 0; label < num_labels; ++label) {
    transitions.inside[label] = transitions.inside[2 * num_labels + label] =
        static_cast<float>(std::log(0.5));
  }
  // No transition leads to the first token.
  const std::vector<uint32_t> first = FeaturesOfFirstTokens();
  const auto weight =
      static_cast<float>(std::log(kBlankProbability) / std::max<double>(1, first.size()));
  std::vector<float> row(4 * num_labels, 0.0f);
  std::fill_n(row.begin(), 2 * num_labels, weight);
  return Model::Make(labels, kBlankHashBits, first, transitions,
                     [&](size_t) { return row.data(); });
}

}  // namespace winnow::ner

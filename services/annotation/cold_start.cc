#include "services/annotation/cold_start.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "common/base/status.h"
#include "common/formats/patterns.h"
#include "common/ner/features.h"
#include "common/ner/tagger.h"
#include "common/text/tokenizer.h"

namespace winnow::annotation {
namespace {

using storage::v1::Queue;
using storage::v1::Span;

// About the probability of a short span under a model that knows nothing. Far below what is asked about, so that it
// asks only where it has learnt something.
constexpr double kBlankProbability = 0.001;
constexpr int kBlankHashBits = 20;

// The hashed features that the first tokens of all texts have, ascending: what very different ones have in common.
std::vector<uint32_t> FeaturesOfFirstTokens() {
  std::vector<uint32_t> common;
  ner::FeatureExtractor extractor;
  ner::TextFeatures features;
  for (const absl::string_view text : {"the red house was sold", "A2 , Zürich ( 99", "\" ÉTÉ - iPod ."}) {
    ner::ExtractFeatures(text, text::Tokenize(text), /*lexicon=*/nullptr, extractor, features);
    std::vector<uint32_t> hashed;
    for (const uint32_t id : features.of(0)) hashed.push_back(id >> (32 - kBlankHashBits));
    std::sort(hashed.begin(), hashed.end());
    hashed.erase(std::unique(hashed.begin(), hashed.end()), hashed.end());
    std::vector<uint32_t> both;
    std::set_intersection(common.begin(), common.end(), hashed.begin(), hashed.end(), std::back_inserter(both));
    common = common.empty() ? hashed : both;
  }
  return common;
}

absl::StatusOr<std::shared_ptr<const models::LoadedModel>> BlankVersion(const Queue& queue) {
  const std::vector<std::string> labels(queue.labels().begin(), queue.labels().end());
  const size_t num_labels = labels.size(), num_successors = 2 * num_labels + 1;
  ner::Transitions transitions(static_cast<int>(num_labels));
  for (size_t i = 0; i < transitions.outside.size(); ++i) {
    if (i % num_successors != 0) transitions.outside[i] = static_cast<float>(std::log(kBlankProbability));
  }
  // The longer, the less likely: half for each token inside.
  for (size_t label = 0; label < num_labels; ++label) {
    transitions.inside[label] = transitions.inside[2 * num_labels + label] = static_cast<float>(std::log(0.5));
  }
  // No transition leads to the first token.
  const std::vector<uint32_t> first = FeaturesOfFirstTokens();
  const float weight = static_cast<float>(std::log(kBlankProbability) / static_cast<double>(first.size()));
  std::vector<float> row(4 * num_labels, 0.0f);
  std::fill_n(row.begin(), 2 * num_labels, weight);
  auto version = std::make_shared<models::LoadedModel>();
  version->version = {queue.model(), 0};
  WINNOW_ASSIGN_OR_RETURN(
      version->model, ner::Model::Make(labels, kBlankHashBits, first, transitions, [&](size_t) { return row.data(); }));
  return version;
}

}  // namespace

bool IsBlank(absl::string_view model) { return absl::StartsWith(model, "blank:"); }

absl::StatusOr<std::shared_ptr<const models::LoadedModel>> VersionOf(const Queue& queue, models::ModelCache& models) {
  return IsBlank(queue.model()) ? BlankVersion(queue) : models.Get(queue.model());
}

absl::StatusOr<std::shared_ptr<const ner::PatternSet>> ReadPatterns(absl::string_view content) {
  WINNOW_ASSIGN_OR_RETURN(storage::v1::PatternSet patterns, formats::ParsePatterns(content));
  return ner::PatternSet::Make(std::move(patterns));
}

std::vector<Span> FindPatternSpans(const ner::PatternSet& patterns, absl::string_view text, const Queue& queue) {
  thread_local ner::PatternMatcher matcher;
  const std::vector<text::Token> tokens = text::Tokenize(text);
  std::vector<absl::string_view> views;
  for (const text::Token& token : tokens)
    views.push_back(text.substr(token.begin_byte, token.end_byte - token.begin_byte));
  std::vector<ner::PatternMatch> matches;
  matcher.FindMatches(patterns, views, matches);
  ner::KeepLongest(matches);
  std::vector<Span> spans;
  for (const ner::PatternMatch& match : matches) {
    const std::string& label = patterns.labels()[match.span.label];
    if (std::find(queue.labels().begin(), queue.labels().end(), label) == queue.labels().end()) continue;
    Span& span = spans.emplace_back();
    span.set_start(tokens[match.span.begin].start);
    span.set_end(tokens[match.span.end - 1].end);
    span.set_label(label);
  }
  return spans;
}

}  // namespace winnow::annotation

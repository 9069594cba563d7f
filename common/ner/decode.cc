#include "common/ner/decode.h"

#include <algorithm>
#include <limits>

namespace winnow::ner {
namespace {

constexpr float kImpossible = -std::numeric_limits<float>::infinity();

}  // namespace

void Decoder::Decode(absl::Span<const float> scores, size_t num_tokens, const Transitions& transitions,
                     std::vector<TokenSpan>& spans) {
  spans.clear();
  if (num_tokens == 0) return;
  const int k = static_cast<int>(transitions.inside.size() / 4);
  const TagSet tags(k);
  const size_t width = static_cast<size_t>(tags.num_tags());
  back_.resize(num_tokens * width);
  best_.assign(width, kImpossible);
  next_.resize(width);
  best_[0] = 0;
  for (int y = 1; y <= 2 * k; ++y) best_[y] = scores[y - 1];
  for (size_t t = 1; t < num_tokens; ++t) Step(scores.subspan(t * 4 * k, 4 * k), tags, transitions, &back_[t * width]);

  for (int y = tags.Begin(0); y < tags.End(0); ++y) best_[y] = kImpossible;
  size_t tag = static_cast<size_t>(std::max_element(best_.begin(), best_.end()) - best_.begin());
  uint32_t end = 0;
  for (size_t t = num_tokens; t-- > 0;) {
    const int y = static_cast<int>(tag);
    const uint32_t token = static_cast<uint32_t>(t);
    if (y >= tags.End(0)) end = token + 1;
    if (y > 0 && y < tags.Begin(0)) spans.push_back({token, token + 1, static_cast<uint32_t>(tags.LabelOf(y))});
    if (y >= tags.Begin(0) && y < tags.Inside(0)) spans.push_back({token, end, static_cast<uint32_t>(tags.LabelOf(y))});
    if (t > 0) tag = back_[t * width + tag];
  }
  std::reverse(spans.begin(), spans.end());
}

void Decoder::Step(absl::Span<const float> scores, TagSet tags, const Transitions& transitions, uint16_t* back) {
  const int k = tags.num_labels();
  const int num_closed = tags.num_closed();
  std::fill(next_.begin(), next_.begin() + num_closed, kImpossible);
  for (int i = 0; i < num_closed; ++i) {
    const int tag = tags.Closed(i);
    const float* row = &transitions.outside[static_cast<size_t>(i) * num_closed];
    for (int s = 0; s < num_closed; ++s) {
      const float score = best_[tag] + row[s];
      const bool better = score > next_[s];
      next_[s] = better ? score : next_[s];
      back[s] = better ? static_cast<uint16_t>(tag) : back[s];
    }
  }
  const float* inside = transitions.inside.data();
  for (int l = 0; l < k; ++l) {
    const int begin = tags.Begin(l), middle = tags.Inside(l), end = tags.End(l);
    const auto choose = [&](int to, float from_begin, float from_middle) {
      next_[to] = std::max(from_begin, from_middle);
      back[to] = static_cast<uint16_t>(from_middle > from_begin ? middle : begin);
    };
    choose(middle, best_[begin] + inside[l], best_[middle] + inside[2 * k + l]);
    choose(end, best_[begin] + inside[k + l], best_[middle] + inside[3 * k + l]);
  }
  best_[0] = next_[0];
  for (size_t y = 1; y < next_.size(); ++y) best_[y] = next_[y] + scores[y - 1];
}

}  // namespace winnow::ner

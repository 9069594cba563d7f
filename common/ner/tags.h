// The tag scheme: BIOES over K labels, L = 1 + 4K tags per token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace winnow::ner {

// Written into every model file; to be raised with any change of the numbering below.
inline constexpr uint32_t kTagScheme = 1;

// Largest number of labels of one model.
inline constexpr int kMaxLabels = 200;

// Rows of numbers per tag are padded to a multiple of this, for whole SIMD registers.
template <typename Real>
inline constexpr int kLanesOf = 32 / sizeof(Real);
inline constexpr int kLanes = kLanesOf<double>;
constexpr int PaddedToLanes(int size, int lanes = kLanes) {
  return (size + lanes - 1) / lanes * lanes;
}

// A stretch of tokens, [begin, end) in token indices, with the index of a label.
struct TokenSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t label = 0;

  auto operator<=>(const TokenSpan&) const = default;
};

// They share a token, whatever their labels.
constexpr bool Overlaps(const TokenSpan& a, const TokenSpan& b) {
  return a.begin < b.end && b.begin < a.end;
}

// The numbering of tags for K labels: O = 0, then K tags "single", K "begin", K "inside", K "end".
// After O, S and E ("closed") come O, S or B; after B_l and I_l come I_l or E_l. Hence successors
// of closed tags are the contiguous 0..2K. Immutable, hence thread-safe.
class TagSet {
 public:
  explicit constexpr TagSet(int num_labels) : k_(num_labels) {}

  constexpr int num_labels() const { return k_; }
  constexpr int num_tags() const { return 1 + 4 * k_; }
  // Number of closed tags (O, S, E), and of their successors (O, S, B).
  constexpr int num_closed() const { return 2 * k_ + 1; }

  constexpr int Single(int label) const { return 1 + label; }
  constexpr int Begin(int label) const { return 1 + k_ + label; }
  constexpr int Inside(int label) const { return 1 + 2 * k_ + label; }
  constexpr int End(int label) const { return 1 + 3 * k_ + label; }
  // REQUIRES: tag > 0.
  constexpr int LabelOf(int tag) const { return (tag - 1) % k_; }

  // B or I: an entity goes on behind this token.
  constexpr bool IsOpen(int tag) const { return tag > k_ && tag <= 3 * k_; }

  // Index of a transition in Transitions::inside if IsOpen(from), in Transitions::outside
  // otherwise; -1 for one that is not allowed.
  constexpr int TransitionIndex(int from, int to) const {
    if (!IsOpen(from))
      return to <= 2 * k_ ? (from <= k_ ? from : from - 2 * k_) * num_closed() + to : -1;
    if (to <= 2 * k_ || LabelOf(from) != LabelOf(to)) return -1;
    return (from <= 2 * k_ ? 0 : 2 * k_) + (to <= 3 * k_ ? 0 : k_) + LabelOf(from);
  }

  // The tag of the i-th closed tag, in the order O, S_0.., E_0...
  constexpr int Closed(int i) const { return i <= k_ ? i : i + 2 * k_; }

 private:
  int k_;
};

// The tags of `num_tokens` tokens that carry exactly `spans`.
// REQUIRES: spans lie within the tokens, are not empty and do not overlap.
std::vector<uint16_t> TagsOfSpans(absl::Span<const TokenSpan> spans, size_t num_tokens,
                                  TagSet tags);

// The spans of a tag sequence, ascending. REQUIRES: it is well-formed.
std::vector<TokenSpan> SpansOfTags(absl::Span<const uint16_t> sequence, TagSet tags);

// `taught` is by label; missing ones are true.
inline bool IsTaught(const std::vector<bool>& taught, size_t label) {
  return label >= taught.size() || taught[label];
}

}  // namespace winnow::ner

#include "common/ner/tags.h"

namespace winnow::ner {

std::vector<uint16_t> TagsOfSpans(absl::Span<const TokenSpan> spans, size_t num_tokens,
                                  TagSet tags) {
  std::vector<uint16_t> sequence(num_tokens, 0);
  for (const TokenSpan& span : spans) {
    const int label = static_cast<int>(span.label);
    if (span.end - span.begin == 1) {
      sequence[span.begin] = static_cast<uint16_t>(tags.Single(label));
      continue;
    }
    for (uint32_t t = span.begin; t < span.end; ++t)
      sequence[t] = static_cast<uint16_t>(tags.Inside(label));
    sequence[span.begin] = static_cast<uint16_t>(tags.Begin(label));
    sequence[span.end - 1] = static_cast<uint16_t>(tags.End(label));
  }
  return sequence;
}

std::vector<TokenSpan> SpansOfTags(absl::Span<const uint16_t> sequence, TagSet tags) {
  std::vector<TokenSpan> spans;
  uint32_t begin = 0;
  for (uint32_t t = 0; t < sequence.size(); ++t) {
    const int tag = sequence[t];
    if (tag == 0) continue;
    if (tag < tags.Inside(0)) begin = t;
    if (!tags.IsOpen(tag))
      spans.push_back({begin, t + 1, static_cast<uint32_t>(tags.LabelOf(tag))});
  }
  return spans;
}

}  // namespace winnow::ner

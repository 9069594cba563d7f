#include "common/ner/patterns.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/pattern_program.h"

namespace winnow::ner {

PatternSet::PatternSet(storage::v1::PatternSet patterns) : patterns_(std::move(patterns)) {}
PatternSet::~PatternSet() = default;

absl::StatusOr<std::shared_ptr<const PatternSet>> PatternSet::Make(
    storage::v1::PatternSet patterns) {
  const std::shared_ptr<PatternSet> set(new PatternSet(std::move(patterns)));
  std::vector<std::string>& labels = set->labels_;
  for (const storage::v1::Pattern& pattern : set->patterns_.patterns())
    labels.push_back(pattern.label());
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  WINNOW_ASSIGN_OR_RETURN(set->program_, CompilePatterns(set->patterns_, labels));
  set->digest_ = Hash64(set->Serialize());
  return set;
}

absl::StatusOr<std::shared_ptr<const PatternSet>> PatternSet::Parse(absl::string_view bytes) {
  storage::v1::PatternSet patterns;
  if (!patterns.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a set of patterns");
  }
  return Make(std::move(patterns));
}

std::string PatternSet::Serialize() const { return patterns_.SerializeAsString(); }

void KeepLongest(std::vector<PatternMatch>& matches) {
  const auto length = [](const PatternMatch& match) { return match.span.end - match.span.begin; };
  std::sort(matches.begin(), matches.end(), [&](const PatternMatch& a, const PatternMatch& b) {
    return std::tuple(length(b), a.span.begin, a) < std::tuple(length(a), b.span.begin, b);
  });
  // The ends of what is kept, by label and begin.
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> kept;
  const auto overlaps = [&](const TokenSpan& span) {
    auto next = kept.lower_bound({span.label, span.begin});
    if (next != kept.end() && next->first.first == span.label && next->first.second < span.end)
      return true;
    return next != kept.begin() && (--next)->first.first == span.label && next->second > span.begin;
  };
  size_t size = 0;
  for (const PatternMatch& match : matches) {
    if (overlaps(match.span)) continue;
    kept[{match.span.label, match.span.begin}] = match.span.end;
    matches[size++] = match;
  }
  matches.resize(size);
  std::sort(matches.begin(), matches.end());
}

}  // namespace winnow::ner

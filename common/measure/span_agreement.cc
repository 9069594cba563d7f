#include "common/measure/span_agreement.h"

#include <algorithm>
#include <tuple>

#include "absl/functional/function_ref.h"
#include "common/base/status.h"
#include "common/text/spans.h"
#include "common/text/utf8.h"

namespace winnow::measure {
namespace {

using storage::v1::Span;

// Spans not yet paired, in order.
struct Remaining {
  std::vector<Span> first;
  std::vector<Span> second;

  // Takes out the pairs for which `matches`, which must be false for spans that do not overlap.
  std::vector<SpanPair> Take(absl::FunctionRef<bool(const Span&, const Span&)> matches) {
    std::vector<SpanPair> pairs;
    std::vector<Span> left;
    for (const Span& span : first) {
      const auto end = std::partition_point(second.begin(), second.end(), [&](const Span& other) {
        return other.start() < span.end();
      });
      const auto found = std::find_if(second.begin(), end,
                                      [&](const Span& other) { return matches(span, other); });
      if (found == end) {
        left.push_back(span);
      } else {
        pairs.emplace_back(span, *found);
        second.erase(found);
      }
    }
    first = std::move(left);
    return pairs;
  }
};

uint32_t LengthOf(const Span& span) { return span.end() - span.start(); }

// The first `limit` elements of a count by key, the most frequent first.
template <typename Key>
std::vector<std::pair<Key, uint64_t>> MostFrequent(const std::map<Key, uint64_t>& counts,
                                                   size_t limit) {
  std::vector<std::pair<Key, uint64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (sorted.size() > limit) sorted.resize(limit);
  return sorted;
}

}  // namespace

std::vector<std::string> CommonLabels(const PersonAnnotation& first,
                                      const PersonAnnotation& second) {
  std::vector<std::string> labels;
  for (const auto& [label, annotation] : first.labels) {
    if (second.labels.contains(label)) labels.push_back(label);
  }
  return labels;
}

SpanComparison CompareAnnotations(const PersonAnnotation& first, const PersonAnnotation& second) {
  Remaining remaining;
  for (const std::string& label : CommonLabels(first, second)) {
    const auto append = [&](const PersonAnnotation& from, std::vector<Span>& to) {
      const std::vector<Span>& spans = from.labels.at(label).spans;
      to.insert(to.end(), spans.begin(), spans.end());
    };
    append(first, remaining.first);
    append(second, remaining.second);
  }
  std::sort(remaining.first.begin(), remaining.first.end(), text::SpanLess());
  std::sort(remaining.second.begin(), remaining.second.end(), text::SpanLess());

  SpanComparison comparison;
  for (const auto& [span, other] :
       remaining.Take([](const Span&a, const Span&b) { return text::SameSpan(a, b); }))
    comparison.same.push_back(span);
  comparison.moved = remaining.Take(
      [](const Span& a, const Span& b) { return a.label() == b.label() && text::Overlaps(a, b); });
  comparison.relabelled =
      remaining.Take([](const Span& a, const Span& b) { return text::Overlaps(a, b); });
  comparison.alone = std::move(remaining.first);
  comparison.alone.insert(comparison.alone.end(), remaining.second.begin(), remaining.second.end());
  return comparison;
}

PairedCounts CountPaired(const SpanComparison& comparison, absl::string_view label) {
  const auto counts = [&](const Span& span) { return label.empty() || span.label() == label; };
  int same = 0, moved = 0, marked = 0;
  for (const Span& span : comparison.same) same += counts(span);
  for (const auto& [first, second] : comparison.moved) moved += counts(first);
  for (const auto& [first, second] : comparison.relabelled)
    marked += counts(first) + counts(second);
  for (const Span& span : comparison.alone) marked += counts(span);
  // F1 knows only the sum of what the two marked, and all that is paired is of both.
  PairedCounts result;
  result.exact = {same, same + moved, same + moved + marked};
  result.overlap = {same + moved, same + moved, same + moved + marked};
  return result;
}

absl::StatusOr<std::optional<SpanAgreement>> MeasureSpanAgreement(
    absl::Span<const PairedCounts> texts, double confidence) {
  if (texts.empty()) return std::nullopt;
  SpanAgreement agreement;
  agreement.num_texts = texts.size();
  std::vector<stats::SpanCounts> exact, overlap;
  for (const PairedCounts& text : texts) {
    agreement.num_spans += static_cast<uint64_t>(text.exact.predicted + text.exact.gold);
    exact.push_back(text.exact);
    overlap.push_back(text.overlap);
  }
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report by_place, stats::MeasureF1(exact, confidence));
  WINNOW_ASSIGN_OR_RETURN(const stats::F1Report by_overlap, stats::MeasureF1(overlap, confidence));
  agreement.exact_f1 = by_place.f1;
  agreement.overlap_f1 = by_overlap.f1;
  return agreement;
}

void Confusions::Add(absl::string_view text, const SpanComparison& comparison) {
  for (const Span& span : comparison.same) ++labels_[{span.label(), span.label()}];
  for (const Span& span : comparison.alone) ++labels_[{span.label(), ""}];
  for (const auto& [first, second] : comparison.relabelled)
    ++labels_[std::minmax(first.label(), second.label())];
  if (comparison.moved.empty()) return;
  const text::OffsetMap offsets(text);
  const auto shown = [&](const Span& span) {
    return std::string(text::SpanText(text, offsets, span.start(),
                                      std::min(span.end(), span.start() + kMaxShown)));
  };
  for (const auto& [first, second] : comparison.moved) {
    ++labels_[{first.label(), first.label()}];
    const std::pair<uint32_t, std::string> a = {LengthOf(first), shown(first)};
    const std::pair<uint32_t, std::string> b = {LengthOf(second), shown(second)};
    ++boundaries_[{first.label(), std::max(a, b).second, std::min(a, b).second}];
  }
}

std::vector<Confusions::Labels> Confusions::MostFrequentLabels(size_t limit) const {
  std::vector<Labels> result;
  for (const auto& [labels, count] : MostFrequent(labels_, limit))
    result.push_back({labels.first, labels.second, count});
  return result;
}

std::vector<Confusions::Boundaries> Confusions::MostFrequentBoundaries(size_t limit) const {
  std::vector<Boundaries> result;
  for (const auto& [key, count] : MostFrequent(boundaries_, limit))
    result.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
  return result;
}

}  // namespace winnow::measure

// How much the spans that two people marked in the same text agree, and where they part. Pure
// functions, safe to call from any thread.
//
// F1 of one person against another is the same both ways, 2 both / (one + other), and takes the
// place of kappa where nobody can count the spans that neither marked (Hripcsak and Rothschild
// 2005).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/measure/shared_answers.h"
#include "common/stats/f1.h"

namespace winnow::measure {

using SpanPair = std::pair<storage::v1::Span, storage::v1::Span>;

// The spans of two people in one text, each in one place. What is left of the row before is paired,
// in the order of the text, each span with at most one.
struct SpanComparison {
  // The same place and label.
  std::vector<storage::v1::Span> same;
  // They overlap and have the same label: the boundaries differ.
  std::vector<SpanPair> moved;
  // They overlap; the labels differ.
  std::vector<SpanPair> relabelled;
  // Nothing that is left of the other person's overlaps them.
  std::vector<storage::v1::Span> alone;
};

// Of the labels that both annotated.
SpanComparison CompareAnnotations(const PersonAnnotation& first, const PersonAnnotation& second);

// These labels, sorted.
std::vector<std::string> CommonLabels(const PersonAnnotation& first,
                                      const PersonAnnotation& second);

// The spans of one label in a comparison, as counts: of both, of the first and of the second person
// (who is which does not matter to F1), with right meaning the same, or the same but for the
// boundaries. Label "" is all.
struct PairedCounts {
  stats::SpanCounts exact;
  stats::SpanCounts overlap;
};
PairedCounts CountPaired(const SpanComparison& comparison, absl::string_view label = "");

struct SpanAgreement {
  // Texts that two people annotated.
  uint64_t num_texts = 0;
  // What they marked, once for each person and pair; 0 means that there is nothing to agree on.
  uint64_t num_spans = 0;
  stats::Estimate exact_f1;
  stats::Estimate overlap_f1;
};

// One element a text. Nothing without texts. Errors as stats::MeasureF1.
absl::StatusOr<std::optional<SpanAgreement>> MeasureSpanAgreement(
    absl::Span<const PairedCounts> texts, double confidence);

// What people call differently, counted once for each pair of people.
class Confusions {
 public:
  void Add(absl::string_view text, const SpanComparison& comparison);

  // Two labels in alphabetical order, or a label and "", where the other person marked nothing.
  // Equal ones are agreement, boundaries aside.
  struct Labels {
    std::string first;
    std::string second;
    uint64_t count = 0;
  };
  // What one person marks and what another does in its place, cut to kMaxShown code points.
  struct Boundaries {
    std::string label;
    std::string longer;
    std::string shorter;
    uint64_t count = 0;
  };
  static constexpr uint32_t kMaxShown = 80;

  // The most frequent ones, then by name.
  std::vector<Labels> MostFrequentLabels(size_t limit) const;
  std::vector<Boundaries> MostFrequentBoundaries(size_t limit) const;

 private:
  std::map<std::pair<std::string, std::string>, uint64_t> labels_;
  // Label, longer, shorter.
  std::map<std::tuple<std::string, std::string, std::string>, uint64_t> boundaries_;
};

}  // namespace winnow::measure

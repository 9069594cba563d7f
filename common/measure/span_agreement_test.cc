#include "common/measure/span_agreement.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Complete for "job" and "place", or for those of `labels`.
PersonAnnotation Annotate(absl::string_view marked,
                          const std::vector<std::string>& labels = {"job", "place"}) {
  PersonAnnotation annotation;
  for (const std::string& label : labels) annotation.labels[label];
  for (const storage::v1::Span& span : Mark(marked).spans) {
    const auto label = annotation.labels.find(span.label());
    if (label != annotation.labels.end()) label->second.spans.push_back(span);
  }
  return annotation;
}

std::vector<std::string> ShowPairs(const std::vector<SpanPair>& pairs) {
  std::vector<std::string> shown;
  for (const auto& [first, second] : pairs) shown.push_back(Show(first) + " / " + Show(second));
  return shown;
}

TEST(CompareAnnotations, PairsEachSpanOnceTheSameFirst) {
  const SpanComparison comparison =
      CompareAnnotations(Annotate("Senior [Nurse] and [Cook] in <Paris> or [Rome], [now]"),
                         Annotate("[Senior Nurse] and [Cook] in <Paris> or <Rome>, now"));
  EXPECT_THAT(ShowAll(comparison.same), ElementsAre("17-21 job", "25-30 place"));
  EXPECT_THAT(ShowPairs(comparison.moved), ElementsAre("7-12 job / 0-12 job"));
  EXPECT_THAT(ShowPairs(comparison.relabelled), ElementsAre("34-38 job / 34-38 place"));
  EXPECT_THAT(ShowAll(comparison.alone), ElementsAre("40-43 job"));
}

TEST(CompareAnnotations, KnowsOnlyTheLabelsThatBothAnnotated) {
  const SpanComparison comparison =
      CompareAnnotations(Annotate("[Nurse] in <Paris>"), Annotate("[Nurse] in <Paris>", {"job"}));
  EXPECT_THAT(ShowAll(comparison.same), ElementsAre("0-5 job"));
  EXPECT_THAT(comparison.alone, IsEmpty());
}

TEST(CompareAnnotations, ALongSpanIsPairedWithOneOfThoseInIt) {
  const SpanComparison comparison =
      CompareAnnotations(Annotate("[Nurse and Cook]"), Annotate("[Nurse] and [Cook]"));
  EXPECT_THAT(ShowPairs(comparison.moved), ElementsAre("0-14 job / 0-5 job"));
  EXPECT_THAT(ShowAll(comparison.alone), ElementsAre("10-14 job"));
}

TEST(MeasureSpanAgreement, IsF1OfOnePersonAgainstTheOther) {
  const auto counts = [](absl::string_view first, absl::string_view second) {
    return CountPaired(CompareAnnotations(Annotate(first), Annotate(second)));
  };
  const std::vector<PairedCounts> texts = {
      counts("Senior [Nurse] in <Paris>", "[Senior Nurse] in <Paris>"),
      counts("[Cook] wanted", "Cook wanted"), counts("now", "now")};
  const SpanAgreement agreement = *MeasureSpanAgreement(texts, 0.95).value();
  EXPECT_EQ(agreement.num_texts, 3u);
  EXPECT_EQ(agreement.num_spans, 5u);
  // Three spans and two: one the same, two where they overlap.
  EXPECT_DOUBLE_EQ(agreement.exact_f1.value, 2.0 * 1 / 5);
  EXPECT_DOUBLE_EQ(agreement.overlap_f1.value, 2.0 * 2 / 5);
  EXPECT_LT(agreement.exact_f1.interval.lower, 0.4);
  EXPECT_GT(agreement.exact_f1.interval.upper, 0.4);
  EXPECT_FALSE(MeasureSpanAgreement({}, 0.95)->has_value());
}

TEST(CountPaired, OfALabelCountsWhatEitherCallsSo) {
  const SpanComparison comparison =
      CompareAnnotations(Annotate("[Nurse] in [Rome]"), Annotate("[Nurse] in <Rome>"));
  const PairedCounts job = CountPaired(comparison, "job");
  EXPECT_EQ(job.exact.tp, 1);
  EXPECT_EQ(job.exact.predicted + job.exact.gold, 3);
  const PairedCounts place = CountPaired(comparison, "place");
  EXPECT_EQ(place.exact.tp, 0);
  EXPECT_EQ(place.exact.predicted + place.exact.gold, 1);
}

TEST(Confusions, CountsLabelsAndBoundaries) {
  Confusions confusions;
  const auto add = [&](absl::string_view first, absl::string_view second) {
    confusions.Add(Mark(first).text, CompareAnnotations(Annotate(first), Annotate(second)));
  };
  add("Senior [Nurse] in <Paris>", "[Senior Nurse] in [Paris]");
  add("[Senior Nurse] wanted", "Senior [Nurse] wanted");
  add("Senior [Nurse wanted]", "[Senior Nurse] wanted");
  add("[Cook]", "Cook");
  std::vector<std::string> labels, boundaries;
  for (const auto& row : confusions.MostFrequentLabels(10))
    labels.push_back(absl::StrCat(row.first, "/", row.second, " ", row.count));
  for (const auto& row : confusions.MostFrequentBoundaries(10))
    boundaries.push_back(
        absl::StrCat(row.label, ": ", row.longer, "/", row.shorter, " ", row.count));
  EXPECT_THAT(labels, ElementsAre("job/job 3", "job/ 1", "job/place 1"));
  EXPECT_THAT(boundaries,
              ElementsAre("job: Senior Nurse/Nurse 2", "job: Senior Nurse/Nurse wanted 1"));
  EXPECT_THAT(confusions.MostFrequentBoundaries(1), testing::SizeIs(1));
}

TEST(Confusions, ShowsTheBeginningOfALongSpan) {
  Confusions confusions;
  const std::string cook(200, 'k');
  confusions.Add("a " + cook,
                 CompareAnnotations(Annotate("[a " + cook + "]"), Annotate("a [" + cook + "]")));
  EXPECT_EQ(confusions.MostFrequentBoundaries(1)[0].longer, "a " + std::string(78, 'k'));
}

}  // namespace
}  // namespace winnow::measure

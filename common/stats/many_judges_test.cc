#include "common/stats/many_judges.h"

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/stats/agreement.h"
#include "common/stats/judgements_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

using ::testing::HasSubstr;

TEST(MeasureFleissKappa, OfAKnownTable) {
  // Fourteen judges, ten items, five categories: kappa .210 (the worked example after Fleiss 1971).
  const std::vector<std::vector<int>> counts = {
      {0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1},
      {7, 7, 0, 0, 0},  {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}};
  Judgements judgements;
  judgements.num_people = 14;
  judgements.num_categories = 5;
  for (size_t item = 0; item < counts.size(); ++item) {
    judgements.item_texts.push_back(item);
    size_t person = 0;
    for (size_t category = 0; category < 5; ++category) {
      for (int n = 0; n < counts[item][category]; ++n)
        judgements.all.push_back({item, person++, category});
    }
  }
  EXPECT_NEAR(MeasureFleissKappa(judgements)->value, 0.210, 5e-4);
}

TEST(MeasureFleissKappa, OfFourAnaesthetists) {
  EXPECT_NEAR(MeasureFleissKappa(Anaesthetists(/*with_observer_1=*/false))->value, 0.53458, 1e-5);
}

TEST(MeasureFleissKappa, NamesItemsWithAnotherNumberOfJudgements) {
  const absl::Status status =
      MeasureFleissKappa(FromRows({"010", "01 ", "0 1"}, 2), {.confidence = 0.9}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("item 1: has 2 judgements, item 0 has 3"));
  EXPECT_EQ(Violations::CountOf(status), 2u);
}

TEST(MeasureKrippendorffAlpha, OfTheExamplesOfItsAuthor) {
  // Krippendorff (2011), sections A and C.
  EXPECT_NEAR(MeasureKrippendorffAlpha(FromRows({"0100000010", "1110010000"}, 2))->value, 0.095,
              5e-4);
  const Judgements four =
      FromRows({"123321412   ", "1233224125 3", " 3332342251 ", "12332441251 "}, 6);
  EXPECT_NEAR(MeasureKrippendorffAlpha(four)->value, 0.743, 5e-4);
}

TEST(MeasureKrippendorffAlpha, AsCrowdKitHasIt) {
  EXPECT_NEAR(MeasureKrippendorffAlpha(Anaesthetists(/*with_observer_1=*/false))->value, 0.53717,
              1e-5);
  EXPECT_NEAR(MeasureKrippendorffAlpha(FromRows({"012012012012", "012012112012", "0120 2012212",
                                                 "110 0120 002", "2201 1002101"},
                                                3))
                  ->value,
              0.19737, 1e-5);
}

TEST(MeasureKrippendorffAlpha, IsOneWithoutDifferencesAndZeroByChance) {
  EXPECT_EQ(MeasureKrippendorffAlpha(FromRows({"0000", "0000"}, 2))->value, 1);
  EXPECT_EQ(MeasureKrippendorffAlpha(FromRows({"0 1 ", " 1 0"}, 2))->value, 1) << "nothing shared";
  const Coefficient full = *MeasureKrippendorffAlpha(FromRows({"0101", "0101"}, 2));
  EXPECT_EQ(full.value, 1);
  EXPECT_FALSE(full.interval.has_value()) << "drawing the texts anew tells nothing";
  const Judgements guesses = Simulate({{0.4, 0.6}, {0.4, 0.6}, {0.4, 0.6}}, 20000, 1, 1);
  EXPECT_NEAR(MeasureKrippendorffAlpha(guesses, {.resamples = 1})->value, 0, 0.01);
}

TEST(MeasureKrippendorffAlpha, TheIntervalCovers) {
  const std::vector<Judge> judges = {{0.9, 0.8}, {0.7, 0.95}, {0.8, 0.9}};
  const double truth =
      MeasureKrippendorffAlpha(Simulate(judges, 200000, 0.7, 1), {.resamples = 1})->value;
  int covered = 0;
  constexpr int kRuns = 300;
  for (uint64_t run = 0; run < kRuns; ++run) {
    Judgements judgements = Simulate(judges, 100, 0.7, 100 + run);
    const Interval interval =
        MeasureKrippendorffAlpha(judgements, {.seed = run, .resamples = 400})->interval.value();
    covered += interval.lower <= truth && truth <= interval.upper;
  }
  EXPECT_GE(covered, 0.91 * kRuns);
  EXPECT_LE(covered, 0.98 * kRuns);
}

TEST(MeasureKrippendorffAlpha, RefusesEverythingThatIsWrongAtOnce) {
  Judgements judgements = FromRows({"01", "01"}, 2);
  judgements.all[0].category = 2;
  judgements.all[3].person = 7;
  const absl::Status status = MeasureKrippendorffAlpha(judgements).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("all[0].category: is 2"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("all[3].person: is 7"));
  EXPECT_EQ(MeasureKrippendorffAlpha(FromRows({"01", "01"}, 2), {.confidence = 1, .resamples = 0})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::stats

#include "services/training/version_report.h"

#include <cmath>
#include <limits>

#include "common/training/testing.h"
#include "common/training/training_spec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::BlindModel;
using measure::GoodModel;
using storage::v1::Figure;
using storage::v1::SampleKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Measures GoodModel as the new version against BlindModel, unless a test says otherwise.
class MeasureVersionTest : public testing::Test {
 protected:
  MeasureVersionTest() {
    // Makes the data set.
    corpus_.Append("d", "skipped",
                   measure::BinaryAnswer(measure::MakeSpan(0, 1), storage::v1::VERDICT_IGNORE));
    input_.baseline = {"jobs@1", BlindModel().get(), {}, true};
    input_.trained = {"", GoodModel().get(), {}, true};
  }

  storage::v1::TrainingReport Measure() {
    const auto read = [&](const auto& datasets) {
      const std::vector<std::string> names(datasets.begin(), datasets.end());
      return *measure::ReadLabelledTexts(corpus_.reader(), names, corpus::kLatest);
    };
    const measure::LabelledTexts answers = read(spec_.datasets()),
                                 gold = read(spec_.eval_datasets());
    input_.spec = &spec_;
    input_.reader = &corpus_.reader();
    input_.revision = corpus_.corpus().revision();
    input_.answers = &answers;
    input_.gold = &gold;
    input_.holdout = &answers;
    input_.holdout_datasets = DatasetsOf(spec_);
    const auto count_tries = [this](const std::string& tried) {
      tried_ = tried;
      return earlier_tries_;
    };
    storage::v1::TrainingReport report;
    const absl::StatusOr<std::string> digest = MeasureVersion(input_, count_tries, report);
    EXPECT_TRUE(digest.ok()) << digest.status();
    digest_ = digest.value_or("");
    return report;
  }
  // A gold set of `count` texts with two spans each.
  std::vector<Annotated> AddGold(size_t count) {
    const std::vector<Annotated> ads = Ads(count, /*holdout=*/false);
    for (const Annotated& ad : ads) corpus_.Complete("gold", ad, {"job", "place"});
    spec_.add_eval_datasets("gold");
    return ads;
  }
  // Right answers to all audit questions of a queue over `count` texts.
  std::vector<Annotated> AddAudit(size_t count) {
    measure::AuditQueue queue(corpus_, "d.teach", "d", Ads(count, /*holdout=*/true));
    for (size_t i = 0; i < count; ++i) queue.Answer(i);
    return queue.ads();
  }

  measure::TestCorpus corpus_;
  storage::v1::TrainingSpec spec_ = MakeSpec({"job", "place"});
  MeasurementInput input_;
  int earlier_tries_ = 0;
  std::string tried_;
  std::string digest_;
};

template <typename Figures>
std::vector<SampleKind> KindsOf(const Figures& figures) {
  std::vector<SampleKind> kinds;
  for (const Figure& figure : figures) kinds.push_back(figure.sample());
  return kinds;
}

TEST_F(MeasureVersionTest, FiguresComeInTheOrderOfTrust) {
  AddAudit(30);
  for (const Annotated& ad : Ads(10, /*holdout=*/true, /*begin=*/30))
    corpus_.Complete("d", ad, {"job", "place"});
  AddGold(5);
  const storage::v1::TrainingReport report = Measure();
  for (const auto& figures : {report.before(), report.after()}) {
    EXPECT_THAT(
        KindsOf(figures),
        ElementsAre(SampleKind::SAMPLE_KIND_GOLD, SampleKind::SAMPLE_KIND_HOLDOUT,
                    SampleKind::SAMPLE_KIND_AUDIT, SampleKind::SAMPLE_KIND_QUESTIONS_ASKED));
    EXPECT_THAT(figures[0].datasets(), ElementsAre("gold"));
    EXPECT_THAT(figures[3].datasets(), ElementsAre("d"));
    EXPECT_EQ(figures[0].num_items(), 5u);
    EXPECT_EQ(figures[1].num_items(), 10u);
    EXPECT_EQ(figures[1].num_spans(), 20u);
    EXPECT_EQ(figures[2].num_items(), 30u);
    EXPECT_EQ(figures[3].num_items(), 30u);
    EXPECT_EQ(figures[2].dataset_revision(), corpus_.corpus().revision());
    EXPECT_FALSE(figures[2].biased());
    EXPECT_TRUE(figures[3].biased());
    EXPECT_FALSE(figures[3].has_f1());
  }
  EXPECT_EQ(report.before(0).model_version(), "jobs@1");
  EXPECT_THAT(report.after(0).model_version(), IsEmpty());
  EXPECT_EQ(report.before(0).f1().value(), 0);
  EXPECT_EQ(report.after(0).f1().value(), 1);
  EXPECT_EQ(report.after(3).agreement().value(), 1);
  EXPECT_EQ(report.gate().sample(), SampleKind::SAMPLE_KIND_GOLD);
  EXPECT_EQ(report.gate().verdict(), storage::v1::GATE_VERDICT_UNDECIDED);
}

TEST_F(MeasureVersionTest, CalibrationIsOfTheMostTrustedSample) {
  AddAudit(30);
  const storage::v1::CalibrationReport on_audit = Measure().calibration();
  EXPECT_EQ(on_audit.sample(), SampleKind::SAMPLE_KIND_AUDIT);
  EXPECT_EQ(on_audit.num_spans(), 30u);
  AddGold(20);
  const storage::v1::CalibrationReport on_gold = Measure().calibration();
  EXPECT_EQ(on_gold.sample(), SampleKind::SAMPLE_KIND_GOLD);
  EXPECT_GE(on_gold.num_spans(), 40u);
  uint64_t in_bins = 0;
  for (const storage::v1::ReliabilityBin& bin : on_gold.bins()) in_bins += bin.num_spans();
  EXPECT_EQ(in_bins, on_gold.num_spans());
  // Every span is right, and the model nearly sure of it.
  EXPECT_LT(on_gold.ece(), 0.2);
  EXPECT_GT(on_gold.perfect_ece(), 0);
  std::swap(input_.baseline.model, input_.trained.model);
  EXPECT_GT(Measure().calibration().brier(), on_gold.brier());
}

TEST_F(MeasureVersionTest, TheGateReadsTheGoldSet) {
  AddGold(40);
  const storage::v1::TrainingReport better = Measure();
  EXPECT_EQ(better.gate().verdict(), storage::v1::GATE_VERDICT_PROMOTE);
  EXPECT_EQ(better.gate().delta_f1(), 1);
  EXPECT_EQ(better.gate().num_spans(), 80u);
  EXPECT_EQ(better.gate().num_changed_texts(), 40u);
  std::swap(input_.baseline.model, input_.trained.model);
  const storage::v1::TrainingReport worse = Measure();
  EXPECT_EQ(worse.gate().verdict(), storage::v1::GATE_VERDICT_REFUSE);
  EXPECT_EQ(worse.gate().delta_f1(), -1);
  EXPECT_FALSE(worse.gate().promoted());
}

TEST_F(MeasureVersionTest, TheGateReadsTheAuditSampleWhereThereIsNothingBetter) {
  AddAudit(120);
  const storage::v1::TrainingReport report = Measure();
  EXPECT_EQ(report.gate().sample(), SampleKind::SAMPLE_KIND_AUDIT);
  EXPECT_EQ(report.gate().verdict(), storage::v1::GATE_VERDICT_PROMOTE) << report.gate().reason();
  EXPECT_EQ(report.gate().num_changed_texts(), 120u);
  EXPECT_THAT(digest_, Not(IsEmpty()));
}

// A handful of annotated hold-out texts kept the gate from reading a hundred audit answers.
TEST_F(MeasureVersionTest, TheGateReadsTheAuditSampleWhereABetterOneIsTooSmallToDecide) {
  AddGold(20);
  AddAudit(120);
  EXPECT_EQ(Measure().gate().sample(), SampleKind::SAMPLE_KIND_AUDIT);
}

TEST_F(MeasureVersionTest, OfSamplesThatAreAllTooSmallTheGateReadsTheBest) {
  AddGold(20);
  AddAudit(8);
  const storage::v1::TrainingReport report = Measure();
  EXPECT_EQ(report.gate().sample(), SampleKind::SAMPLE_KIND_GOLD);
  EXPECT_EQ(report.gate().verdict(), storage::v1::GATE_VERDICT_UNDECIDED);
}

TEST_F(MeasureVersionTest, WithoutASampleTheGateIsUndecided) {
  // Questions about teaching texts measure nothing.
  const Annotated ad = Ads(1, /*holdout=*/false)[0];
  corpus_.Accept("d", ad.text, ad.spans[0]);
  const storage::v1::TrainingReport report = Measure();
  EXPECT_THAT(report.after(), IsEmpty());
  EXPECT_EQ(report.gate().verdict(), storage::v1::GATE_VERDICT_UNDECIDED);
  EXPECT_THAT(report.gate().reason(), HasSubstr("annotate a gold set"));
  EXPECT_THAT(digest_, IsEmpty());
}

TEST_F(MeasureVersionTest, LeakedTextsAreCountedAndLeftOutOfEveryFigure) {
  const std::vector<Annotated> gold = AddGold(40);
  const std::vector<Annotated> audit = AddAudit(30);
  input_.trained.training_keys = KeysOf({gold[0], gold[1], audit[0]});
  input_.baseline.training_keys = KeysOf({gold[1], gold[2]});
  const storage::v1::TrainingReport report = Measure();
  for (const auto& figures : {report.before(), report.after()}) {
    ASSERT_THAT(figures, SizeIs(3));
    EXPECT_EQ(figures[0].num_leaked(), 3u);
    EXPECT_EQ(figures[0].num_items(), 37u);
    for (int i : {1, 2}) {
      EXPECT_EQ(figures[i].num_leaked(), 1u);
      EXPECT_EQ(figures[i].num_items(), 29u);
    }
    for (const Figure& figure : figures)
      EXPECT_THAT(figure.caveats(), Contains(HasSubstr("left out")));
  }
}

TEST_F(MeasureVersionTest, TextsThatSettingsWereChosenOnAreInNoFigure) {
  const std::vector<Annotated> audit = AddAudit(30);
  const std::vector<Annotated> complete = Ads(10, /*holdout=*/true, /*begin=*/30);
  for (const Annotated& ad : complete) corpus_.Complete("d", ad, {"job", "place"});
  input_.tuned_on = KeysOf({audit[0], audit[1], complete[0]});
  const storage::v1::TrainingReport report = Measure();
  for (const auto& figures : {report.before(), report.after()}) {
    ASSERT_THAT(figures, SizeIs(3));
    EXPECT_EQ(figures[0].num_items(), 9u);
    EXPECT_EQ(figures[1].num_items(), 28u);
    EXPECT_EQ(figures[2].num_items(), 28u);
    for (const Figure& figure : figures) EXPECT_EQ(figure.num_leaked(), 0u);
  }
}

TEST_F(MeasureVersionTest, AGoldSetOfLeakedTextsOnlyIsShownAndDecidesNothing) {
  input_.trained.training_keys = KeysOf(AddGold(40));
  const storage::v1::TrainingReport report = Measure();
  ASSERT_THAT(report.after(), SizeIs(1));
  EXPECT_EQ(report.after(0).num_leaked(), 40u);
  EXPECT_EQ(report.after(0).num_items(), 0u);
  EXPECT_TRUE(std::isfinite(report.after(0).f1().value()));
  EXPECT_EQ(report.gate().verdict(), storage::v1::GATE_VERDICT_UNDECIDED);
  EXPECT_THAT(digest_, IsEmpty());
}

TEST_F(MeasureVersionTest, EarlierTriesOnTheSameSampleAreCountedAndTold) {
  AddGold(40);
  earlier_tries_ = 3;
  const storage::v1::TrainingReport report = Measure();
  EXPECT_EQ(report.gate().num_earlier_tries(), 3u);
  EXPECT_THAT(report.gate().reason(), HasSubstr("3 earlier versions"));
  EXPECT_EQ(tried_, digest_);
  EXPECT_THAT(digest_, Not(IsEmpty()));
  const std::string before = digest_;
  corpus_.Complete("gold", Ads(1, /*holdout=*/false, /*begin=*/100)[0], {"job", "place"});
  Measure();
  EXPECT_NE(digest_, before);
}

TEST_F(MeasureVersionTest, WithoutABaselineThereIsNothingToCompareWith) {
  AddGold(5);
  AddAudit(30);
  input_.baseline = {};
  const storage::v1::TrainingReport report = Measure();
  EXPECT_THAT(report.before(), IsEmpty());
  EXPECT_THAT(report.after(), SizeIs(3));
  EXPECT_THAT(report.gate().reason(), HasSubstr("no version to compare with"));
  EXPECT_EQ(report.gate().verdict(), storage::v1::GATE_VERDICT_UNSPECIFIED);
  // The gate read no sample, so this is no try on one.
  EXPECT_THAT(digest_, IsEmpty());
}

TEST_F(MeasureVersionTest, TheParentIsMeasuredBesideWhatWouldBeReplaced) {
  AddGold(40);
  AddAudit(30);
  input_.parent = {"jobs@7", GoodModel().get(), {}, false};
  const storage::v1::TrainingReport report = Measure();
  ASSERT_THAT(report.parent(), SizeIs(3));
  EXPECT_EQ(KindsOf(report.parent()), KindsOf(report.before()));
  for (const Figure& figure : report.parent()) EXPECT_EQ(figure.model_version(), "jobs@7");
  EXPECT_EQ(report.parent(0).f1().value(), 1);
  EXPECT_GT(report.parent(1).f1().value(), 0.9);
  EXPECT_EQ(report.parent(2).agreement().value(), 1);
  EXPECT_EQ(report.gate().compared_with(), "jobs@1");
  EXPECT_EQ(report.gate().delta_f1(), 1) << "the gate compares with what serves";
  EXPECT_THAT(report.caveats(), ElementsAre(HasSubstr("jobs@7 does not tell")));
}

TEST_F(MeasureVersionTest, WhatBecameOfLabelsThatWereNotTaughtIsTold) {
  spec_ = MakeSpec({"job"});
  AddGold(30);
  std::swap(input_.baseline.model, input_.trained.model);
  EXPECT_THAT(
      Measure().caveats(),
      Contains(HasSubstr(
          "labels that were not taught (place): F1 1.000 before, 0.000 now, -100.0 points")));
}

TEST_F(MeasureVersionTest, QuestionsAboutOtherLabelsAreNotAsked) {
  spec_ = MakeSpec({"job"});
  const Annotated ad = Ads(1, /*holdout=*/true)[0];
  for (const storage::v1::Span& span : ad.spans) corpus_.Accept("d", ad.text, span);
  const storage::v1::TrainingReport report = Measure();
  ASSERT_THAT(report.after(), SizeIs(1));
  EXPECT_EQ(report.after(0).num_items(), 1u);
  EXPECT_EQ(report.after(0).agreement().value(), 1);
}

TEST_F(MeasureVersionTest, AnUnknownLineageSaysThatALeakCannotBeExcluded) {
  AddGold(5);
  input_.baseline.lineage_known = false;
  EXPECT_THAT(Measure().caveats(),
              ElementsAre(HasSubstr("jobs@1 does not tell what it was trained on")));
  input_.baseline.lineage_known = true;
  EXPECT_THAT(Measure().caveats(), IsEmpty());
}

}  // namespace
}  // namespace winnow::training

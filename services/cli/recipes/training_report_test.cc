#include "services/cli/recipes/training_report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

common::v1::Estimate MakeEstimate(double value, double low, double high) {
  common::v1::Estimate estimate;
  estimate.set_value(value);
  estimate.set_low(low);
  estimate.set_high(high);
  return estimate;
}

training::v1::TrainingReport Report() {
  training::v1::TrainingReport report;
  report.set_model_version("m@2");
  report.set_parent_version("m@1");
  common::v1::Figure audit;
  audit.set_sample(common::v1::SAMPLE_KIND_AUDIT);
  audit.set_num_items(45);
  *audit.mutable_f1() = MakeEstimate(0.831, 0.75, 0.9);
  audit.set_num_leaked(3);
  *report.add_after() = audit;
  audit.mutable_f1()->set_value(0.801);
  audit.set_num_leaked(0);
  *report.add_before() = audit;
  common::v1::Figure asked;
  asked.set_sample(common::v1::SAMPLE_KIND_QUESTIONS_ASKED);
  asked.mutable_agreement()->set_value(0.91);
  asked.add_caveats("picked by the model");
  *report.add_after() = asked;
  report.mutable_gate()->set_verdict(training::v1::GATE_VERDICT_UNDECIDED);
  report.mutable_gate()->set_reason("only 45 spans, 30 more would decide");
  report.mutable_gate()->mutable_measurement()->set_num_more_spans(30);
  return report;
}

TEST(ReportText, ShowsBeforeAndAfterPerSampleInTheOrderGiven) {
  const std::string text = ReportText(Report());
  const size_t before = text.find("before");
  const size_t after = text.find("after");
  const size_t asked = text.find("questions asked (BIASED: agreement, not accuracy)");
  EXPECT_LT(before, after);
  EXPECT_LT(after, asked);
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("83.1 [75.0, 90.0]"), HasSubstr("80.1 [75.0, 90.0]"), HasSubstr("91.0"),
            HasSubstr("audit (unbiased, of askable spans), after: 3 texts left out"),
            HasSubstr("* picked by the model"), HasSubstr("gate: undecided\n      only 45 spans"),
            HasSubstr("45 spans, 30 more would decide\n      `winnow models judge "),
            HasSubstr("m@2 does not serve")));
}

TEST(ReportText, ShowsTheCalibration) {
  training::v1::TrainingReport report = Report();
  EXPECT_THAT(ReportText(report), Not(HasSubstr("calibration")));
  training::v1::CalibrationReport& calibration = *report.mutable_calibration();
  calibration.set_sample(common::v1::SAMPLE_KIND_HOLDOUT);
  calibration.set_num_spans(60);
  calibration.set_ece(0.021);
  calibration.set_perfect_ece(0.034);
  calibration.set_brier(0.0812);
  for (const double p : {0.1, 0.8}) {
    training::v1::ReliabilityBin& bin = *calibration.add_bins();
    bin.set_num_spans(30);
    bin.set_probability(p);
    bin.set_frequency(p + 0.02);
  }
  EXPECT_THAT(ReportText(report), HasSubstr("calibration on hold-out, 60 spans: ECE 2.1 % (of a "
                                            "perfect score below 3.4 % nine times in "
                                            "ten), Brier score 0.081\n"
                                            "stated %  right %  spans\n"
                                            "    10.0     12.0     30\n"
                                            "    80.0     82.0     30\n"));
}

TEST(ReportText, ExplainsTheSettingsThatFollowAParent) {
  training::v1::TrainingReport report = Report();
  training::v1::SettingsReport& settings = *report.mutable_settings();
  settings.set_reason("the defaults: too few spans");
  EXPECT_THAT(ReportText(report), HasSubstr("settings: the defaults: too few spans\n"));
  settings.set_reason("better than the defaults");
  settings.set_num_texts(170);
  settings.set_num_spans(200);
  for (const double share : {0.5, 1.0}) {
    training::v1::SettingsTrial& trial = *settings.add_trials();
    trial.set_parent_share(share);
    trial.set_prior(0.03);
    trial.set_f1(0.6 + share / 10);
    trial.set_delta_f1((share - 0.5) / 10);
    trial.set_standard_error((share - 0.5) / 50);
    trial.set_chosen(share == 1);
  }
  EXPECT_THAT(
      ReportText(report),
      HasSubstr("settings: better than the defaults\n"
                "share of the parent  prior  F1 % before calibration  difference   chosen\n"
                "                0.5   0.03                     65.0  +0.0 +- 0.0\n"
                "                  1   0.03                     70.0  +5.0 +- 1.0  yes\n"
                "  chosen on 170 hold-out texts with 200 spans, which are in no figure below\n"));
  report.clear_parent_version();
  EXPECT_THAT(ReportText(report), Not(HasSubstr("settings:")));
}

TEST(ReportText, SaysWhatServes) {
  training::v1::TrainingReport report = Report();
  report.mutable_gate()->set_verdict(training::v1::GATE_VERDICT_PROMOTE);
  report.mutable_gate()->set_promoted(true);
  EXPECT_THAT(ReportText(report), AllOf(HasSubstr("gate: promote"), HasSubstr("m@2 serves now\n")));
  report.mutable_gate()->set_verdict(training::v1::GATE_VERDICT_UNDECIDED);
  EXPECT_THAT(ReportText(report),
              AllOf(HasSubstr("gate: undecided"), HasSubstr("m@2 serves now, as the first of")));
}

TEST(ReportText, TellsHowOftenPeopleErrAndFromWhatThatIsKnown) {
  training::v1::TrainingReport report = Report();
  EXPECT_THAT(ReportText(report), Not(HasSubstr("people:")));
  training::v1::PersonErrors& ann = *report.add_people();
  ann.set_person("ann");
  ann.set_reject_error(0.041);
  ann.set_accept_error(0.062);
  ann.set_num_right_checks(12);
  ann.set_num_wrong_checks(5);
  ann.set_num_shared_questions(300);
  EXPECT_THAT(ReportText(report), testing::ContainsRegex("ann +4.1 +6.2 +17 +300"));
}

}  // namespace
}  // namespace winnow::cli

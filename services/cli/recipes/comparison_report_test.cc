#include "services/cli/recipes/comparison_report.h"

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

TEST(ComparisonText, ShowsVerdictEvidenceAndAgreement) {
  evaluation::v1::Comparison comparison;
  comparison.set_version_a("old@1");
  comparison.set_version_b("new@1");
  comparison.set_num_texts(200);
  comparison.set_num_differing(50);
  comparison.mutable_result()->set_num_prefer_b(20);
  comparison.mutable_result()->set_num_ties(4);
  comparison.mutable_result()->set_e_value(25.5);
  *comparison.mutable_result()->mutable_preference_b() = MakeEstimate(0.9, 0.7, 0.97);
  comparison.mutable_result()->set_verdict(evaluation::v1::COMPARISON_VERDICT_B);
  EXPECT_THAT(
      ComparisonText(comparison),
      AllOf(HasSubstr("same output on 150 of 200 texts (75.0 %)"), HasSubstr("e-value 25.5"),
            HasSubstr("90.0 [70.0, 97.0]"), HasSubstr("verdict: B is better"), HasSubstr("ties 4"),
            Not(HasSubstr("accuracy"))));
}

TEST(ComparisonText, WhatDecidesIsToldByTheService) {
  evaluation::v1::Comparison comparison;
  comparison.mutable_result()->set_e_value(3);
  comparison.mutable_result()->set_e_value_to_decide(40);
  EXPECT_THAT(ComparisonText(comparison), HasSubstr("e-value 3 (40 decides)"));
}

}  // namespace
}  // namespace winnow::cli

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class AgreementTest : public RecipeTest {
 protected:
  evaluation::v1::MeasureAgreementResponse& reply() { return world_.evaluation.agreement; }

  static void Set(double value, evaluation::v1::AgreementFigure& figure) {
    figure.set_value(value);
    figure.set_low(value - 0.1);
    figure.set_high(value + 0.1);
  }
};

TEST_F(AgreementTest, AsksForTheDataSetsAndLabelsNamed) {
  EXPECT_EQ(world_.Run({"agreement", "d1", "d2", "-l", "job,place", "--confidence", "0.9", "--seed",
                        "7", "--no-prior", "--json"}),
            0);
  const auto& request = world_.evaluation.agreement_request;
  EXPECT_THAT(request.datasets(), ElementsAre("d1", "d2"));
  EXPECT_THAT(request.labels(), ElementsAre("job", "place"));
  EXPECT_EQ(request.confidence(), 0.9);
  EXPECT_EQ(request.seed(), 7u);
  EXPECT_TRUE(request.without_prior());
  EXPECT_TRUE(Json().contains("num_pairs"));
}

TEST_F(AgreementTest, ShowsPairsRatesAndConfusions) {
  evaluation::v1::LabelAgreement& job = *reply().add_labels();
  job.set_label("job");
  job.mutable_questions()->set_num_questions(12);
  Set(0.75, *job.mutable_questions()->mutable_observed());
  Set(0.5, *job.mutable_questions()->mutable_alpha());
  reply().set_num_pairs(3);
  evaluation::v1::PairAgreement& pair = *reply().add_pairs();
  pair.set_first("ann");
  pair.set_second("bob");
  pair.mutable_spans()->set_num_texts(4);
  Set(0.625, *pair.mutable_spans()->mutable_exact_f1());
  reply().mutable_rates()->set_num_questions(9);
  evaluation::v1::PersonRates& ann = *reply().mutable_rates()->add_people();
  ann.set_person("ann");
  ann.set_accepts_right(0.875);
  evaluation::v1::LabelConfusion& same = *reply().add_label_confusions();
  same.set_first("skill");
  same.set_second("skill");
  reply().add_label_confusions()->set_first("tool");
  evaluation::v1::BoundaryConfusion& boundary = *reply().add_boundary_confusions();
  boundary.set_longer("Senior Nurse");
  boundary.set_shorter("Nurse");
  reply().add_weeks()->mutable_start_time()->set_seconds(1'699'833'600);
  reply().add_caveats("a caveat");
  EXPECT_EQ(world_.Run({"agreement", "d"}), 0);
  EXPECT_THAT(world_.out.str(),
              AllOf(HasSubstr("75.0 [65.0, 85.0]"), HasSubstr("0.50 [0.40, 0.60]"),
                    HasSubstr("ann     bob"), HasSubstr("62.5 [52.5, 72.5]"),
                    HasSubstr("and 2 more that share less"), HasSubstr("from 9 questions"),
                    HasSubstr("87.5"), HasSubstr("tool      (nothing)")));
  EXPECT_THAT(world_.out.str(), AllOf(HasSubstr("Senior Nurse"), HasSubstr("2023-11-13"),
                                      HasSubstr("  * a caveat"), Not(HasSubstr("skill"))));
}

TEST_F(AgreementTest, TellsWhyThereAreNoRates) {
  reply().set_no_rates_reason("it takes three people");
  EXPECT_EQ(world_.Run({"agreement", "d"}), 0);
  EXPECT_THAT(world_.out.str(), HasSubstr("it takes three people\n"));
}

TEST_F(AgreementTest, OnePersonSharesNothing) {
  world_.evaluation.refusal =
      absl::FailedPreconditionError("nothing is shared: only 'ann' has answered");
  EXPECT_EQ(world_.Run({"agreement", "d"}), 2);
  EXPECT_EQ(world_.err.str(), "winnow: nothing is shared: only 'ann' has answered\n");
}

}  // namespace
}  // namespace winnow::cli

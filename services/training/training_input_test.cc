#include "services/training/training_input.h"

#include <algorithm>

#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using measure::Annotated;
using storage::v1::VERDICT_ACCEPT;
using storage::v1::VERDICT_REJECT;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Of the jobs in 20 texts ann and bob say yes, carl says no.
class WeighedInputTest : public testing::Test {
 protected:
  WeighedInputTest() {
    spec_.set_weigh_people(true);
    ads_ = measure::Ads(20, /*holdout=*/false);
  }

  void Answer(const std::string& person, bool accepts) {
    for (const Annotated& ad : ads_) {
      storage::v1::Answer answer = measure::BinaryAnswer(
          *std::find_if(ad.spans.begin(), ad.spans.end(),
                        [](const storage::v1::Span& span) { return span.label() == "job"; }),
          accepts ? VERDICT_ACCEPT : VERDICT_REJECT);
      answer.set_annotator(person);
      corpus_.Append("d", ad.text, answer);
    }
  }
  TrainingInput Read(storage::v1::TrainingReport& report) {
    return *ReadTrainingInput({&corpus_.reader(), corpus_.corpus().revision(), "", nullptr}, spec_,
                              nullptr, {}, report);
  }

  measure::TestCorpus corpus_;
  storage::v1::TrainingSpec spec_ = MakeSpec();
  std::vector<Annotated> ads_;
};

TEST_F(WeighedInputTest, TheReportTellsWhatWasEstimatedOfWhom) {
  for (const char* person : {"ann", "bob", "carl"}) Answer(person, std::string(person) != "carl");
  storage::v1::TrainingReport report;
  const TrainingInput input = Read(report);
  ASSERT_THAT(report.people(), SizeIs(3));
  EXPECT_EQ(report.people(2).person(), "carl");
  EXPECT_EQ(report.people(2).num_shared_questions(), 20u);
  EXPECT_NEAR(report.people(2).reject_error(), 21 / 39.0, 0.02);
  EXPECT_NEAR(report.people(0).reject_error(), 1 / 39.0, 0.02);
  ASSERT_THAT(input.data.texts, SizeIs(20));
  EXPECT_THAT(input.data.texts[0].labelled.evidence(), SizeIs(1));
  EXPECT_THAT(report.caveats(), Contains(HasSubstr("answers are weighed")));
}

TEST_F(WeighedInputTest, WithoutEvidenceOfPeopleTheMajorityIsFollowedAndTheReportSaysSo) {
  for (const char* person : {"ann", "bob"}) Answer(person, true);
  storage::v1::TrainingReport report;
  const TrainingInput input = Read(report);
  EXPECT_THAT(report.people(), IsEmpty());
  EXPECT_THAT(report.caveats(), Contains(HasSubstr("the majority was followed")));
  ASSERT_THAT(input.data.texts, SizeIs(20));
  EXPECT_THAT(input.data.texts[0].labelled.accepted(), SizeIs(1));
  EXPECT_THAT(input.data.texts[0].labelled.evidence(), IsEmpty());
}

}  // namespace
}  // namespace winnow::training

#include "common/measure/people_errors.h"

#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::measure {
namespace {

using storage::v1::Verdict;
using storage::v1::VERDICT_ACCEPT;
using storage::v1::VERDICT_IGNORE;
using storage::v1::VERDICT_REJECT;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EstimateErrorsTest : public testing::Test {
 protected:
  // Everybody answers something, so that there are answers to weigh.
  void SetUp() override {
    for (const char* person : {"ann", "bob", "carl"})
      Answer(person, absl::StrCat("of ", person), VERDICT_ACCEPT);
  }

  uint64_t Answer(const std::string& person, const std::string& text, Verdict verdict) {
    storage::v1::Answer answer = BinaryAnswer(MakeSpan(0, 1), verdict);
    answer.set_annotator(person);
    return corpus_.Append("d", text, answer);
  }
  // `gold`: empty for an own earlier answer that is asked again.
  uint64_t Check(const std::string& person, Verdict expected, Verdict verdict,
                 const std::string& gold = "gold") {
    storage::v1::Answer answer = BinaryAnswer(MakeSpan(0, 1), verdict);
    answer.set_annotator(person);
    answer.set_surplus(true);
    answer.mutable_check()->set_gold_dataset(gold);
    answer.mutable_check()->set_verdict(expected);
    return corpus_.Append("d", absl::StrCat("check ", num_checks_++), answer);
  }
  std::vector<PersonErrors> Estimate() {
    return *EstimateErrors(corpus_.reader(), {"d"}, corpus::kLatest);
  }

  TestCorpus corpus_;
  int num_checks_ = 0;
};

TEST_F(EstimateErrorsTest, GoldChecksTellBothRates) {
  for (int i = 0; i < 10; ++i)
    Check("ann", VERDICT_ACCEPT, i < 3 ? VERDICT_REJECT : VERDICT_ACCEPT);
  for (int i = 0; i < 6; ++i) Check("ann", VERDICT_REJECT, i < 1 ? VERDICT_ACCEPT : VERDICT_REJECT);
  // None of these tells anything: skipped, asked again, taken back, of somebody without answers.
  Check("ann", VERDICT_ACCEPT, VERDICT_IGNORE);
  Check("bob", VERDICT_ACCEPT, VERDICT_REJECT, "");
  corpus_.Undo("d", Check("ann", VERDICT_ACCEPT, VERDICT_REJECT));
  Check("dan", VERDICT_ACCEPT, VERDICT_REJECT);
  const std::vector<PersonErrors> people = Estimate();
  ASSERT_THAT(people, SizeIs(1));
  EXPECT_EQ(people[0].person, "ann");
  EXPECT_EQ(people[0].num_right_checks, 10u);
  EXPECT_EQ(people[0].num_wrong_checks, 6u);
  EXPECT_EQ(people[0].num_shared_questions, 0u);
  EXPECT_NEAR(people[0].errors.reject_right, (3 + 1) / (10 + 19.0), 1e-12);
  EXPECT_NEAR(people[0].errors.accept_wrong, (1 + 1) / (6 + 19.0), 1e-12);

  const ner::ErrorsOfPeople errors = ErrorsOf(people);
  EXPECT_EQ(errors.by_name.at("ann").reject_right, people[0].errors.reject_right);
  EXPECT_NEAR(errors.others.reject_right, 1 / 19.0, 1e-12);
  EXPECT_NEAR(errors.others.accept_wrong, 1 / 19.0, 1e-12);
}

TEST_F(EstimateErrorsTest, QuestionsOfThreePeopleTellTheirRates) {
  for (int i = 0; i < 60; ++i) {
    const bool right = i % 2 == 0;
    const auto say = [&](const char* person, bool errs) {
      Answer(person, absl::StrCat("question ", i), right != errs ? VERDICT_ACCEPT : VERDICT_REJECT);
    };
    say("ann", false);
    say("bob", false);
    say("carl", i % 4 == 0);  // half of the right ones
  }
  const std::vector<PersonErrors> people = Estimate();
  ASSERT_THAT(people, SizeIs(3));
  for (const PersonErrors& person : people) {
    EXPECT_EQ(person.num_shared_questions, 60u);
    EXPECT_EQ(person.num_right_checks + person.num_wrong_checks, 0u);
    const bool is_carl = person.person == "carl";
    EXPECT_NEAR(person.errors.reject_right, is_carl ? (15 + 1) / (30 + 19.0) : 1 / 49.0, 0.01);
    EXPECT_NEAR(person.errors.accept_wrong, 1 / 49.0, 0.01);
  }
}

TEST_F(EstimateErrorsTest, TwoPeopleWithoutGoldTellNothing) {
  for (const char* person : {"ann", "bob"}) Answer(person, "shared", VERDICT_ACCEPT);
  EXPECT_THAT(Estimate(), IsEmpty());
  EXPECT_TRUE(
      absl::IsNotFound(EstimateErrors(corpus_.reader(), {"none"}, corpus::kLatest).status()));
}

}  // namespace
}  // namespace winnow::measure

#include "common/measure/agreement.h"

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/base/status.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kWeek = int64_t{7} * 24 * 3600 * 1'000'000;
// A Wednesday: 2023-11-15.
constexpr int64_t kWednesday = int64_t{19'676} * 24 * 3600 * 1'000'000;

// A question about a text of its own. '+' accepts, '-' rejects, ' ' has not answered; person by
// person.
SharedQuestion Question(size_t text, const std::string& answers, const std::string& label = "job",
                        int64_t micros = 0) {
  SharedQuestion question{text, MakeSpan(0, 1, label), {}};
  for (size_t person = 0; person < answers.size(); ++person) {
    if (answers[person] != ' ')
      question.answers.push_back({person, answers[person] == '+', micros});
  }
  return question;
}

TEST(MeasureAgreement, OfQuestionsByPairAndLabel) {
  SharedAnswers shared;
  shared.people = {"ann", "bob", "cid"};
  for (const char* answers : {"++ ", "++ ", "-- ", "+- ", "+++"})
    shared.questions.push_back(Question(shared.questions.size(), answers));
  shared.questions.push_back(Question(9, "-+ ", "place"));
  const AgreementReport report = *MeasureAgreement(shared, {});

  ASSERT_THAT(report.labels, SizeIs(2));
  EXPECT_EQ(report.labels[0].label, "job");
  EXPECT_EQ(report.labels[0].questions->num_questions, 5u);
  // Of seven pairs of answers one differs, and one more of the place.
  EXPECT_DOUBLE_EQ(report.labels[0].questions->observed.value, 6.0 / 7);
  EXPECT_DOUBLE_EQ(report.all.questions->observed.value, 6.0 / 8);
  EXPECT_EQ(report.labels[1].questions->observed.value, 0);
  EXPECT_EQ(report.all.questions->fleiss_answers, 2u);
  EXPECT_EQ(report.all.questions->fleiss_questions, 5u);
  EXPECT_FALSE(report.all.spans.has_value());

  EXPECT_EQ(report.num_pairs, 3u);
  ASSERT_THAT(report.pairs, SizeIs(3));
  EXPECT_EQ(report.pairs[0].first, 0u);
  EXPECT_EQ(report.pairs[0].second, 1u);
  EXPECT_EQ(report.pairs[0].questions->items, 6);
  EXPECT_DOUBLE_EQ(report.pairs[0].questions->observed.value, 4.0 / 6);
  EXPECT_EQ(report.pairs[1].questions->items, 1);
  EXPECT_THAT(MeasureAgreement(shared, {.max_pairs = 1})->pairs, SizeIs(1));
}

TEST(MeasureAgreement, OfAnnotations) {
  const auto annotate = [](size_t person, absl::string_view marked, int64_t micros) {
    PersonAnnotation annotation;
    annotation.person = person;
    annotation.labels["job"] = {Mark(marked).spans, micros};
    return annotation;
  };
  SharedAnswers shared;
  shared.people = {"ann", "bob"};
  shared.texts = {{"Senior Nurse",
                   {annotate(0, "[Senior Nurse]", kWednesday), annotate(1, "Senior [Nurse]", 1)}},
                  {"Cook", {annotate(0, "[Cook]", 1), annotate(1, "[Cook]", kWednesday + kWeek)}},
                  {"Baker", {annotate(0, "[Baker]", 0), annotate(1, "[Baker]", kWednesday)}}};
  const AgreementReport report = *MeasureAgreement(shared, {});
  EXPECT_DOUBLE_EQ(report.all.spans->exact_f1.value, 2.0 / 3);
  EXPECT_DOUBLE_EQ(report.all.spans->overlap_f1.value, 1);
  EXPECT_FALSE(report.all.questions.has_value());
  ASSERT_THAT(report.pairs, SizeIs(1));
  EXPECT_DOUBLE_EQ(report.pairs[0].spans->exact_f1.value, 2.0 / 3);
  ASSERT_THAT(report.boundary_confusions, SizeIs(1));
  EXPECT_EQ(report.boundary_confusions[0].longer, "Senior Nurse");
  ASSERT_THAT(report.weeks, SizeIs(2)) << "the time of one is not known";
  EXPECT_EQ(report.weeks[0].first_day, 19'674) << "a Monday";
  EXPECT_EQ(report.weeks[1].first_day, 19'674 + 7);
  EXPECT_EQ(report.weeks[0].spans->exact_f1.value, 0);
  EXPECT_EQ(report.weeks[1].spans->exact_f1.value, 1);
}

TEST(MeasureAgreement, WeekByWeek) {
  SharedAnswers shared;
  shared.people = {"ann", "bob"};
  for (size_t i = 0; i < 40; ++i) {
    const bool later = i >= 20;
    shared.questions.push_back(
        Question(i, later && i % 2 == 0 ? "+-" : "++", "job", kWednesday + (later ? kWeek : 0)));
  }
  const AgreementReport report = *MeasureAgreement(shared, {});
  ASSERT_THAT(report.weeks, SizeIs(2));
  EXPECT_EQ(report.weeks[0].num_answer_pairs, 20u);
  EXPECT_EQ(report.weeks[0].observed.value, 1);
  EXPECT_EQ(report.weeks[1].observed.value, 0.5);
  EXPECT_LT(report.weeks[1].observed.interval.upper, report.weeks[0].observed.interval.lower);
}

TEST(MeasureAgreement, RatesWantThreePeopleOnAQuestion) {
  SharedAnswers shared;
  shared.people = {"ann", "bob", "cid", "dan"};
  for (const char* answers : {"++  ", "+ - ", " ++ "})
    shared.questions.push_back(Question(shared.questions.size(), answers));
  EXPECT_FALSE(MeasureAgreement(shared, {})->rates.has_value()) << "three people, two a question";

  // Ann and bob are nearly always right, cid says yes to everything, dan was asked by pairs only.
  Random random(1);
  for (int i = 0; i < 400; ++i) {
    const bool right = random.Uniform() < 0.5;
    const auto judge = [&] { return (random.Uniform() < 0.95) == right ? '+' : '-'; };
    shared.questions.push_back(
        Question(shared.questions.size(), std::string{judge(), judge(), '+', ' '}));
  }
  shared.questions.push_back(Question(1000, "+  -"));
  const RatesOfPeople rates = *MeasureAgreement(shared, {})->rates;
  EXPECT_EQ(rates.num_questions, 400u);
  EXPECT_TRUE(rates.converged);
  EXPECT_NEAR(rates.share_right, 0.5, 0.07);
  ASSERT_THAT(rates.people, SizeIs(3));
  EXPECT_EQ(rates.people[2].person, 2u);
  EXPECT_EQ(rates.people[2].num_questions, 400u);
  EXPECT_GT(rates.people[0].accepts_right, 0.9);
  EXPECT_LT(rates.people[2].rejects_wrong, 0.15);
  EXPECT_GT(rates.people[0].competence, 0.75);
  EXPECT_LT(rates.people[2].competence, 0.3);
  const RatesOfPeople unguided = *MeasureAgreement(shared, {.use_prior = false})->rates;
  EXPECT_LT(unguided.people[2].rejects_wrong, rates.people[2].rejects_wrong)
      << "the prior takes cid to be careful";
}

TEST(MeasureAgreement, RatesCanBeToldFromAnnotations) {
  // Three careful people mark the nurse, a fourth one marks another word.
  const auto annotate = [](size_t person, absl::string_view marked) {
    PersonAnnotation annotation;
    annotation.person = person;
    annotation.labels["job"].spans = Mark(marked).spans;
    return annotation;
  };
  SharedAnswers shared;
  shared.people = {"ann", "bob", "cid", "dan"};
  for (int i = 0; i < 30; ++i) {
    shared.texts.push_back({"Nurse wanted",
                            {annotate(0, "[Nurse] wanted"), annotate(1, "[Nurse] wanted"),
                             annotate(2, "[Nurse] wanted"), annotate(3, "Nurse [wanted]")}});
  }
  const RatesOfPeople rates = *MeasureAgreement(shared, {})->rates;
  EXPECT_EQ(rates.num_questions, 60u);
  EXPECT_NEAR(rates.share_right, 0.5, 1e-3);
  EXPECT_GT(rates.people[0].accepts_right, 0.95);
  EXPECT_LT(rates.people[3].accepts_right, 0.5);
  shared.texts.resize(1);
  shared.texts[0].annotations.resize(2);
  EXPECT_FALSE(MeasureAgreement(shared, {})->rates.has_value());
}

TEST(MeasureAgreement, NothingSharedIsNothingToTell) {
  const AgreementReport report = *MeasureAgreement({}, {});
  EXPECT_FALSE(report.all.questions.has_value() || report.all.spans.has_value());
  EXPECT_THAT(report.pairs, IsEmpty());
  EXPECT_FALSE(MeasureAgreement({}, {.bootstrap = {.confidence = 2}}).ok());
}

}  // namespace
}  // namespace winnow::measure

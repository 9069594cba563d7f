#include "common/teach/reviews.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using corpus::DatasetAnswer;
using measure::BinaryAnswer;
using measure::CompleteAnswer;
using measure::MakeSpan;
using storage::v1::Answer;
using storage::v1::Review;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kAccept = storage::v1::VERDICT_ACCEPT;
constexpr auto kReject = storage::v1::VERDICT_REJECT;
constexpr auto kIgnore = storage::v1::VERDICT_IGNORE;

class ReviewsTest : public ::testing::Test {
 protected:
  void Say(const std::string& person, Answer answer, const std::string& dataset = "d") {
    answer.set_annotator(person);
    answer.set_revision(answers_.size() + 1);
    answers_.push_back({dataset, std::move(answer)});
  }
  static Answer Judge(const storage::v1::Span& span, storage::v1::Verdict verdict) {
    return BinaryAnswer(span, verdict);
  }
  static Answer Bad(const std::vector<std::string>& labels) {
    Answer answer = CompleteAnswer({}, labels);
    answer.set_verdict(kReject);
    return answer;
  }
  std::vector<Review> Find() const { return FindReviews(answers_, {"job", "place"}); }
  Review FindOne() const {
    const std::vector<Review> reviews = Find();
    EXPECT_THAT(reviews, SizeIs(1));
    return reviews.empty() ? Review() : reviews[0];
  }
  // "2 accept 0-5 job (ann 1, bob 2)"
  static std::vector<std::string> Show(const Review& review) {
    std::vector<std::string> shown;
    for (const Review::Version& version : review.versions()) {
      std::string text =
          absl::StrCat(version.num_people(), version.verdict() == kAccept ? " accept" : " reject");
      for (const auto& span : version.spans()) absl::StrAppend(&text, " ", measure::Show(span));
      std::vector<std::string> said;
      for (const Review::Said& by : version.said())
        said.push_back(absl::StrCat(by.annotator(), " ", by.revision()));
      shown.push_back(absl::StrCat(text, " (", absl::StrJoin(said, ", "), ")"));
    }
    return shown;
  }

  std::vector<DatasetAnswer> answers_;
};

TEST_F(ReviewsTest, TheMostFrequentVersionComesFirstAndNamesWhoSaidIt) {
  Say("ann", CompleteAnswer({MakeSpan(0, 5)}, {"job"}));
  Say("bob", CompleteAnswer({MakeSpan(0, 9)}, {"job"}));
  Say("cora", CompleteAnswer({MakeSpan(0, 9)}, {"job"}), "e");
  const Review review = FindOne();
  EXPECT_EQ(review.coverage(), storage::v1::COVERAGE_COMPLETE);
  EXPECT_THAT(review.labels(), ElementsAre("job"));
  EXPECT_THAT(Show(review),
              ElementsAre("2 accept 0-9 job (bob 2, cora 3)", "1 accept 0-5 job (ann 1)"));
  EXPECT_EQ(review.versions(0).said(1).dataset(), "e");
  EXPECT_EQ(NumPeople(review), 3u);
  EXPECT_FALSE(IsUnanimous(review));
}

TEST_F(ReviewsTest, OfATieThatComesFirstWhichWasGivenFirst) {
  Say("zoe", CompleteAnswer({MakeSpan(2, 5)}, {"job"}));
  Say("ann", CompleteAnswer({MakeSpan(0, 9)}, {"job"}));
  EXPECT_THAT(Show(FindOne()), ElementsAre("1 accept 2-5 job (zoe 1)", "1 accept 0-9 job (ann 2)"));
}

TEST_F(ReviewsTest, EachPersonsLatestAnswerCounts) {
  Say("ann", CompleteAnswer({MakeSpan(0, 5)}, {"job"}));
  Say("bob", CompleteAnswer({MakeSpan(0, 9)}, {"job"}));
  Say("ann", CompleteAnswer({MakeSpan(0, 9)}, {"job"}), "e");
  Answer ignored = CompleteAnswer({}, {"job"});
  ignored.set_verdict(kIgnore);
  Say("bob", ignored);
  EXPECT_THAT(Show(FindOne()), ElementsAre("2 accept 0-9 job (bob 2, ann 3)"));
  EXPECT_TRUE(IsUnanimous(FindOne()));
}

TEST_F(ReviewsTest, ABadTextIsAVersionToo) {
  Say("ann", CompleteAnswer({}, {"job"}));
  Say("bob", CompleteAnswer({MakeSpan(0, 3)}, {"job"}));
  Say("bob", Bad({"job"}));
  EXPECT_THAT(Show(FindOne()), ElementsAre("1 accept (ann 1)", "1 reject (bob 3)"));
  Say("ann", Bad({"job"}));
  EXPECT_THAT(Show(FindOne()), ElementsAre("2 reject (bob 3, ann 4)"));
  EXPECT_THAT(FindOne().labels(), ElementsAre("job", "place"));
  Say("bob", CompleteAnswer({}, {"job"}));
  EXPECT_THAT(Show(FindOne()), ElementsAre("1 reject (ann 4)", "1 accept (bob 5)"));
}

TEST_F(ReviewsTest, OfATextTheLabelsThatEverybodyAnnotated) {
  Say("ann", CompleteAnswer({MakeSpan(0, 5), MakeSpan(6, 9, "place")}, {"job", "place"}));
  Say("bob", CompleteAnswer({MakeSpan(0, 5)}, {"job"}));
  EXPECT_THAT(FindOne().labels(), ElementsAre("job"));
  EXPECT_THAT(Show(FindOne()), ElementsAre("2 accept 0-5 job (ann 1, bob 2)"));
  // In two answers.
  Say("bob", CompleteAnswer({MakeSpan(6, 8, "place")}, {"place"}));
  EXPECT_THAT(FindOne().labels(), ElementsAre("job", "place"));
  EXPECT_THAT(Show(FindOne()), ElementsAre("1 accept 0-5 job 6-9 place (ann 1)",
                                           "1 accept 0-5 job 6-8 place (bob 2, bob 3)"));
  // Nothing is common to all.
  Say("cora", CompleteAnswer({}, {"place"}));
  Say("dora", CompleteAnswer({}, {"job"}));
  EXPECT_THAT(Find(), IsEmpty());
}

TEST_F(ReviewsTest, QuestionsAreReviewedSpanBySpan) {
  Say("ann", Judge(MakeSpan(6, 9), kReject));
  Say("bob", Judge(MakeSpan(6, 9), kAccept));
  Say("ann", Judge(MakeSpan(0, 5), kAccept));
  Say("cora", Judge(MakeSpan(6, 9), kReject));
  Say("cora", Judge(MakeSpan(0, 5, "company"), kReject));
  Say("bob", Judge(MakeSpan(0, 5), kIgnore));
  // A mended reject says two things.
  Answer mended = Judge(MakeSpan(0, 9), kReject);
  *mended.add_decisions()->mutable_span() = MakeSpan(0, 5);
  mended.mutable_decisions(1)->set_verdict(kAccept);
  Say("dora", mended);
  const std::vector<Review> reviews = Find();
  ASSERT_THAT(reviews, SizeIs(3));
  EXPECT_EQ(measure::Show(reviews[0].span()), "0-5 job");
  EXPECT_THAT(Show(reviews[0]), ElementsAre("2 accept (ann 3, dora 7)"));
  EXPECT_THAT(Show(reviews[1]), ElementsAre("1 reject (dora 7)"));
  EXPECT_EQ(reviews[2].coverage(), storage::v1::COVERAGE_BINARY);
  EXPECT_THAT(Show(reviews[2]), ElementsAre("2 reject (ann 1, cora 4)", "1 accept (bob 2)"));
}

TEST_F(ReviewsTest, AnswersWithoutANameAreOfSomebodyElseEach) {
  Say("", CompleteAnswer({MakeSpan(0, 5)}, {"job"}));
  Say("", CompleteAnswer({MakeSpan(0, 5)}, {"job"}));
  EXPECT_THAT(Show(FindOne()), ElementsAre("2 accept 0-5 job ( 1,  2)"));
}

TEST_F(ReviewsTest, TheTaskIsToldByWhatIsDecidedAlone) {
  Say("ann", CompleteAnswer({MakeSpan(0, 5)}, {"job"}));
  Say("bob", Judge(MakeSpan(0, 5), kAccept));
  const std::string id(16, 'e');
  const std::vector<Review> before = Find();
  Say("bob", CompleteAnswer({}, {"job"}));
  Say("cora", Judge(MakeSpan(0, 5), kReject));
  const std::vector<Review> after = Find();
  for (size_t i = 0; i < 2; ++i)
    EXPECT_EQ(ReviewTaskIdOf(id, before[i]), ReviewTaskIdOf(id, after[i]));
  EXPECT_NE(ReviewTaskIdOf(id, before[0]), ReviewTaskIdOf(id, before[1]));
  EXPECT_NE(ReviewTaskIdOf(id, before[1]), corpus::MarkupTaskIdOf(id, {"job"}));
  Say("ann", CompleteAnswer({}, {"place"}));
  Say("bob", CompleteAnswer({}, {"place"}));
  EXPECT_NE(ReviewTaskIdOf(id, Find()[1]), ReviewTaskIdOf(id, before[1])) << "other labels";
}

}  // namespace
}  // namespace winnow::teach

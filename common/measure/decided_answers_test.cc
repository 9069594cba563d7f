#include "common/measure/decided_answers.h"

#include "common/measure/labelled_texts.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::measure {
namespace {

using storage::v1::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kText[] = "Senior Nurse in Paris";

class DecidedAnswersTest : public ::testing::Test {
 protected:
  uint64_t Say(const std::string& dataset, const std::string& person, Answer answer) {
    answer.set_annotator(person);
    return corpus_.Append(dataset, kText, std::move(answer));
  }
  void Decide(Answer answer, const std::vector<uint64_t>& decides) {
    answer.set_kind(storage::v1::TASK_KIND_REVIEW);
    answer.mutable_decides()->Assign(decides.begin(), decides.end());
    Say("gold", "max", std::move(answer));
  }
  storage::v1::LabelledText Read(const std::vector<std::string>& datasets) const {
    const auto texts = ReadLabelledTexts(corpus_.reader(), datasets, corpus::kLatest);
    EXPECT_TRUE(texts.ok()) << texts.status();
    EXPECT_EQ(texts->texts.size(), 1u);
    num_disagreements_ = texts->num_disagreements;
    return texts->texts.at(0).labelled;
  }

  TestCorpus corpus_;
  mutable uint64_t num_disagreements_ = 0;
};

TEST_F(DecidedAnswersTest, AReviewerIsNotOneVoteAmongOthers) {
  const uint64_t ann = Say("a", "ann", CompleteAnswer({MakeSpan(0, 12)}, {"job", "place"}));
  const uint64_t bob = Say("a", "bob", CompleteAnswer({MakeSpan(0, 12)}, {"job"}));
  Decide(CompleteAnswer({MakeSpan(7, 12)}, {"job"}), {ann, bob});
  const storage::v1::LabelledText labelled = Read({"a", "gold"});
  EXPECT_THAT(ShowAll(labelled.accepted()), ElementsAre("7-12 job"));
  EXPECT_THAT(labelled.complete_labels(), ElementsAre("job", "place")) << "undecided labels stay";
  EXPECT_EQ(num_disagreements_, 0u);
  EXPECT_THAT(ShowAll(Read({"a"}).accepted()), ElementsAre("0-12 job")) << "without the decision";
}

TEST_F(DecidedAnswersTest, OfAnswersToQuestionsTheSpanIsDecided) {
  Answer two = BinaryAnswer(MakeSpan(0, 12), storage::v1::VERDICT_REJECT);
  *two.add_decisions()->mutable_span() = MakeSpan(16, 21, "place");
  const uint64_t ann = Say("a", "ann", two);
  const uint64_t bob = Say("a", "bob", BinaryAnswer(MakeSpan(0, 12), storage::v1::VERDICT_REJECT));
  Decide(BinaryAnswer(MakeSpan(0, 12), storage::v1::VERDICT_ACCEPT), {ann, bob});
  const storage::v1::LabelledText labelled = Read({"a", "gold"});
  EXPECT_THAT(ShowAll(labelled.accepted()), ElementsAre("0-12 job"));
  EXPECT_THAT(ShowAll(labelled.rejected()), ElementsAre("16-21 place"));
}

TEST_F(DecidedAnswersTest, OfABadTextNothingIsKnown) {
  const uint64_t ann = Say("a", "ann", CompleteAnswer({MakeSpan(0, 12)}, {"job"}));
  const uint64_t bob = Say("a", "bob", CompleteAnswer({}, {"job"}));
  Answer bad = CompleteAnswer({}, {"job"});
  bad.set_verdict(storage::v1::VERDICT_REJECT);
  Decide(bad, {ann, bob});
  const storage::v1::LabelledText labelled = Read({"a", "gold"});
  EXPECT_THAT(labelled.accepted(), IsEmpty());
  EXPECT_THAT(labelled.complete_labels(), IsEmpty());
}

}  // namespace
}  // namespace winnow::measure

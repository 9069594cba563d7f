#include "common/measure/shared_answers.h"

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kLatest = corpus::kLatest;
constexpr char kText[] = "Nurse in Paris";

storage::v1::Answer By(const std::string& person, storage::v1::Answer answer) {
  answer.set_annotator(person);
  return answer;
}

storage::v1::Answer Yes(const std::string& person, const storage::v1::Span& span) {
  return By(person, BinaryAnswer(span, storage::v1::VERDICT_ACCEPT));
}

storage::v1::Answer No(const std::string& person, const storage::v1::Span& span) {
  return By(person, BinaryAnswer(span, storage::v1::VERDICT_REJECT));
}

SharedAnswers Read(const TestCorpus& corpus, const std::vector<std::string>& datasets = {"d"},
                   const std::vector<std::string>& labels = {}) {
  return *ReadSharedAnswers(corpus.reader(), datasets, labels, kLatest);
}

// "ann+ bob-"
std::vector<std::string> Show(const SharedAnswers& shared, const SharedQuestion& question) {
  std::vector<std::string> shown;
  for (const PersonAnswer& answer : question.answers)
    shown.push_back(shared.people[answer.person] + (answer.accepted ? "+" : "-"));
  return shown;
}

TEST(ReadSharedAnswers, AQuestionIsASpanWhoeverAskedIt) {
  TestCorpus corpus;
  corpus.Append("d", kText, Yes("bob", MakeSpan(0, 5)));
  // One row with two spans, as imports have them, in another data set.
  storage::v1::Answer both = No("ann", MakeSpan(0, 5));
  *both.add_decisions()->mutable_span() = MakeSpan(9, 14, "place");
  both.mutable_decisions(1)->set_verdict(storage::v1::VERDICT_ACCEPT);
  corpus.Append("e", kText, both);
  corpus.Append("d", kText, Yes("cid", MakeSpan(0, 4)));
  const SharedAnswers shared = Read(corpus, {"d", "e"});
  EXPECT_THAT(shared.people, ElementsAre("ann", "bob", "cid"));
  ASSERT_THAT(shared.questions, SizeIs(1));
  EXPECT_THAT(Show(shared, shared.questions[0]), ElementsAre("ann-", "bob+"));
  EXPECT_THAT(Read(corpus, {"d"}).questions, IsEmpty());
  EXPECT_THAT(Read(corpus, {"d", "e"}, {"place"}).questions, IsEmpty());
}

TEST(ReadSharedAnswers, APersonCountsOnceAsTheyAnsweredLast) {
  TestCorpus corpus;
  corpus.Append("d", kText, Yes("ann", MakeSpan(0, 5)));
  corpus.Append("d", kText, No("ann", MakeSpan(0, 5)));
  EXPECT_THAT(Read(corpus).questions, IsEmpty()) << "nobody else has answered";
  corpus.Append("d", kText, Yes("bob", MakeSpan(0, 5)));
  corpus.Append("d", kText, By("bob", BinaryAnswer(MakeSpan(0, 5), storage::v1::VERDICT_IGNORE)));
  corpus.Undo("d", corpus.Append("d", kText, No("bob", MakeSpan(0, 5))));
  const SharedAnswers shared = Read(corpus);
  ASSERT_THAT(shared.questions, SizeIs(1));
  EXPECT_THAT(Show(shared, shared.questions[0]), ElementsAre("ann-", "bob+"));
}

TEST(ReadSharedAnswers, AnswersWithoutANameAreCountedAndLeftOut) {
  TestCorpus corpus;
  corpus.Append("d", kText, Yes("ann", MakeSpan(0, 5)));
  corpus.Append("d", kText, Yes("", MakeSpan(0, 5)));
  const SharedAnswers shared = Read(corpus);
  EXPECT_THAT(shared.questions, IsEmpty());
  EXPECT_THAT(shared.people, ElementsAre("ann"));
  EXPECT_EQ(shared.num_unnamed, 1u);
}

TEST(ReadSharedAnswers, AnnotationsAreMergedByLabel) {
  TestCorpus corpus;
  const auto annotate = [&](const std::string& person, absl::string_view marked,
                            const std::vector<std::string>& labels) {
    const Annotated ad = Mark(marked);
    const storage::v1::LabelledText text = CompleteText(ad, labels);
    corpus.Append(
        "d", ad.text,
        By(person, CompleteAnswer({text.accepted().begin(), text.accepted().end()}, labels)));
  };
  annotate("ann", "[Nurse] in <Paris>", {"job"});
  annotate("ann", "Nurse in <Paris>", {"place"});
  annotate("ann", "[Nurse in] Paris", {"job"});
  annotate("bob", "[Nurse] in Paris", {"job"});
  annotate("cid", "[Nurse] in Rome", {"job"});
  annotate("bob", "Nurse in <Rome>", {"place"});
  storage::v1::Answer rejected = By("bob", CompleteAnswer({}, {"job"}));
  rejected.set_verdict(storage::v1::VERDICT_REJECT);
  corpus.Append("d", kText, rejected);

  const SharedAnswers shared = Read(corpus);
  ASSERT_THAT(shared.texts, SizeIs(1)) << "the other text shares no label";
  EXPECT_EQ(shared.texts[0].text, kText);
  ASSERT_THAT(shared.texts[0].annotations, SizeIs(2));
  const PersonAnnotation& ann = shared.texts[0].annotations[0];
  EXPECT_EQ(shared.people[ann.person], "ann");
  EXPECT_THAT(ShowAll(ann.labels.at("job").spans), ElementsAre("0-8 job"));
  EXPECT_THAT(ShowAll(ann.labels.at("place").spans), ElementsAre("9-14 place"));
  EXPECT_THAT(ShowAll(shared.texts[0].annotations[1].labels.at("job").spans),
              ElementsAre("0-5 job"));
}

TEST(ReadSharedAnswers, EveryUnknownDataSetIsNamed) {
  TestCorpus corpus;
  corpus.Append("d", kText, Yes("ann", MakeSpan(0, 5)));
  const absl::Status status =
      ReadSharedAnswers(corpus.reader(), {"x", "d", "y"}, {}, kLatest).status();
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_DATASET");
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(testing::HasSubstr("\"x\""), testing::HasSubstr("\"y\"")));
}

}  // namespace
}  // namespace winnow::measure

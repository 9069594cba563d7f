#include <algorithm>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::measure {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kLatest = corpus::kLatest;

// Labelled texts.

TEST(ReadLabelledTexts, MergesTheAnswersOfTwoDataSetsTextByText) {
  TestCorpus corpus;
  corpus.Accept("one", "Nurse in Paris", MakeSpan(0, 5));
  corpus.Reject("two", "Cook wanted", MakeSpan(5, 11));
  corpus.Reject("two", "Nurse in Paris", MakeSpan(9, 14));
  const LabelledTexts read = *ReadLabelledTexts(corpus.reader(), {"two", "one"}, kLatest);
  ASSERT_THAT(read.texts, SizeIs(2));
  const LabelledExample& nurse = read.texts[0];
  EXPECT_EQ(nurse.labelled.text(), "Nurse in Paris");
  EXPECT_EQ(nurse.example_id, corpus::ExampleIdOf("Nurse in Paris"));
  EXPECT_EQ(nurse.split_key, text::SplitKey("Nurse in Paris"));
  EXPECT_THAT(ShowAll(nurse.labelled.accepted()), ElementsAre("0-5 job"));
  EXPECT_THAT(ShowAll(nurse.labelled.rejected()), ElementsAre("9-14 job"));
  EXPECT_THAT(nurse.asked, SizeIs(2));
  EXPECT_EQ(read.texts[1].labelled.text(), "Cook wanted");
  EXPECT_EQ(read.num_accepted, 1u);
  EXPECT_EQ(read.num_rejected, 2u);
}

TEST(ReadLabelledTexts, AnAnswerUndoneIsAsIfNeverGiven) {
  TestCorpus corpus;
  const uint64_t undone = corpus.Accept("d", "Nurse in Paris", MakeSpan(9, 14));
  corpus.Accept("d", "Nurse in Paris", MakeSpan(0, 5));
  corpus.Undo("d", corpus.Accept("d", "Cook wanted", MakeSpan(0, 4)));
  corpus.Undo("d", undone);
  const LabelledTexts read = *ReadLabelledTexts(corpus.reader(), {"d"}, kLatest);
  ASSERT_THAT(read.texts, SizeIs(1));
  EXPECT_THAT(ShowAll(read.texts[0].labelled.accepted()), ElementsAre("0-5 job"));
  EXPECT_EQ(read.num_accepted, 1u);
  // Before the first tombstone it stood.
  EXPECT_THAT(ReadLabelledTexts(corpus.reader(), {"d"}, undone)->texts, SizeIs(1));
}

TEST(ReadLabelledTexts, IgnoredAnswersAreCountedAndComparisonsAreNot) {
  TestCorpus corpus;
  corpus.Append("d", "Nurse in Paris", BinaryAnswer(MakeSpan(0, 5), storage::v1::VERDICT_IGNORE));
  storage::v1::Answer comparison;
  comparison.set_kind(storage::v1::TASK_KIND_COMPARE);
  comparison.set_verdict(storage::v1::VERDICT_IGNORE);
  corpus.Append("d", "Cook wanted", comparison);
  const LabelledTexts read = *ReadLabelledTexts(corpus.reader(), {"d"}, kLatest);
  EXPECT_EQ(read.num_ignored, 1u);
  EXPECT_EQ(read.num_accepted + read.num_rejected, 0u);
  ASSERT_THAT(read.texts, SizeIs(1));
  EXPECT_THAT(read.texts[0].labelled.accepted(), IsEmpty());
  EXPECT_THAT(read.texts[0].asked, IsEmpty());
}

TEST(ReadLabelledTexts, AQuestionAnsweredTwiceCountsAsItWasAnsweredLast) {
  TestCorpus corpus;
  corpus.Accept("d", "Nurse in Paris", MakeSpan(0, 5));
  corpus.Reject("d", "Nurse in Paris", MakeSpan(0, 5));
  const LabelledTexts read = *ReadLabelledTexts(corpus.reader(), {"d"}, kLatest);
  ASSERT_THAT(read.texts, SizeIs(1));
  EXPECT_THAT(ShowAll(read.texts[0].labelled.rejected()), ElementsAre("0-5 job"));
  EXPECT_EQ(read.num_contradictions, 1u);
  ASSERT_THAT(read.texts[0].asked, SizeIs(1));
  EXPECT_FALSE(read.texts[0].asked[0].accepted);
}

TEST(ReadLabelledTexts, WhatPeopleDisagreeOnIsUnknownWhoeverCameLast) {
  const auto complete = [](absl::string_view marked, const std::string& person) {
    storage::v1::Answer answer = CompleteAnswer(Mark(marked).spans, {"job"});
    answer.set_annotator(person);
    return answer;
  };
  for (const bool swapped : {false, true}) {
    TestCorpus corpus;
    corpus.Append("d", "Nurse and Cook", complete("[Nurse] and Cook", swapped ? "bob" : "ann"));
    corpus.Append("d", "Nurse and Cook", complete("[Nurse] and [Cook]", swapped ? "ann" : "bob"));
    const LabelledTexts read = *ReadLabelledTexts(corpus.reader(), {"d"}, kLatest);
    EXPECT_EQ(read.num_contradictions, 0u);
    EXPECT_EQ(read.num_disagreements, 1u);
    EXPECT_THAT(ShowAll(read.texts[0].labelled.accepted()), ElementsAre("0-5 job"));
    EXPECT_THAT(ShowAll(read.texts[0].labelled.disputed()), ElementsAre("10-14 job"));
    EXPECT_THAT(CompleteLabels(read.texts[0].labelled, {"job"}), IsEmpty())
        << "no gold text while it is disputed";
    EXPECT_EQ(
        DisagreementCaveat(read),
        absl::StrCat("people disagree on 1 span (the majority is followed; ties, which count as "
                     "unknown: 1): 'Cook' job: accepted by ",
                     swapped ? "ann; not by bob" : "bob; not by ann"));
  }
}

TEST(ReadLabelledTexts, EveryUnknownDataSetIsNamed) {
  TestCorpus corpus;
  corpus.Accept("jobs", "Nurse in Paris", MakeSpan(0, 5));
  const absl::Status status =
      ReadLabelledTexts(corpus.reader(), {"job", "jobs", "nothing"}, kLatest).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_DATASET");
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("\"job\""), HasSubstr("\"nothing\"")));
}

// Gold.

TEST(GoldTexts, AreThoseAnnotatedCompletelyWithTheSpansOfTheirLabels) {
  TestCorpus corpus;
  const Annotated nurse = Mark("[Nurse] in <Paris>");
  corpus.Complete("gold", nurse, {"job", "place"});
  corpus.Complete("gold", Mark("[Cook] in <Rome>"), {"job"});
  corpus.Accept("gold", "Baker in Rome", MakeSpan(0, 5));
  corpus.Complete("gold", Mark("in <Rome>"), {"place"});
  const LabelledTexts read = *ReadLabelledTexts(corpus.reader(), {"gold"}, kLatest);

  const std::vector<GoldText> both = GoldTexts(read.texts, {"place", "job"});
  ASSERT_THAT(both, SizeIs(3));
  EXPECT_EQ(both[0].split_key, text::SplitKey(nurse.text));
  EXPECT_THAT(both[0].labels, ElementsAre("job", "place"));
  EXPECT_THAT(ShowAll(both[0].spans), ElementsAre("0-5 job", "9-14 place"));
  EXPECT_THAT(both[1].labels, ElementsAre("job"));
  const std::vector<GoldText> jobs = GoldTexts(read.texts, {"job"});
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_THAT(ShowAll(jobs[0].spans), ElementsAre("0-5 job"));
}

TEST(CompleteLabels, AreSortedAndEachOnce) {
  storage::v1::LabelledText labelled;
  for (const char* label : {"place", "job"}) labelled.add_complete_labels(label);
  EXPECT_THAT(CompleteLabels(labelled, {"place", "job", "job", "name"}),
              ElementsAre("job", "place"));
  EXPECT_THAT(CompleteLabels(labelled, {"name"}), IsEmpty());
}

GoldText Gold(const Annotated& ad, const std::vector<std::string>& labels) {
  return {ad.text, text::SplitKey(ad.text), labels, ad.spans};
}

TEST(RemoveTrainedOn, LeavesOutTextsByTheirSplitKeys) {
  std::vector<GoldText> texts = {Gold(Mark("[Nurse] in Paris"), {"job"}),
                                 Gold(Mark("[Cook] in Paris"), {"job"})};
  models::TrainingKeys keys = {text::SplitKey("NURSE  in paris"), text::SplitKey("Baker")};
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(RemoveTrainedOn(keys, texts), 1u);
  ASSERT_THAT(texts, SizeIs(1));
  EXPECT_EQ(texts[0].text, "Cook in Paris");
}

TEST(CountOnGold, CountsExactSpansPerTextAndLabel) {
  const Annotated ad = Mark("[Nurse] wanted in <Paris>, number 3");
  Annotated moved = ad;
  moved.spans[0].set_end(moved.spans[0].end() - 1);
  moved.spans.push_back(
      MakeSpan(static_cast<uint32_t>(ad.text.size()) - 1, static_cast<uint32_t>(ad.text.size())));
  Annotated jobs = ad;
  std::erase_if(jobs.spans, [](const storage::v1::Span& span) { return span.label() != "job"; });
  const GoldCounts counts =
      CountOnGold(*GoodModel(),
                  {Gold(ad, {"job", "place"}), Gold(moved, {"job", "place"}), Gold(jobs, {"job"})});
  const auto shown = [](const std::vector<stats::SpanCounts>& texts) {
    std::vector<std::string> result;
    for (const stats::SpanCounts& c : texts)
      result.push_back(absl::StrCat(c.tp, "/", c.predicted, "/", c.gold));
    return result;
  };
  EXPECT_THAT(shown(counts.texts), ElementsAre("2/2/2", "1/2/3", "1/1/1"));
  EXPECT_THAT(shown(counts.by_label.at("job")), ElementsAre("1/1/1", "0/1/2", "1/1/1"));
  EXPECT_THAT(shown(counts.by_label.at("place")), ElementsAre("1/1/1", "1/1/1"));
  EXPECT_EQ(ShowAll(counts.predictions[2]), ShowAll(jobs.spans));
}

TEST(UnpredictableSpans, AreOffTheTokensOrOverlapLongerOnes) {
  const std::string text = "Head Nurse in Paris";
  const std::vector<storage::v1::Span> spans = {MakeSpan(0, 10),  MakeSpan(5, 10),
                                                MakeSpan(5, 9),   MakeSpan(13, 19),
                                                MakeSpan(14, 19), MakeSpan(14, 99)};
  EXPECT_THAT(ShowAll(UnpredictableSpans(text, spans)),
              testing::UnorderedElementsAre("5-10 job", "5-9 job", "13-19 job", "14-99 job"));
  GoldText gold{text, 1, {"job"}, {MakeSpan(5, 9)}};
  const GoldCounts counts = CountOnGold(*GoodModel(), {gold});
  EXPECT_EQ(counts.num_unpredictable, 1u);
  EXPECT_EQ(counts.unpredictable_example, "\"Nurs\" [5, 9) job in \"Head Nurse in Paris\"");
}

TEST(CandidateOutcomes, AreTheSpansOfTheLabelsCovered) {
  const Annotated ad = Ads(1, /*holdout=*/true)[0];
  const GoldText all{ad.text, 1, {"job", "place"}, ad.spans};
  GoldText places = all;
  places.labels = {"place"};
  std::erase_if(places.spans,
                [](const storage::v1::Span& span) { return span.label() != "place"; });
  GoldText wrong = all;
  wrong.spans.clear();
  const auto likely = [&](const GoldText& text) {
    std::vector<ner::Outcome> outcomes = CandidateOutcomes(*GoodModel(), {text});
    for (const ner::Outcome& outcome : outcomes)
      EXPECT_GE(outcome.probability, stats::kMinAskedProbability);
    std::erase_if(outcomes, [](const ner::Outcome& outcome) { return outcome.probability < 0.5; });
    return outcomes;
  };
  ASSERT_THAT(likely(all), SizeIs(2));
  EXPECT_TRUE(likely(all)[0].happened && likely(all)[1].happened);
  ASSERT_THAT(likely(places), SizeIs(1));
  EXPECT_TRUE(likely(places)[0].happened);
  EXPECT_FALSE(likely(wrong)[0].happened || likely(wrong)[1].happened);
}

TEST(CountChanged, CountsTextsOnWhichThePredictionsDiffer) {
  std::vector<GoldText> texts;
  for (const Annotated& ad : Ads(5, /*holdout=*/true)) texts.push_back(Gold(ad, {"job", "place"}));
  texts.push_back(Gold({"nothing at all", {}}, {"job", "place"}));
  const GoldCounts good = CountOnGold(*GoodModel(), texts);
  const GoldCounts blind = CountOnGold(*BlindModel(), texts);
  ASSERT_THAT(good.predictions[5], IsEmpty());
  EXPECT_EQ(CountChanged(good, blind), 5u);
  EXPECT_EQ(CountChanged(good, good), 0u);
}

}  // namespace
}  // namespace winnow::measure

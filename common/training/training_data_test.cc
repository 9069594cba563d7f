#include "common/training/training_data.h"

#include <algorithm>

#include "common/training/compiled_texts.h"
#include "common/training/testing.h"
#include "common/training/training_spec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::CompleteText;
using measure::MakeSpan;
using measure::ShowAll;
using storage::v1::LabelledText;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

measure::LabelledTexts Answers(const std::vector<LabelledText>& texts) {
  measure::LabelledTexts answers;
  for (const LabelledText& labelled : texts) {
    measure::LabelledExample& example = answers.texts.emplace_back();
    example.split_key = text::SplitKey(labelled.text());
    example.labelled = labelled;
  }
  return answers;
}

std::vector<LabelledText> Complete(const std::vector<Annotated>& ads) {
  std::vector<LabelledText> texts;
  for (const Annotated& ad : ads) texts.push_back(CompleteText(ad, {"job", "place"}));
  return texts;
}

// Texts for training and for the hold-out, new and replayed.
TEST(SelectTrainingTexts, NeitherHoldoutNorEvalTextsAreLearntButWhatTheParentHasLearntIsReplayed) {
  const auto teaching = Complete(Ads(6, /*holdout=*/false));
  const auto holdout = Complete(Ads(4, /*holdout=*/true));
  const auto both = [&](size_t begin, size_t end) {
    std::vector<LabelledText> texts(teaching.begin() + static_cast<std::ptrdiff_t>(begin),
                                    teaching.begin() + static_cast<std::ptrdiff_t>(end));
    texts.insert(texts.end(), holdout.begin(), holdout.end());
    return texts;
  };
  const models::TrainingKeys eval =
      KeysOf({{teaching[1].text(), {}}, {teaching[4].text(), {}}, {holdout[0].text(), {}}});
  const std::vector<LabelledText> replay = both(3, 6);
  const TrainingData data = SelectTrainingTexts(MakeSpec(), Answers(both(0, 3)), {replay}, eval);
  std::vector<std::string> texts;
  for (const TrainingText& text : data.texts)
    texts.push_back((text.replayed ? "replayed: " : "") + text.labelled.text());
  std::vector<std::string> expected = {teaching[0].text(), teaching[2].text()};
  for (size_t i = 3; i < 6; ++i) expected.push_back("replayed: " + teaching[i].text());
  EXPECT_EQ(texts, expected);
  EXPECT_EQ(data.num_eval, 2u);
  EXPECT_EQ(data.num_holdout, 3u);
}

TEST(SelectTrainingTexts, TheSplitIsOfTheNormalisedText) {
  const Annotated ad = Ads(1, /*holdout=*/true)[0];
  std::string upper = ad.text;
  for (char& c : upper) c = static_cast<char>(toupper(c));
  const auto answers = Answers({Labelled(upper + " ", {MakeSpan(0, 1)})});
  EXPECT_THAT(SelectTrainingTexts(MakeSpec(), answers, {}, {}).texts, IsEmpty());
}

TEST(SelectTrainingTexts, ALargerEvalSplitHoldsOutMoreASmallerOneNotLess) {
  std::vector<Annotated> ads = Ads(40, /*holdout=*/false);
  const std::vector<Annotated> holdout = Ads(10, /*holdout=*/true);
  ads.insert(ads.end(), holdout.begin(), holdout.end());
  storage::v1::TrainingSpec spec = MakeSpec();
  const auto num_texts = [&] {
    return SelectTrainingTexts(spec, Answers(Complete(ads)), {}, {}).texts.size();
  };
  EXPECT_EQ(num_texts(), 40u);
  spec.set_eval_split(0.05);
  EXPECT_EQ(num_texts(), 40u);
  EXPECT_EQ(EvalShare(spec), 0.05);
  spec.set_eval_split(0.5);
  const auto held_out = [](const Annotated& ad) {
    return text::Bucket(text::SplitKey(ad.text)) < 500;
  };
  EXPECT_EQ(num_texts(),
            50u - static_cast<size_t>(std::count_if(ads.begin(), ads.end(), held_out)));
}

TEST(SelectTrainingTexts, OnlyWhatIsSaidOfTheLabelsIsLearnt) {
  const auto ads = Ads(3, /*holdout=*/false);
  const storage::v1::Span job = MakeSpan(0, 3, "job"), place = MakeSpan(4, 6, "place");
  LabelledText mixed =
      Labelled(ads[0].text, {job, place}, {MakeSpan(7, 9, "place"), MakeSpan(7, 9, "job")});
  for (const char* label : {"job", "place"}) mixed.add_complete_labels(label);
  LabelledText other = mixed;
  other.set_text(ads[2].text);
  const TrainingData data = SelectTrainingTexts(
      MakeSpec({"job"}), Answers({mixed, Labelled(ads[1].text, {place})}), {{other}}, {});
  ASSERT_THAT(data.texts, SizeIs(2));
  const LabelledText& learnt = data.texts[0].labelled;
  EXPECT_THAT(ShowAll(learnt.accepted()), ElementsAre("0-3 job"));
  EXPECT_THAT(ShowAll(learnt.rejected()), ElementsAre("7-9 job"));
  EXPECT_THAT(learnt.complete_labels(), ElementsAre("job"));
  // A replayed text keeps the parent's other labels.
  EXPECT_EQ(data.texts[1].labelled.SerializeAsString(), other.SerializeAsString());
}

TEST(SelectTrainingTexts, ATextThatIsNewAndReplayedCountsOnceAndTheNewAnswersWin) {
  const auto ads = Ads(2, /*holdout=*/false);
  LabelledText replayed =
      Labelled(ads[0].text, {MakeSpan(0, 3, "job"), MakeSpan(4, 6, "place"), MakeSpan(8, 9, "job")},
               {MakeSpan(10, 12, "job"), MakeSpan(13, 14, "job")});
  replayed.add_complete_labels("place");
  const LabelledText corrected =
      Labelled(ads[0].text, {MakeSpan(10, 12, "job")}, {MakeSpan(0, 3, "job")});
  const std::vector<LabelledText> replay = {replayed, Labelled(ads[1].text, {MakeSpan(0, 3)})};
  const models::TrainingKeys keys = {text::SplitKey(ads[1].text)};
  const TrainingData data =
      SelectTrainingTexts(MakeSpec({"job"}), Answers({corrected}), {replay, keys}, {});
  ASSERT_THAT(data.texts, SizeIs(2));
  const LabelledText& learnt = data.texts[0].labelled;
  EXPECT_FALSE(data.texts[0].replayed);
  EXPECT_FALSE(data.texts[0].learnt);
  EXPECT_TRUE(data.texts[1].learnt);
  EXPECT_THAT(ShowAll(learnt.accepted()), ElementsAre("10-12 job", "4-6 place", "8-9 job"));
  EXPECT_THAT(ShowAll(learnt.rejected()), ElementsAre("0-3 job", "13-14 job"));
  EXPECT_THAT(learnt.complete_labels(), ElementsAre("place"));
}

TEST(SelectTrainingTexts, EvidenceStaysWithItsSpan) {
  const auto ads = Ads(1, /*holdout=*/false);
  LabelledText said = Labelled(ads[0].text, {MakeSpan(0, 3, "job"), MakeSpan(4, 6, "place")});
  LabelledText replayed = Labelled(ads[0].text, {MakeSpan(8, 9, "job")},
                                   {MakeSpan(0, 3, "job"), MakeSpan(13, 14, "job")});
  const auto add = [](LabelledText& labelled, const storage::v1::Span& span, double log_odds) {
    *labelled.add_evidence()->mutable_span() = span;
    labelled.mutable_evidence()->rbegin()->set_log_odds(log_odds);
  };
  for (const storage::v1::Span& span : said.accepted()) add(said, span, 2);
  for (const storage::v1::Span& span : replayed.rejected()) add(replayed, span, -1);
  const TrainingData data =
      SelectTrainingTexts(MakeSpec({"job"}), Answers({said}), {{replayed}}, {});
  ASSERT_THAT(data.texts, SizeIs(1));
  std::vector<std::string> evidence;
  for (const storage::v1::Evidence& item : data.texts[0].labelled.evidence())
    evidence.push_back(absl::StrCat(measure::Show(item.span()), " ", item.log_odds()));
  EXPECT_THAT(evidence, ElementsAre("0-3 job 2", "13-14 job -1"));
  EXPECT_TRUE(CompileTexts(data.texts, {"job"}).ok());
}

std::vector<TrainingText> NewTexts(size_t begin, size_t end) {
  std::vector<TrainingText> texts;
  for (size_t i = begin; i < end; ++i) {
    const std::string text = absl::StrCat("text ", i);
    texts.push_back({text::SplitKey(text), Labelled(text, {MakeSpan(0, 4)}), false});
  }
  return texts;
}

std::vector<std::string> TextsOf(const std::vector<LabelledText>& records) {
  std::vector<std::string> texts;
  for (const LabelledText& record : records) texts.push_back(record.text());
  return texts;
}

TEST(DrawReplay, DrawsTheSameTextsThroughTheGenerations) {
  const std::vector<LabelledText> first = DrawReplay(NewTexts(0, 3000), {});
  EXPECT_THAT(first, SizeIs(kMaxReplay));
  const std::vector<LabelledText> second = DrawReplay(NewTexts(3000, 4000), first);
  EXPECT_THAT(second, SizeIs(kMaxReplay));
  // The same are drawn as if all had been trained on at once.
  EXPECT_EQ(TextsOf(second), TextsOf(DrawReplay(NewTexts(0, 4000), {})));
  EXPECT_EQ(TextsOf(DrawReplay({}, first)), TextsOf(first));
}

TEST(DrawReplay, NewerSupervisionReplaces) {
  const LabelledText old = Labelled("Cook in Rome", {MakeSpan(0, 4)});
  const LabelledText corrected = Labelled("cook  in Rome", {}, {MakeSpan(0, 4)});
  const uint64_t key = text::SplitKey(old.text());
  EXPECT_THAT(TextsOf(DrawReplay({{key, corrected, false}}, {old})), ElementsAre("cook  in Rome"));
  EXPECT_THAT(TextsOf(DrawReplay({{key, old, true}}, {old})), ElementsAre("Cook in Rome"));
}

}  // namespace
}  // namespace winnow::training

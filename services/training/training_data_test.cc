#include "services/training/training_data.h"

#include <algorithm>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/testing.h"
#include "services/training/training_spec.h"

namespace winnow::training {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::CompleteText;
using measure::MakeSpan;
using measure::ShowAll;
using storage::v1::LabelledText;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

LabelledText Labelled(const std::string& text, const std::vector<storage::v1::Span>& accepted,
                      const std::vector<storage::v1::Span>& rejected = {}) {
  LabelledText labelled;
  labelled.set_text(text);
  for (const auto& span : accepted) *labelled.add_accepted() = span;
  for (const auto& span : rejected) *labelled.add_rejected() = span;
  return labelled;
}

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
TEST(SelectTrainingTexts, NeitherHoldoutNorEvalTextsAreTrainedOnNorReplayed) {
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
  const TrainingData data = SelectTrainingTexts(MakeSpec(), Answers(both(0, 3)), both(3, 6), eval);
  std::vector<std::string> texts;
  for (const TrainingText& text : data.texts)
    texts.push_back((text.replayed ? "replayed: " : "") + text.labelled.text());
  EXPECT_THAT(texts,
              ElementsAre(teaching[0].text(), teaching[2].text(), "replayed: " + teaching[3].text(),
                          "replayed: " + teaching[5].text()));
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
  v1::TrainingSpec spec = MakeSpec();
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
  const auto ads = Ads(2, /*holdout=*/false);
  const storage::v1::Span job = MakeSpan(0, 3, "job"), place = MakeSpan(4, 6, "place");
  LabelledText mixed =
      Labelled(ads[0].text, {job, place}, {MakeSpan(7, 9, "place"), MakeSpan(7, 9, "job")});
  for (const char* label : {"job", "place"}) mixed.add_complete_labels(label);
  const TrainingData data = SelectTrainingTexts(
      MakeSpec({"job"}), Answers({mixed, Labelled(ads[1].text, {place})}), {mixed}, {});
  ASSERT_THAT(data.texts, SizeIs(2));
  const LabelledText& learnt = data.texts[0].labelled;
  EXPECT_THAT(ShowAll(learnt.accepted()), ElementsAre("0-3 job"));
  EXPECT_THAT(ShowAll(learnt.rejected()), ElementsAre("7-9 job"));
  EXPECT_THAT(learnt.complete_labels(), ElementsAre("job"));
  // What is replayed keeps the parent's other labels.
  EXPECT_EQ(data.texts[1].labelled.SerializeAsString(), mixed.SerializeAsString());
}

TEST(SelectTrainingTexts, InvertedAnswersNeverAcceptOverlappingSpans) {
  const Annotated ad = Ads(1, /*holdout=*/false)[0];
  LabelledText labelled =
      Labelled(ad.text, {MakeSpan(0, 3)}, {MakeSpan(4, 8), MakeSpan(6, 10), MakeSpan(8, 12)});
  labelled.add_complete_labels("job");
  v1::TrainingSpec spec = MakeSpec();
  spec.set_invert_answers(true);
  const TrainingData data = SelectTrainingTexts(spec, Answers({labelled}), {labelled}, {});
  ASSERT_THAT(data.texts, SizeIs(2));
  const LabelledText& inverted = data.texts[0].labelled;
  EXPECT_THAT(ShowAll(inverted.accepted()), ElementsAre("4-8 job", "8-12 job"));
  EXPECT_THAT(ShowAll(inverted.rejected()), ElementsAre("0-3 job"));
  EXPECT_THAT(inverted.complete_labels(), IsEmpty());
  EXPECT_TRUE(CompileTexts(data.texts, {"job"}).ok());
  // The parent's examples are not answers.
  EXPECT_EQ(data.texts[1].labelled.SerializeAsString(), labelled.SerializeAsString());
}

TEST(CompileTexts, CountsSpansOffTheTokensAndLeavesOutWhatTeachesNothing) {
  const std::vector<TrainingText> texts = {
      {1, Labelled("Nurse in Paris", {}, {MakeSpan(0, 3)}), false},
      {2, Labelled("Cook in Rome", {MakeSpan(0, 4)}, {MakeSpan(5, 6)}), false},
  };
  const CompiledTexts compiled = *CompileTexts(texts, {"job"});
  EXPECT_EQ(compiled.num_off_token_spans, 2u);
  EXPECT_THAT(compiled.text_of, ElementsAre(1));
  ASSERT_THAT(compiled.examples, SizeIs(1));
  EXPECT_EQ(compiled.examples[0].features.num_tokens(), 3u);
}

TEST(CompileTexts, CountsAndNamesOverlappingAccepts) {
  std::vector<TrainingText> texts;
  for (int i = 0; i < 6; ++i) {
    const std::string text = "Größe Head Nurse in Rome";
    texts.push_back(
        {1, Labelled(text, {MakeSpan(6, 16), MakeSpan(11, 16), MakeSpan(11, 19)}), false});
  }
  const CompiledTexts compiled = *CompileTexts(texts, {"job"});
  EXPECT_THAT(compiled.examples, SizeIs(6));
  EXPECT_EQ(compiled.num_overlapping_spans, 12u);
  ASSERT_THAT(compiled.named_overlapping_spans, SizeIs(5));
  EXPECT_EQ(compiled.named_overlapping_spans[0],
            "\"Nurse in\" [11, 19) job in \"Größe Head Nurse in Rome\"");
}

TEST(CompileTexts, UnaskedIsOOfNewTextsOnly) {
  const LabelledText labelled = Labelled("Cook in Rome", {MakeSpan(0, 4)});
  const CompiledTexts compiled =
      *CompileTexts({{1, labelled, false}, {1, labelled, true}}, {"job"}, {.unasked_is_o = true});
  ASSERT_THAT(compiled.examples, SizeIs(2));
  EXPECT_THAT(compiled.examples[0].constraint.path, SizeIs(3));
  EXPECT_THAT(compiled.examples[1].constraint.path, IsEmpty());
}

TEST(CompileTexts, NewTextsOfWhichOnlyRejectsAreKnownCountLess) {
  const LabelledText rejects = Labelled("Cook in Rome", {}, {MakeSpan(8, 12)});
  LabelledText complete = rejects;
  complete.add_complete_labels("job");
  const CompiledTexts compiled =
      *CompileTexts({{1, rejects, false},
                     {1, rejects, true},
                     {1, complete, false},
                     {1, Labelled("Cook in Rome", {MakeSpan(0, 4)}, {MakeSpan(8, 12)}), false}},
                    {"job"});
  std::vector<double> weights;
  for (const ner::Example& example : compiled.examples) weights.push_back(example.weight);
  EXPECT_THAT(weights, ElementsAre(ner::kRejectWeight, 1, 1, 1));
}

TEST(CompileTexts, ErrorRatesAreOfReplayedAnswersToo) {
  const LabelledText labelled = Labelled("Cook in Rome", {MakeSpan(0, 4)});
  ner::SupervisionOptions options;
  options.errors.accept_wrong = 0.1;
  const CompiledTexts compiled =
      *CompileTexts({{1, labelled, false}, {1, labelled, true}}, {"job"}, options);
  ASSERT_THAT(compiled.examples, SizeIs(2));
  for (const ner::Example& example : compiled.examples) {
    ASSERT_THAT(example.constraint.weighted, SizeIs(1));
    EXPECT_NEAR(example.constraint.weighted[0].factor, 10, 1e-9);
  }
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
  // As if all had been trained on at once.
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

TEST(CheckSpec, NamesEveryViolation) {
  v1::TrainingSpec spec;
  spec.add_labels("");
  spec.set_output("../jobs");
  spec.set_eval_split(1);
  spec.set_prior(-1);
  spec.set_epochs(1001);
  spec.set_reject_error(0.5);
  spec.set_accept_error(-0.1);
  spec.set_entity_share(1);
  spec.set_pool("raw");
  spec.set_lexicon("no lexicon");
  spec.set_patterns(
      "{\"label\":\"job\",\"pattern\":[]}\n{\"label\":\"job\",\"pattern\":[{\"POS\":\"NOUN\"}]}\n");
  std::vector<std::string> fields;
  const absl::Status status = CheckSpec(spec);
  for (const Violation& violation : Violations::Of(status)) fields.push_back(violation.where);
  EXPECT_THAT(fields, UnorderedElementsAre(
                          "datasets", "labels", "output", "parent", "eval_split", "prior", "epochs",
                          "reject_error", "accept_error", "entity_share", "lexicon", "lexicon",
                          "patterns: line 1: pattern", "patterns: line 2: pattern[0].POS"));
  EXPECT_THAT(std::string(CheckSpec(v1::TrainingSpec()).message()), HasSubstr("-l"));
}

TEST(CheckSpec, LabelsThatDifferInCaseOnlyAreNamed) {
  const absl::Status status =
      CheckSpec(MakeSpec({"job", "place", "Job", "Straße", "STRASSE", "place"}));
  EXPECT_THAT(Violations::Of(status),
              ElementsAre(Field(&Violation::what, HasSubstr("\"job\" and \"Job\"")),
                          Field(&Violation::what, HasSubstr("\"Straße\" and \"STRASSE\""))));
}

TEST(CheckSpec, TakesWhatIsInRange) {
  v1::TrainingSpec spec = MakeSpec();
  EXPECT_TRUE(CheckSpec(spec).ok()) << CheckSpec(spec);
  spec.set_eval_split(0.5);
  spec.set_prior(0);
  spec.set_reject_error(0.1);
  EXPECT_TRUE(CheckSpec(spec).ok()) << CheckSpec(spec);
  for (const double share : {0.0, 1.0, -0.1, std::numeric_limits<double>::quiet_NaN()}) {
    spec.set_eval_split(share);
    EXPECT_THAT(Violations::Of(CheckSpec(spec)),
                ElementsAre(Field(&Violation::where, "eval_split")))
        << share;
  }
}

}  // namespace
}  // namespace winnow::training

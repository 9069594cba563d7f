#include "common/training/compiled_texts.h"

#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using measure::MakeSpan;
using storage::v1::LabelledText;
using ::testing::ElementsAre;
using ::testing::SizeIs;

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

}  // namespace
}  // namespace winnow::training

// Training on what nobody would choose to train on: from labelled texts to the tagger, always a
// usable model.
#include <cmath>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/ner/blank_model.h"
#include "common/ner/supervision.h"
#include "common/ner/tagger.h"
#include "common/ner/training.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using storage::v1::LabelledText;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kLabels = {"job", "place"};

void AddSpan(const LabelledText& labelled, const std::string& part, const std::string& label,
             storage::v1::Span& span) {
  const size_t start = labelled.text().find(part);
  ASSERT_NE(start, std::string::npos) << part;
  span.set_start(static_cast<uint32_t>(start));
  span.set_end(static_cast<uint32_t>(start + part.size()));
  span.set_label(label);
}

// A text with accepted and rejected parts, "job:Nurse".
LabelledText Text(const std::string& text, const std::vector<std::string>& accepted,
                  const std::vector<std::string>& rejected = {}) {
  LabelledText labelled;
  labelled.set_text(text);
  const auto add = [&](const std::string& item, storage::v1::Span& span) {
    const size_t colon = item.find(':');
    AddSpan(labelled, item.substr(colon + 1), item.substr(0, colon), span);
  };
  for (const std::string& item : accepted) add(item, *labelled.add_accepted());
  for (const std::string& item : rejected) add(item, *labelled.add_rejected());
  return labelled;
}

absl::StatusOr<TrainingResult> TrainOn(const std::vector<LabelledText>& texts,
                                       const LearnerOptions& options = {},
                                       const Parent& parent = {}) {
  std::vector<Example> examples;
  FeatureExtractor extractor;
  for (const LabelledText& labelled : texts) {
    const std::vector<text::Token> tokens = text::Tokenize(labelled.text());
    auto supervision = Compile(labelled, tokens, kLabels);
    if (!supervision.ok()) return supervision.status();
    ExtractFeatures(labelled.text(), tokens, /*knowledge=*/{}, extractor,
                    examples.emplace_back().features);
    examples.back().constraint = std::move(supervision->constraint);
  }
  return Train(kLabels, examples, parent, options);
}

std::vector<std::string> Entities(const Model& model, const std::string& text) {
  std::vector<ScoredSpan> spans;
  Tagger().Tag(model, text, spans);
  std::vector<std::string> shown;
  for (const ScoredSpan& span : spans) {
    shown.push_back(
        absl::StrCat(kLabels[span.label], ":", text.substr(span.start, span.end - span.start)));
  }
  return shown;
}

// The probability of "label:part" in the text.
double Probability(const Model& model, const std::string& text, const std::string& item) {
  std::vector<ScoredSpan> candidates;
  Tagger().FindCandidates(model, text, 1e-6, candidates);
  for (const ScoredSpan& span : candidates) {
    const std::string part = text.substr(span.start, span.end - span.start);
    if (absl::StrCat(kLabels[span.label], ":", part) == item) return span.probability;
  }
  return 0;
}

// A model that can be used: all losses and all probabilities are finite.
std::shared_ptr<const Model> Usable(const absl::StatusOr<TrainingResult>& result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status();
    return nullptr;
  }
  for (const double loss : result->losses) EXPECT_TRUE(std::isfinite(loss) && loss >= 0) << loss;
  for (const char* text : {"Nurse wanted in Leeds", "", " ", "x", "Nurse"}) {
    std::vector<ScoredSpan> candidates;
    Tagger().FindCandidates(*result->model, text, 1e-3, candidates);
    for (const ScoredSpan& span : candidates) {
      EXPECT_TRUE(span.probability >= 0 && span.probability <= 1) << span.probability;
    }
  }
  return result->model;
}

const std::vector<std::string> kJobs = {"Nurse",  "Cook",    "Baker",   "Driver",
                                        "Tailor", "Plumber", "Painter", "Waiter"};

std::vector<LabelledText> Ads(
    const std::function<LabelledText(const std::string& text, const std::string& job)>& label) {
  std::vector<LabelledText> texts;
  for (const char* place : {"Leeds", "Rome", "Paris", "Oslo"}) {
    for (const std::string& job : kJobs)
      texts.push_back(label(absl::StrCat(job, " wanted in ", place), job));
  }
  return texts;
}

TEST(OddTrainingTest, OneLabelOnlyInRejects) {
  const auto model = Usable(TrainOn(Ads([](const std::string& text, const std::string& job) {
    return Text(text, {"job:" + job}, {"place:" + job, "place:wanted"});
  })));
  EXPECT_THAT(Entities(*model, "Nurse wanted in Leeds"), ::testing::Contains("job:Nurse"));
  EXPECT_LT(Probability(*model, "Nurse wanted in Leeds", "place:Nurse"), 0.05);
  EXPECT_LT(Probability(*model, "Nurse wanted in Leeds", "place:wanted"), 0.2);
}

TEST(OddTrainingTest, NoAcceptedSpan) {
  const auto model = Usable(TrainOn(Ads([](const std::string& text, const std::string& job) {
    return Text(text, {}, {"job:" + job, "place:" + job});
  })));
  EXPECT_LT(Probability(*model, "Nurse wanted in Leeds", "job:Nurse"), 0.1);
  EXPECT_LT(Probability(*model, "Nurse wanted in Leeds", "place:Nurse"), 0.1);
}

TEST(OddTrainingTest, CompleteAnnotationsWithoutAnEntity) {
  const auto model = Usable(TrainOn(Ads([](const std::string& text, const std::string&) {
    LabelledText labelled = Text(text, {});
    for (const std::string& label : kLabels) labelled.add_complete_labels(label);
    return labelled;
  })));
  EXPECT_THAT(Entities(*model, "Nurse wanted in Leeds"), IsEmpty());
}

// Half of the answers say yes, half no: the model is less sure than when all say the same.
TEST(OddTrainingTest, AnswersThatContradictEachOtherAcrossTexts) {
  const auto trained_with = [](const std::function<bool(int)>& is_yes) {
    int number = 0;
    const auto model = Usable(TrainOn(Ads([&](const std::string& text, const std::string& job) {
      return is_yes(number++) ? Text(text, {"job:" + job}) : Text(text, {}, {"job:" + job});
    })));
    return Probability(*model, "Nurse wanted in Bonn", "job:Nurse");
  };
  const double mixed =
      trained_with([](int i) { return i / static_cast<int>(kJobs.size()) % 2 == 0; });
  EXPECT_GT(mixed, 2 * trained_with([](int) { return false; }));
  EXPECT_LT(mixed, trained_with([](int) { return true; }) - 0.2);
}

TEST(OddTrainingTest, TheSameTextOnceAcceptedAndOnceRejected) {
  Usable(TrainOn({Text("Nurse wanted", {"job:Nurse"}), Text("Nurse wanted", {}, {"job:Nurse"})}));
}

TEST(OddTrainingTest, OneText) {
  LabelledText labelled = Text("Nurse wanted in Leeds", {"job:Nurse", "place:Leeds"});
  EXPECT_EQ(Entities(*Usable(TrainOn({labelled})), labelled.text()).front(), "job:Nurse");
  for (const std::string& label : kLabels) labelled.add_complete_labels(label);
  EXPECT_THAT(Entities(*Usable(TrainOn({labelled})), labelled.text()),
              ElementsAre("job:Nurse", "place:Leeds"));
  Usable(TrainOn({Text("Nurse", {"job:Nurse"})}));
  Usable(TrainOn({Text("Nurse", {}, {"job:Nurse"})}));
}

TEST(OddTrainingTest, NestedAcceptsTeachTheOuterSpan) {
  const auto model = Usable(TrainOn(Ads([](const std::string& text, const std::string& job) {
    LabelledText labelled = Text("Head " + text, {"job:" + job, "job:Head " + job});
    labelled.add_complete_labels("job");
    return labelled;
  })));
  EXPECT_THAT(Entities(*model, "Head Nurse wanted in Leeds"),
              ::testing::Contains("job:Head Nurse"));
}

// Yes and no alone never say that other words are of no entity; the blank parent does.
TEST(OddTrainingTest, YesAndNoFromABlankParent) {
  const auto blank = BlankModel(kLabels);
  ASSERT_TRUE(blank.ok()) << blank.status();
  for (const char* text :
       {"Nurse", "Nurse wanted in Leeds", "1", "(see U.S. law, 25 pages) and so on"}) {
    std::vector<ScoredSpan> candidates;
    Tagger().FindCandidates(**blank, text, 0.02, candidates);
    EXPECT_THAT(candidates, IsEmpty()) << text;
  }
  const auto texts = Ads([](const std::string& text, const std::string& job) {
    return Text(text, {"job:" + job}, {"place:" + job});
  });
  const std::string unlike = "We offer Friendly colleagues, 25 days off and tea";
  EXPECT_THAT(Entities(*Usable(TrainOn(texts)), unlike), ::testing::Not(IsEmpty()));
  const auto model = Usable(TrainOn(texts, {}, {blank->get(), nullptr}));
  EXPECT_THAT(Entities(*model, unlike), IsEmpty());
  EXPECT_THAT(Entities(*model, "Nurse wanted in Bonn"), ElementsAre("job:Nurse"));
}

TEST(OddTrainingTest, EverythingThatTeachesNothingIsRefused) {
  EXPECT_EQ(TrainOn({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TrainOn({Text("Nurse wanted", {}), Text("", {}), Text(" \t\n", {})}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Texts far longer than a sentence, with answers at both ends and in long spans.
TEST(OddTrainingTest, TextsOf25000Tokens) {
  std::string filler;
  for (int i = 0; i < 6250; ++i) absl::StrAppend(&filler, "word", i % 97, " and more, ");
  const std::string text = absl::StrCat("Nurse wanted ", filler, "in Leeds");
  ASSERT_GE(text::Tokenize(text).size(), 25000u);
  LabelledText binary =
      Text(text, {"job:Nurse", "place:Leeds"}, {"job:wanted", "place:" + filler.substr(0, 2000)});
  LabelledText complete = Text(text, {"job:Nurse", "place:Leeds"});
  for (const std::string& label : kLabels) complete.add_complete_labels(label);
  LabelledText wholly = Text(text, {}, {"job:" + text});
  const auto model = Usable(TrainOn({binary, complete, wholly}, {.epochs = 2}));
  std::vector<ScoredSpan> candidates;
  Tagger().FindCandidates(*model, text, 1e-3, candidates);
  for (const ScoredSpan& span : candidates) EXPECT_TRUE(span.probability <= 1) << span.probability;
}

}  // namespace
}  // namespace winnow::ner

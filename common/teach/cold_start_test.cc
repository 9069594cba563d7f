#include "common/teach/cold_start.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/formats/patterns.h"
#include "common/ner/tagger.h"
#include "common/teach/testing.h"
#include "common/text/spans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPatterns[] = R"({"label":"job","pattern":"Nurse"}
{"label":"job","pattern":[{"LOWER":"head"},{"LOWER":"nurse"}]}
{"label":"place","pattern":[{"SHAPE":"Xxxxx"}]}
)";

std::shared_ptr<const ner::PatternSet> Patterns() {
  return *ner::PatternSet::Make(*formats::ParsePatterns(kPatterns));
}

TEST(FindPatternCandidates, AreTheLongestOfTheQueuesLabelsInCodePoints) {
  storage::v1::Queue queue = MakeQueue();
  const auto patterns = Patterns();
  const auto find = [&] {
    return ShowCandidates(FindPatternCandidates(*patterns, "Ü head Nurse in Paris", queue), queue);
  };
  EXPECT_THAT(find(), ElementsAre("2-12 job", "7-12 place", "16-21 place"));
  queue.clear_labels();
  queue.add_labels("job");
  EXPECT_THAT(find(), ElementsAre("2-12 job"));
}

TEST(VersionOf, ABlankOneFindsNothing) {
  TestModels models;
  models::ModelCache cache(&models.store());
  storage::v1::Queue queue = MakeQueue();
  EXPECT_TRUE(absl::IsNotFound(VersionOf(queue, cache).status()));
  queue.set_model("blank:en");
  const auto version = VersionOf(queue, cache);
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_THAT((*version)->model->labels(), ElementsAre("job", "place"));
  for (const char* text :
       {"Nurse", "Nurse wanted in Paris", "a", "1", "(see U.S. law, 25 pages) and so on"}) {
    EXPECT_THAT(FindCandidates(*(*version)->model, text, queue).asked, IsEmpty()) << text;
  }
}

class ColdStartTest : public TeachTest {
 protected:
  ColdStartTest() {
    queue_.clear_labels();
    queue_.add_labels("job");
    queue_.set_model("blank:en");
  }
};

TEST_F(ColdStartTest, EverythingWrongWithThePatternsIsNamed) {
  corpus_.AddSource("s", {"Nurse wanted"});
  queue_.set_patterns(
      "{\"label\":\"job\"}\n{\"label\":\"job\",\"pattern\":[{\"POS\":\"NOUN\"}]}\n");
  EXPECT_THAT(Violations::Of(TryOpen().status()),
              ElementsAre(Field(&Violation::where, "line 1: pattern"),
                          Field(&Violation::where, "line 2: pattern[0].POS")));
}

// From nothing: the patterns ask, their answers teach a model, and it asks about what they do not
// match.
TEST_F(ColdStartTest, WithoutAModelThePatternsAskUntilOneHasBeenTaught) {
  const std::vector<Annotated> ads = Ads(60, /*holdout=*/false);
  std::vector<std::string> texts = TextsOf(ads);
  for (const Annotated& ad : Ads(30, /*holdout=*/true)) texts.push_back(ad.text);
  corpus_.AddSource("s", texts);
  queue_.set_patterns(R"({"label":"job","pattern":[{"LOWER":{"IN":["nurse","driver","cook"]}}]})");
  queue_.set_audit_share(0.5);
  corpus_.PutQueue(queue_);
  const std::unique_ptr<TeachStream> stream = Open();
  EXPECT_EQ(stream->Facts().num_audit_texts, 0u);
  EXPECT_EQ(stream->Facts().model_version, "blank:en@0");

  std::vector<std::string> asked_by_model;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(WaitUntilCurrent(*stream, corpus_.corpus().revision()).ok());
    const std::vector<storage::v1::Task> tasks = Take(*stream, 1, i);
    if (tasks.empty()) break;
    const storage::v1::SpanQuestion& question = tasks[0].question();
    const bool by_pattern = tasks[0].selection().strategy() == "patterns";
    EXPECT_EQ(question.has_score(), !by_pattern);
    EXPECT_TRUE(by_pattern || i >= 10) << "the model knows nothing yet";
    const std::string text = TextOf(tasks[0]);
    const auto ad =
        std::find_if(ads.begin(), ads.end(), [&](const Annotated& a) { return a.text == text; });
    ASSERT_NE(ad, ads.end()) << "a hold-out text is not asked about: " << text;
    const bool is_gold = std::any_of(
        ad->spans.begin(), ad->spans.end(),
        [&](const storage::v1::Span& gold) { return text::SameSpan(gold, question.span()); });
    if (is_gold) {
      corpus_.Accept("d", text, question.span());
    } else {
      corpus_.Reject("d", text, question.span());
    }
    if (!by_pattern)
      asked_by_model.emplace_back(text::SpanText(text, text::OffsetMap(text), question.span()));
  }
  EXPECT_EQ(corpus_.reader().GetQueue("q")->frames_size(), 0) << "no model, no frame";
  EXPECT_THAT(asked_by_model, Contains(AnyOf("Teacher", "Baker", "Painter", "Waiter")));
}

// A new label on a model that knows another one.
class NewLabelTest : public TeachTest {
 protected:
  NewLabelTest() {
    version_ = models_.Publish(
        measure::TrainOn(Ads(100, /*holdout=*/false, /*begin=*/1000), {"job"}), Replay());
    queue_.clear_labels();
    queue_.add_labels("place");
    queue_.set_patterns(
        R"({"label":"place","pattern":[{"LOWER":{"IN":["paris","london","rome"]}}]})");
  }

  static std::vector<storage::v1::LabelledText> Replay() {
    std::vector<storage::v1::LabelledText> replay;
    for (const Annotated& ad : Ads(20, /*holdout=*/false, /*begin=*/1000))
      replay.push_back(measure::CompleteText(ad, {"job"}));
    return replay;
  }
  std::shared_ptr<const ner::PatternSet> PatternsOfQueue() const {
    return *ner::PatternSet::Make(*formats::ParsePatterns(queue_.patterns()));
  }
  std::shared_ptr<const models::LoadedModel> Wider() const {
    return *WithPatternLabels(version_, queue_, PatternsOfQueue().get());
  }
  // The spans that the model marks in the ads, those of one label.
  static std::vector<std::string> Found(const ner::Model& model, const std::string& label) {
    std::vector<std::string> found;
    std::vector<ner::ScoredSpan> spans;
    for (const Annotated& ad : Ads(50, /*holdout=*/true)) {
      ner::Tagger().Tag(model, ad.text, spans);
      for (const ner::ScoredSpan& span : spans) {
        if (model.labels()[span.label] == label)
          found.push_back(absl::StrCat(ad.text, " ", span.start, "-", span.end));
      }
    }
    return found;
  }
  // Answers a question from what the ad says.
  void AnswerTask(const storage::v1::Task& task, const std::vector<Annotated>& ads) {
    const std::string text = TextOf(task);
    const storage::v1::Span& span = task.question().span();
    const auto ad =
        std::find_if(ads.begin(), ads.end(), [&](const Annotated& a) { return a.text == text; });
    ASSERT_NE(ad, ads.end()) << text;
    const bool is_gold =
        std::any_of(ad->spans.begin(), ad->spans.end(),
                    [&](const storage::v1::Span& gold) { return text::SameSpan(gold, span); });
    if (is_gold) {
      corpus_.Accept("d", text, span);
    } else {
      corpus_.Reject("d", text, span);
    }
  }

  std::shared_ptr<const models::LoadedModel> version_;
};

TEST_F(NewLabelTest, AModelGetsALabelItFindsNowhereAndKeepsTheOthers) {
  const std::shared_ptr<const models::LoadedModel> wider = Wider();
  EXPECT_THAT(wider->model->labels(), ElementsAre("job", "place"));
  EXPECT_EQ(wider->version, version_->version);
  EXPECT_EQ(Found(*wider->model, "job"), Found(*version_->model, "job"));
  EXPECT_THAT(Found(*wider->model, "job"), Not(IsEmpty()));
  EXPECT_THAT(Found(*wider->model, "place"), IsEmpty());
  for (const char* text : {"Paris", "Nurse wanted in Paris", "1", "(see U.S. law, 25 pages)"}) {
    EXPECT_THAT(FindCandidates(*wider->model, text, queue_).asked, IsEmpty()) << text;
  }
  // Nothing is added that no pattern asks about.
  EXPECT_EQ(*WithPatternLabels(version_, queue_, nullptr), version_);
}

TEST_F(NewLabelTest, PatternsAskForANewLabelUntilTheModelHasBeenTaughtIt) {
  const std::vector<Annotated> ads = Ads(60, /*holdout=*/false);
  corpus_.AddSource("s", TextsOf(ads));
  corpus_.AddSource("s", TextsOf(Ads(30, /*holdout=*/true)));
  corpus_.PutQueue(queue_);
  const std::unique_ptr<TeachStream> stream = Open();
  EXPECT_EQ(stream->Facts().model_version, "jobs@1");
  std::vector<std::string> asked_by_model;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(WaitUntilCurrent(*stream, corpus_.corpus().revision()).ok());
    const std::vector<storage::v1::Task> tasks = Take(*stream, 1, i);
    if (tasks.empty()) break;
    EXPECT_EQ(tasks[0].question().span().label(), "place");
    const bool by_pattern = tasks[0].selection().strategy() == "patterns";
    EXPECT_TRUE(by_pattern || i >= 10) << "the model knows nothing of it yet";
    AnswerTask(tasks[0], ads);
    if (!by_pattern) {
      const std::string text = TextOf(tasks[0]);
      asked_by_model.emplace_back(
          text::SpanText(text, text::OffsetMap(text), tasks[0].question().span()));
    }
  }
  EXPECT_EQ(corpus_.reader().GetQueue("q")->frames_size(), 0) << "no candidate, no frame";
  EXPECT_THAT(asked_by_model, Contains(AnyOf("Berlin", "Madrid")));
}

TEST_F(NewLabelTest, TeachingANewLabelDoesNotMoveTheOthers) {
  for (const Annotated& ad : Ads(60, /*holdout=*/false)) {
    for (const storage::v1::Span& span : ad.spans) {
      if (span.label() == "place") corpus_.Accept("d", ad.text, span);
    }
  }
  WorkingModel working = *WorkingModel::Start(models_.store(), Wider(), queue_, corpus_.reader());
  ASSERT_TRUE(working.CatchUp(corpus_.reader()).ok());
  ASSERT_GE(working.step(), 5u);
  EXPECT_THAT(Found(*working.model(), "place"), Not(IsEmpty()));
  EXPECT_EQ(Found(*working.model(), "job"), Found(*version_->model, "job"));
}

}  // namespace
}  // namespace winnow::teach

#include "common/teach/cold_start.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/formats/patterns.h"
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

}  // namespace
}  // namespace winnow::teach

#include "services/annotation/cold_start.h"

#include <algorithm>
#include <set>

#include "common/base/clock.h"
#include "common/rpc/patterns.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/annotation/queue_registry.h"
#include "services/annotation/testing.h"
#include "services/annotation/working_model.h"

namespace winnow::annotation {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::ShowAll;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPatterns[] = R"({"label":"job","pattern":"Nurse"}
{"label":"job","pattern":[{"LOWER":"head"},{"LOWER":"nurse"}]}
{"label":"place","pattern":[{"SHAPE":"Xxxxx"}]}
)";

TEST(FindPatternSpans, AreTheLongestOfTheQueuesLabelsInCodePoints) {
  storage::v1::Queue queue = MakeQueue();
  const auto patterns = *rpc::ReadPatterns(kPatterns);
  EXPECT_THAT(ShowAll(FindPatternSpans(*patterns, "Ü head Nurse in Paris", queue)),
              ElementsAre("2-12 job", "7-12 place", "16-21 place"));
  queue.clear_labels();
  queue.add_labels("job");
  EXPECT_THAT(ShowAll(FindPatternSpans(*patterns, "Ü head Nurse in Paris", queue)),
              ElementsAre("2-12 job"));
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
    EXPECT_THAT(FindTextCandidates(*(*version)->model, text, queue).candidates, IsEmpty()) << text;
  }
}

class ColdStartTest : public testing::Test {
 protected:
  ColdStartTest()
      : cache_(&models_.store()), registry_(corpus_.corpus(), cache_, models_.store(), clock_) {}

  std::vector<Violation> ViolationsOf(const v1::QueueSpec& spec) {
    return Violations::Of(registry_.Create({"", "CreateQueue", "", ""}, spec).status());
  }
  static v1::QueueSpec Spec(const std::string& model, const std::string& patterns) {
    v1::QueueSpec spec;
    spec.set_name("q");
    spec.set_kind(v1::QUEUE_KIND_BINARY);
    spec.set_source("s");
    spec.set_dataset("d");
    spec.add_labels("job");
    spec.set_model(model);
    spec.set_patterns(patterns);
    return spec;
  }

  TestModels models_;
  measure::TestCorpus corpus_;
  models::ModelCache cache_;
  FakeClock clock_;
  QueueRegistry registry_;
};

TEST_F(ColdStartTest, EverythingWrongWithThePatternsIsNamed) {
  EXPECT_THAT(
      ViolationsOf(Spec(
          "jobs", "{\"label\":\"job\"}\n{\"label\":\"job\",\"pattern\":[{\"POS\":\"NOUN\"}]}\n")),
      ElementsAre(Field(&Violation::where, "patterns: line 1: pattern"),
                  Field(&Violation::where, "patterns: line 2: pattern[0].POS")));
  EXPECT_THAT(ViolationsOf(Spec("jobs", R"({"label":"JOB","pattern":"Nurse"})")),
              ElementsAre(AllOf(Field(&Violation::where, "patterns"),
                                Field(&Violation::what, HasSubstr("JOB")))));
  EXPECT_THAT(ViolationsOf(Spec("jobs", std::string((1 << 20) + 1, ' '))),
              ElementsAre(Field(&Violation::what, HasSubstr("bytes"))));
  EXPECT_THAT(ViolationsOf(Spec("blank:en", "")),
              ElementsAre(Field(&Violation::where, "patterns")));
}

// From nothing: the patterns ask, their answers teach a model, and it asks about what they do not
// match.
TEST_F(ColdStartTest, WithoutAModelThePatternsAskUntilOneHasBeenTaught) {
  const std::vector<Annotated> ads = Ads(60, /*holdout=*/false);
  std::vector<std::string> texts = TextsOf(ads);
  for (const Annotated& ad : Ads(5, /*holdout=*/true)) texts.push_back(ad.text);
  corpus_.AddSource("s", texts);
  v1::QueueSpec spec =
      Spec("blank:en", R"({"label":"job","pattern":[{"LOWER":{"IN":["nurse","driver","cook"]}}]})");
  spec.set_audit_share(0.5);
  const auto queue = registry_.Create({"", "CreateQueue", "", ""}, spec);
  ASSERT_TRUE(queue.ok()) << queue.status();
  TaskSupply& supply = (*queue)->supply();
  v1::Queue described;
  supply.Describe(described);
  EXPECT_EQ(described.num_audit_texts(), 0u);
  EXPECT_EQ(described.model_version(), "blank:en@0");

  std::set<std::string> taken;
  AskedTasks asked;
  asked.taken = [&](const std::string& task_id) { return taken.count(task_id) > 0; };
  std::vector<std::string> asked_by_model;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(
        supply.WaitUntilCurrent(corpus_.corpus().revision(), absl::Now() + absl::Minutes(5)).ok());
    const std::optional<v1::Task> task = supply.Next(asked);
    if (!task.has_value()) break;
    taken.insert(task->task_id());
    ++asked.num_asked;
    const bool by_pattern = task->strategy() == "patterns";
    EXPECT_EQ(task->span().has_score(), !by_pattern);
    EXPECT_TRUE(by_pattern || i >= 10) << "the model knows nothing yet";
    const auto span =
        measure::MakeSpan(task->span().start(), task->span().end(), task->span().label());
    const auto ad = std::find_if(ads.begin(), ads.end(),
                                 [&](const Annotated& a) { return a.text == task->text(); });
    ASSERT_NE(ad, ads.end()) << "a hold-out text is not asked about: " << task->text();
    const bool is_gold =
        std::any_of(ad->spans.begin(), ad->spans.end(), [&](const storage::v1::Span& gold) {
          return gold.start() == span.start() && gold.end() == span.end() &&
                 gold.label() == span.label();
        });
    if (is_gold) {
      corpus_.Accept("d", task->text(), span);
    } else {
      corpus_.Reject("d", task->text(), span);
    }
    if (!by_pattern) asked_by_model.push_back(SpanText(task->text(), span.start(), span.end()));
  }
  EXPECT_THAT(asked_by_model,
              ::testing::Contains(::testing::AnyOf("Teacher", "Baker", "Painter", "Waiter")));
}

}  // namespace
}  // namespace winnow::annotation

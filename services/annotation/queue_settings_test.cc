#include "services/annotation/queue_settings.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::annotation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

storage::v1::Queue Teach(const std::string& model, const std::string& patterns) {
  storage::v1::Queue queue;
  queue.set_name("q");
  queue.set_kind(storage::v1::TASK_KIND_TEACH);
  queue.set_dataset("d");
  queue.set_source("s");
  queue.set_model(model);
  queue.add_labels("job");
  queue.set_strategy("uncertainty");
  queue.set_overlap(1);
  queue.set_patterns(patterns);
  return queue;
}

std::vector<Violation> ViolationsOf(const storage::v1::Queue& queue) {
  return Violations::Of(CheckSettings(queue));
}

TEST(QueueSettings, TheSettingsOfTheTestsAreRight) {
  EXPECT_THAT(ViolationsOf(Teach("jobs", "")), IsEmpty());
  EXPECT_THAT(ViolationsOf(Teach("blank:en", R"({"label":"job","pattern":"nurse"})")), IsEmpty());
}

TEST(QueueSettings, EverythingWrongWithThePatternsIsNamed) {
  EXPECT_THAT(
      ViolationsOf(Teach(
          "jobs", "{\"label\":\"job\"}\n{\"label\":\"job\",\"pattern\":[{\"POS\":\"NOUN\"}]}\n")),
      ElementsAre(Field(&Violation::where, "patterns: line 1: pattern"),
                  Field(&Violation::where, "patterns: line 2: pattern[0].POS")));
  EXPECT_THAT(ViolationsOf(Teach("jobs", R"({"label":"JOB","pattern":"Nurse"})")),
              ElementsAre(AllOf(Field(&Violation::where, "patterns"),
                                Field(&Violation::what, HasSubstr("JOB")))));
  EXPECT_THAT(ViolationsOf(Teach("jobs", std::string((1 << 20) + 1, ' '))),
              ElementsAre(Field(&Violation::what, HasSubstr("bytes"))));
  EXPECT_THAT(ViolationsOf(Teach("blank:en", "")),
              ElementsAre(Field(&Violation::where, "patterns")));
}

TEST(QueueSettings, AllWrongFieldsAreNamedAtOnce) {
  storage::v1::Queue queue = Teach("jobs", "");
  queue.set_name("a/b");
  queue.set_source("/proc");
  queue.set_model("../jobs");
  queue.add_exclude_datasets("..");
  queue.clear_labels();
  queue.set_audit_share(1.5);
  queue.set_strategy("luck");
  queue.set_overlap(101);
  queue.add_gold_datasets(".");
  queue.set_check_share(0.6);
  queue.set_min_agreement(-1);
  EXPECT_THAT(
      ViolationsOf(queue),
      ElementsAre(Field(&Violation::where, "name"), Field(&Violation::where, "exclude_datasets"),
                  Field(&Violation::where, "gold_datasets"), Field(&Violation::where, "overlap"),
                  Field(&Violation::where, "check_share"),
                  Field(&Violation::where, "min_agreement"), Field(&Violation::where, "source"),
                  Field(&Violation::where, "labels"), Field(&Violation::where, "model"),
                  Field(&Violation::where, "audit_share"), Field(&Violation::where, "strategy")));
}

TEST(QueueSettings, PeopleAreCheckedBySpansAlone) {
  storage::v1::Queue queue = Teach("", "");
  queue.set_kind(storage::v1::TASK_KIND_COMPARE);
  EXPECT_THAT(ViolationsOf(queue), IsEmpty());
  queue.set_check_share(0.1);
  queue.add_gold_datasets("gold");
  queue.set_min_agreement(0.5);
  EXPECT_THAT(ViolationsOf(queue), ElementsAre(Field(&Violation::where, "check_share"),
                                               Field(&Violation::where, "gold_datasets"),
                                               Field(&Violation::where, "min_agreement")));
}

TEST(QueueSettings, OtherKindsAreRefused) {
  storage::v1::Queue queue = Teach("jobs", "");
  queue.set_kind(storage::v1::TASK_KIND_UNSPECIFIED);
  EXPECT_THAT(ViolationsOf(queue), ElementsAre(Field(&Violation::where, "kind")));
}

TEST(QueueSettings, AReviewIsOfDataSetsAndDecidedOnce) {
  storage::v1::Queue queue;
  queue.set_name("q");
  queue.set_kind(storage::v1::TASK_KIND_REVIEW);
  queue.set_dataset("d");
  queue.add_labels("job");
  queue.set_overlap(1);
  queue.set_auto_accept(true);
  queue.set_hide_names(true);
  for (const char* dataset : {"a", "b"}) queue.add_input_datasets(dataset);
  EXPECT_THAT(ViolationsOf(queue), IsEmpty());
  for (const char* dataset : {"a", "d", "../c"}) queue.add_input_datasets(dataset);
  queue.set_source("s");
  queue.set_model("jobs");
  queue.set_overlap(2);
  queue.set_patterns("{}");
  queue.clear_labels();
  std::vector<std::string> wrong;
  for (const Violation& violation : ViolationsOf(queue)) wrong.push_back(violation.where);
  EXPECT_THAT(wrong, testing::IsSupersetOf(
                         {"input_datasets", "source", "labels", "model", "patterns", "overlap"}));
  EXPECT_EQ(std::count(wrong.begin(), wrong.end(), "input_datasets"), 3);
  queue.clear_input_datasets();
  EXPECT_THAT(ViolationsOf(queue), testing::Contains(Field(&Violation::where, "input_datasets")));
}

TEST(QueueSettings, OnlyReviewAndCorrectTakeDataSets) {
  storage::v1::Queue queue = Teach("jobs", "");
  queue.add_input_datasets("a");
  queue.clear_source();
  queue.set_auto_accept(true);
  queue.set_hide_names(true);
  EXPECT_THAT(ViolationsOf(queue), ElementsAre(Field(&Violation::where, "auto_accept"),
                                               Field(&Violation::where, "hide_names"),
                                               Field(&Violation::where, "input_datasets")));
  queue.set_kind(storage::v1::TASK_KIND_CORRECT);
  queue.clear_auto_accept();
  queue.clear_hide_names();
  EXPECT_THAT(ViolationsOf(queue), IsEmpty());
  queue.set_source("s");
  EXPECT_THAT(ViolationsOf(queue), ElementsAre(Field(&Violation::where, "source")));
}

storage::v1::Queue Markup(storage::v1::TaskKind kind, const std::string& model,
                          const std::string& order, const std::string& patterns = "") {
  storage::v1::Queue queue = Teach(model, patterns);
  queue.set_kind(kind);
  queue.set_strategy(order);
  return queue;
}

TEST(QueueSettings, MarkupTakesAModelOrPatternsAndAnOrder) {
  const auto manual = storage::v1::TASK_KIND_MANUAL, correct = storage::v1::TASK_KIND_CORRECT;
  const std::string patterns = R"({"label":"job","pattern":"nurse"})";
  for (const char* order : {"source", "random"}) {
    EXPECT_THAT(ViolationsOf(Markup(manual, "", order, patterns)), IsEmpty());
    EXPECT_THAT(ViolationsOf(Markup(correct, "jobs@2", order)), IsEmpty());
  }
  EXPECT_THAT(ViolationsOf(Markup(correct, "jobs", "uncertainty")), IsEmpty());

  EXPECT_THAT(
      ViolationsOf(Markup(manual, "jobs", "uncertainty", R"({"label":"JOB","pattern":"a"})")),
      ElementsAre(Field(&Violation::where, "patterns"), Field(&Violation::where, "model"),
                  AllOf(Field(&Violation::where, "strategy"),
                        Field(&Violation::what, HasSubstr("source, random")))));
  storage::v1::Queue wrong = Markup(correct, "", "entropy", patterns);
  wrong.clear_labels();
  wrong.set_source("a/b");
  EXPECT_THAT(
      ViolationsOf(wrong),
      ElementsAre(Field(&Violation::where, "source"), Field(&Violation::where, "labels"),
                  Field(&Violation::where, "patterns"), Field(&Violation::where, "model"),
                  Field(&Violation::where, "patterns"), Field(&Violation::where, "strategy")));
  // Texts are judged as a whole.
  storage::v1::Queue whole = Markup(manual, "", "source");
  whole.clear_labels();
  EXPECT_THAT(ViolationsOf(whole), IsEmpty());
  // A model that is yet to be imported has no name.
  EXPECT_THAT(Violations::Of(CheckSettings(Markup(correct, "", "uncertainty"), Empty::kIsToCome)),
              IsEmpty());
}

TEST(QueueSettings, WhereOnlyPatternsAskThereIsNoModelAndNoAudit) {
  storage::v1::Queue queue = Teach("", R"({"label":"job","pattern":"nurse"})");
  queue.set_strategy("patterns");
  EXPECT_THAT(ViolationsOf(queue), IsEmpty());
  queue.set_model("jobs");
  queue.set_audit_share(0.15);
  queue.clear_patterns();
  EXPECT_THAT(ViolationsOf(queue),
              ElementsAre(Field(&Violation::where, "model"), Field(&Violation::where, "patterns"),
                          Field(&Violation::where, "audit_share")));
}

}  // namespace
}  // namespace winnow::annotation

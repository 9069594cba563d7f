#include "common/tasks/checks.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Answer;
using storage::v1::Task;

storage::v1::Queue QueueOf(double share, double min_agreement = 0) {
  storage::v1::Queue queue;
  queue.set_name("q");
  queue.set_check_share(share);
  queue.set_min_agreement(min_agreement);
  return queue;
}

bool HoldsNone(const Id&) { return false; }

// One person at work.
class Person {
 public:
  explicit Person(Checks& checks, std::string name = "ann")
      : checks_(checks), name_(std::move(name)) {}

  Answer Of(absl::string_view task) {
    Answer answer;
    answer.set_annotator(name_);
    answer.set_revision(++revision_);
    answer.set_task_id(corpus::ExampleIdOf(task));
    answer.set_verdict(storage::v1::VERDICT_ACCEPT);
    return answer;
  }
  void AnswerTasks(int num_tasks) {
    for (int i = 0; i < num_tasks; ++i) checks_.Added(Of(absl::StrCat("task ", i)));
  }
  // Gets checks and answers them, `num_answers` answers in all.
  std::vector<Task> Work(int num_answers) {
    std::vector<Task> asked;
    for (int i = 0; i < num_answers; ++i) {
      const std::optional<Task> check = checks_.Next(name_, 0, HoldsNone);
      if (check.has_value()) {
        AnswerCheck(*check, true);
        asked.push_back(*check);
      } else {
        AnswerTasks(1);
      }
    }
    return asked;
  }
  Answer AnswerCheck(const Task& check, bool agrees,
                     storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
    Answer answer = Of("");
    answer.set_task_id(check.id());
    answer.set_verdict(verdict);
    answer.set_surplus(true);
    *answer.mutable_check() = check.check();
    answer.mutable_check()->set_agreed(agrees);
    checks_.Added(answer);
    return answer;
  }

 private:
  Checks& checks_;
  const std::string name_;
  uint64_t revision_ = 0;
};

std::vector<Task> Gold(int num_tasks) {
  std::vector<Task> gold;
  for (int i = 0; i < num_tasks; ++i) {
    Task task = MakeTask(absl::StrCat("gold ", i));
    task.mutable_check()->set_gold_dataset("gold");
    task.mutable_check()->set_verdict(storage::v1::VERDICT_ACCEPT);
    gold.push_back(task);
  }
  return gold;
}

TEST(Checks, OwnAnswersAreAskedAgainAHundredAnswersLaterEachOnce) {
  Checks checks(QueueOf(1), {});
  Person ann(checks);
  ann.AnswerTasks(static_cast<int>(kRecheckAfter));
  EXPECT_EQ(checks.Next("ann", 0, HoldsNone), std::nullopt);
  ann.AnswerTasks(3);
  std::set<uint64_t> asked;
  for (const Task& check : ann.Work(3)) asked.insert(check.check().own_revision());
  EXPECT_EQ(asked, (std::set<uint64_t>{1, 2, 3}));
  EXPECT_EQ(checks.Next("ann", 0, HoldsNone), std::nullopt) << "checks are not asked again";
  EXPECT_EQ(checks.Next("bob", 0, HoldsNone), std::nullopt);
}

TEST(Checks, WhatWasIgnoredOrCameTooLateIsNotAskedAgain) {
  Checks checks(QueueOf(1), {});
  Person ann(checks);
  Answer ignored = ann.Of("ignored");
  ignored.set_verdict(storage::v1::VERDICT_IGNORE);
  checks.Added(ignored);
  Answer surplus = ann.Of("surplus");
  surplus.set_surplus(true);
  checks.Added(surplus);
  ann.AnswerTasks(static_cast<int>(kRecheckAfter));
  EXPECT_EQ(checks.Next("ann", 0, HoldsNone), std::nullopt);
}

TEST(Checks, AnAnswerThatWasTakenBackIsNotAskedAgain) {
  Checks checks(QueueOf(1), {});
  Person ann(checks);
  const Answer first = ann.Of("first");
  checks.Added(first);
  ann.AnswerTasks(static_cast<int>(kRecheckAfter));
  ASSERT_TRUE(checks.Next("ann", 0, HoldsNone).has_value());
  checks.Removed(first);
  EXPECT_EQ(checks.Next("ann", 0, HoldsNone), std::nullopt);
}

TEST(Checks, TheShareOfTasksThatAreChecksIsTheQueues) {
  Checks checks(QueueOf(0.04), Gold(400));
  Person ann(checks);
  // Binomial(5000, .04): standard deviation 14.
  EXPECT_NEAR(static_cast<double>(ann.Work(5000).size()), 200, 45);
}

TEST(Checks, GoldAndOwnTasksTakeTurnsAndPeopleGetTheirsInAnOrderOfTheirOwn) {
  Checks checks(QueueOf(0.5), Gold(100));
  Person ann(checks);
  Person bob(checks, "bob");
  ann.AnswerTasks(300);
  bob.AnswerTasks(300);
  const std::vector<Task> of_ann = ann.Work(100);
  const std::vector<Task> of_bob = bob.Work(100);
  EXPECT_GT(checks.Facts("ann").num_gold, 10u);
  EXPECT_GT(checks.Facts("ann").num_own, 10u);
  std::set<std::string> ids;
  for (const auto& asked : {of_ann, of_bob})
    for (const Task& check : asked) EXPECT_TRUE(ids.insert(check.id()).second);
}

TEST(Checks, ATaskInTheirHandsIsNotGivenOnceMore) {
  Checks checks(QueueOf(1), Gold(1));
  const std::optional<Task> first = checks.Next("ann", 0, HoldsNone);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->check().gold_dataset(), "gold");
  const Id id(first->id());
  EXPECT_EQ(checks.Next("ann", 1, [&](const Id& task) { return task == id; }), std::nullopt);
  EXPECT_NE(checks.Next("bob", 0, HoldsNone)->id(), first->id());
}

TEST(Checks, FactsAreOfAnswersThatStandAndWereNotIgnored) {
  Checks checks(QueueOf(1), Gold(3));
  Person ann(checks);
  const Answer first = ann.AnswerCheck(*checks.Next("ann", 0, HoldsNone), true);
  ann.AnswerCheck(*checks.Next("ann", 0, HoldsNone), false);
  ann.AnswerCheck(*checks.Next("ann", 0, HoldsNone), false, storage::v1::VERDICT_IGNORE);
  EXPECT_EQ(checks.Facts("ann").num_gold, 2u);
  EXPECT_EQ(checks.Facts("ann").num_gold_agreed, 1u);
  checks.Removed(first);
  EXPECT_EQ(checks.Facts("ann").num_gold, 1u);
  EXPECT_EQ(checks.Facts("ann").num_gold_agreed, 0u);
  ASSERT_TRUE(checks.Next("ann", 0, HoldsNone).has_value()) << "it is asked again";
  checks.Clear();
  EXPECT_EQ(checks.Facts("ann").num_gold, 0u);
}

TEST(Checks, WhoSurelyAgreesTooSeldomIsBelowTheBar) {
  const auto is_below = [](int num_agreed, int num_checks, double bar) {
    Checks checks(QueueOf(1, bar), Gold(100));
    Person ann(checks);
    for (int i = 0; i < num_checks; ++i)
      ann.AnswerCheck(*checks.Next("ann", 0, HoldsNone), i < num_agreed);
    return checks.Facts("ann").is_below_bar;
  };
  EXPECT_TRUE(is_below(10, 20, 0.8));
  EXPECT_FALSE(is_below(9, 19, 0.8)) << "too few checks";
  EXPECT_FALSE(is_below(15, 20, 0.8)) << "it may be chance";
  EXPECT_TRUE(is_below(60, 100, 0.8));
  EXPECT_FALSE(is_below(0, 100, 0)) << "no bar";
}

TEST(FillOwnCheck, ExpectsWhatWasAnswered) {
  Answer earlier = corpus::MakeAnswer("a text");
  earlier.set_kind(storage::v1::TASK_KIND_MANUAL);
  earlier.set_coverage(storage::v1::COVERAGE_COMPLETE);
  earlier.set_revision(7);
  earlier.add_complete_labels("job");
  earlier.clear_decisions();
  *earlier.add_decisions()->mutable_span() = corpus::MakeSpan(0, 1, "job");
  Task check;
  check.set_id(corpus::CheckTaskIdOf("ann", "7"));
  FillOwnCheck(earlier, check);
  EXPECT_EQ(check.id(), corpus::CheckTaskIdOf("ann", "7"));
  EXPECT_EQ(check.example_id(), earlier.example_id());
  EXPECT_EQ(check.markup().labels_size(), 1);
  EXPECT_EQ(check.check().own_revision(), 7u);
  EXPECT_EQ(check.check().verdict(), earlier.verdict());
  ASSERT_EQ(check.check().spans_size(), 1);
  EXPECT_EQ(check.check().spans(0).end(), 1u);
}

}  // namespace
}  // namespace winnow::tasks

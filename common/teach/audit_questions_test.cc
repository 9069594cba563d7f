#include "common/teach/audit_questions.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using storage::v1::Task;

FrameQuestions Frame(const std::string& version, int count, size_t num_first = 0) {
  FrameQuestions frame;
  for (int i = 0; i < count; ++i) {
    AuditQuestion question;
    question.task = corpus::Id(corpus::ExampleIdOf(absl::StrCat(version, " ", i)));
    question.model_version = version;
    frame.questions.push_back(question);
  }
  frame.num_first = num_first;
  return frame;
}

// A letter for each question: that of its frame.
std::string Ask(AuditQuestions& questions, std::set<corpus::Id>& known, int count) {
  std::string order;
  for (int i = 0; i < count; ++i) {
    const std::optional<Task> task =
        questions.Next([&](const corpus::Id& id) { return known.contains(id); });
    if (!task.has_value()) break;
    known.insert(corpus::Id(task->id()));
    order += task->selection().model_version();
  }
  return order;
}

TEST(AuditQuestions, AFrameThatComesFirstHasItsShareBeforeTheOthers) {
  AuditQuestions questions;
  std::set<corpus::Id> known;
  questions.Set({Frame("a", 100)});
  EXPECT_EQ(Ask(questions, known, 10), std::string(10, 'a'));
  questions.Set({Frame("a", 100), Frame("b", 10, 4)});
  EXPECT_EQ(questions.size(), 110u);
  // A tenth of the first was asked, four tenths of the second.
  EXPECT_EQ(Ask(questions, known, 12), "bbbb" + std::string(8, 'a'));
  questions.Restart();
  EXPECT_EQ(Ask(questions, known, 1000).size(), 88u);
}

TEST(AuditQuestions, AFrameThatIsShorterThanItsFirstOnesEnds) {
  AuditQuestions questions;
  std::set<corpus::Id> known;
  questions.Set({Frame("a", 3), Frame("b", 2, 4)});
  EXPECT_EQ(Ask(questions, known, 10), "bbaaa");
}

}  // namespace
}  // namespace winnow::teach

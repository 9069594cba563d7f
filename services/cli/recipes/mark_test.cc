#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"
#include "services/cli/terminal/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MarkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!pty_.ok())
      GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
    world_.environment.terminal = pty_.path();
    world_.variables["NO_COLOR"] = "1";
  }
  static annotation::v1::Task WholeText(const std::string& text, const std::string& fields = "") {
    annotation::v1::Task task = MarkupTask(text);
    task.mutable_markup()->clear_labels();
    task.set_fields_json(fields);
    return task;
  }

  FakeWorld world_;
  Pty pty_;
};

TEST_F(MarkTest, KeysJudgeTextsAsAWhole) {
  world_.annotation.tasks = {
      WholeText("a nurse", R"({"spans":[{"start":2,"end":7,"label":"job"},{"start":-1},7]})"),
      WholeText("table", R"({"spans":7})"), WholeText("???"), WholeText("cook")};
  // Rejects the second, takes that back and ignores it.
  pty_.Type("axu xaq");
  EXPECT_EQ(world_.Run({"mark", "d", "s", "-e", "gold", "--order", "random", "--json"}), 0)
      << world_.err.str();
  const annotation::v1::QueueSpec& spec = world_.annotation.queue;
  EXPECT_EQ(spec.kind(), annotation::v1::TASK_KIND_MANUAL);
  EXPECT_TRUE(spec.labels().empty());
  EXPECT_EQ(spec.strategy(), "random");
  EXPECT_EQ(spec.exclude_datasets(0), "gold");
  EXPECT_THAT(spec.name(), StartsWith("d.mark-"));
  std::vector<std::string> verdicts;
  const nlohmann::json json = nlohmann::json::parse(world_.out.str());
  for (const auto& answer : json["asked"]) verdicts.push_back(answer["verdict"]);
  EXPECT_THAT(verdicts, testing::ElementsAre("accept", "ignore", "reject", "accept"));
  EXPECT_EQ(json["asked"][0]["spans"].size(), 1u);
  for (const annotation::v1::NewAnswer& answer : world_.annotation.answers)
    EXPECT_TRUE(answer.spans().empty());
  EXPECT_THAT(pty_.Screen(), AllOf(HasSubstr("a [nurse|job]"), HasSubstr("x reject")));
}

TEST_F(MarkTest, AnswerTakesItsQueuesAndNoOracleDoes) {
  world_.annotation.queue.set_kind(annotation::v1::TASK_KIND_MANUAL);
  world_.annotation.tasks = {WholeText("table")};
  pty_.Type("x");
  EXPECT_EQ(world_.Run({"answer", "d.mark-1"}), 0) << world_.err.str();
  ASSERT_EQ(world_.annotation.answers.size(), 1u);
  EXPECT_EQ(world_.annotation.answers[0].verdict(), common::v1::VERDICT_REJECT);
  AddGold(world_.annotation, "table", {});
  EXPECT_EQ(world_.Run({"answer", "d.mark-1", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("annotations do not tell"));
}

}  // namespace
}  // namespace winnow::cli

#include "services/cli/recipes/oracle.h"

#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"
#include "services/cli/terminal/highlight.h"

namespace winnow::cli {
namespace {

using annotation::v1::Answer;

common::v1::Span MakeSpan(uint32_t start, uint32_t end, const std::string& label) {
  common::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(label);
  return span;
}

Answer Complete(uint64_t revision, const std::string& text, const std::vector<std::string>& labels,
                const std::vector<common::v1::Span>& spans) {
  Answer answer;
  answer.set_revision(revision);
  answer.set_text(text);
  answer.set_verdict(common::v1::VERDICT_ACCEPT);
  answer.set_coverage(annotation::v1::COVERAGE_COMPLETE);
  for (const std::string& label : labels) answer.add_complete_labels(label);
  for (const common::v1::Span& span : spans) {
    answer.add_judgements()->set_verdict(common::v1::VERDICT_ACCEPT);
    *answer.mutable_judgements()->rbegin()->mutable_span() = span;
  }
  return answer;
}

TEST(Gold, AcceptsExactlyTheGoldSpans) {
  const Gold gold({Complete(1, "a senior nurse", {"job"}, {MakeSpan(2, 14, "job")})});
  EXPECT_EQ(gold.Judge("a senior nurse", MakeSpan(2, 14, "job")), common::v1::VERDICT_ACCEPT);
  EXPECT_EQ(gold.Judge("a senior nurse", MakeSpan(9, 14, "job")), common::v1::VERDICT_REJECT);
  EXPECT_EQ(gold.Judge("a senior nurse", MakeSpan(2, 13, "job")), common::v1::VERDICT_REJECT);
}

TEST(Gold, IgnoresWhatItDoesNotKnow) {
  const Gold gold({Complete(1, "nurse", {"job"}, {MakeSpan(0, 5, "job")})});
  EXPECT_EQ(gold.Judge("cook", MakeSpan(0, 4, "job")), common::v1::VERDICT_IGNORE);
  EXPECT_EQ(gold.Judge("nurse", MakeSpan(0, 5, "company")), common::v1::VERDICT_IGNORE);
}

TEST(Gold, TheLatestAnnotationOfALabelCounts) {
  const Gold gold(
      {Complete(1, "nurse cook", {"job", "city"}, {MakeSpan(0, 5, "job"), MakeSpan(6, 10, "city")}),
       Complete(2, "nurse cook", {"job"}, {MakeSpan(6, 10, "job")})});
  EXPECT_EQ(gold.Judge("nurse cook", MakeSpan(0, 5, "job")), common::v1::VERDICT_REJECT);
  EXPECT_EQ(gold.Judge("nurse cook", MakeSpan(6, 10, "job")), common::v1::VERDICT_ACCEPT);
  EXPECT_EQ(gold.Judge("nurse cook", MakeSpan(6, 10, "city")), common::v1::VERDICT_ACCEPT);
}

TEST(Gold, MarksWhatIsAnnotatedWithAllTheLabels) {
  const Gold gold(
      {Complete(1, "nurse in Paris", {"job", "city"},
                {MakeSpan(9, 14, "city"), MakeSpan(0, 5, "job")}),
       Complete(2, "none", {"job"}, {}),
       Complete(3, "New York", {"job", "city"}, {MakeSpan(0, 8, "city"), MakeSpan(4, 8, "job")})});
  const auto marked = [&](const std::string& text, const std::vector<std::string>& labels) {
    const auto spans = gold.Mark(text, labels);
    return spans.has_value() ? Highlight(text, *spans, false) : "unknown";
  };
  EXPECT_EQ(marked("nurse in Paris", {"city", "job"}), "[nurse|job] in [Paris|city]");
  EXPECT_EQ(marked("nurse in Paris", {"city"}), "nurse in [Paris|city]");
  EXPECT_EQ(marked("none", {"job"}), "none");
  EXPECT_EQ(marked("none", {"job", "city"}), "unknown");
  EXPECT_EQ(marked("cook", {"job"}), "unknown");
  EXPECT_EQ(marked("New York", {"job", "city"}), "unknown") << "no answer may have overlaps";
  EXPECT_EQ(marked("New York", {"job"}), "New [York|job]");
}

TEST(Gold, UndoneBinaryAndRejectedRowsSayNothing) {
  FakeWorld world;
  std::vector<annotation::v1::LogEntry>& log = world.annotation.datasets["gold"];
  *log.emplace_back().mutable_answer() = Complete(1, "undone", {"job"}, {});
  annotation::v1::Undo& undo = *log.emplace_back().mutable_undo();
  undo.set_revision(2);
  undo.set_undone_revision(1);
  Answer binary = Complete(3, "binary", {"job"}, {MakeSpan(0, 1, "job")});
  binary.set_coverage(annotation::v1::COVERAGE_BINARY);
  Answer bad = Complete(4, "bad", {"job"}, {});
  bad.set_verdict(common::v1::VERDICT_REJECT);
  *log.emplace_back().mutable_answer() = binary;
  *log.emplace_back().mutable_answer() = bad;
  *log.emplace_back().mutable_answer() = Complete(5, "good", {"job"}, {});
  const auto session = world.environment.connect({}, world.environment);
  ASSERT_TRUE(session.ok());
  const absl::StatusOr<Gold> gold = Gold::Load(**session, "gold");
  ASSERT_TRUE(gold.ok()) << gold.status();
  EXPECT_EQ(gold->num_texts(), 1u);
  EXPECT_EQ(gold->Judge("good", MakeSpan(0, 1, "job")), common::v1::VERDICT_REJECT);
}

annotation::v1::Task ComparisonOf(const std::string& text,
                                  const std::vector<common::v1::Span>& first,
                                  const std::vector<common::v1::Span>& second) {
  annotation::v1::Task task;
  task.set_text(text);
  annotation::v1::BlindComparison& comparison = *task.mutable_comparison();
  for (const common::v1::Span& span : first) *comparison.add_first() = span;
  for (const common::v1::Span& span : second) *comparison.add_second() = span;
  return task;
}

TEST(Gold, FewerWrongAndMissingSpansWin) {
  const Gold gold(
      {Complete(1, "nurse cook", {"job"}, {MakeSpan(0, 5, "job"), MakeSpan(6, 10, "job")})});
  const auto both = std::vector{MakeSpan(0, 5, "job"), MakeSpan(6, 10, "job")};
  const auto one = std::vector{MakeSpan(0, 5, "job")};
  const auto wrong = std::vector{MakeSpan(0, 5, "job"), MakeSpan(0, 10, "job")};
  EXPECT_EQ(gold.Compare(ComparisonOf("nurse cook", both, one), {"job"}),
            annotation::v1::CHOICE_FIRST);
  EXPECT_EQ(gold.Compare(ComparisonOf("nurse cook", {}, one), {"job"}),
            annotation::v1::CHOICE_SECOND);
  // One missing against one missing and one wrong.
  EXPECT_EQ(gold.Compare(ComparisonOf("nurse cook", one, wrong), {"job"}),
            annotation::v1::CHOICE_FIRST);
}

TEST(Gold, EqualIsATieAndOtherLabelsDoNotCount) {
  const Gold gold({Complete(1, "nurse", {"job", "city"}, {MakeSpan(0, 5, "job")})});
  const auto task = ComparisonOf("nurse", {MakeSpan(0, 5, "job"), MakeSpan(0, 5, "city")},
                                 {MakeSpan(0, 5, "job")});
  EXPECT_EQ(gold.Compare(task, {"job"}), annotation::v1::CHOICE_TIE);
  EXPECT_EQ(gold.Compare(task, {"job", "city"}), annotation::v1::CHOICE_SECOND);
}

TEST(Gold, TextsItDoesNotKnowAreNotCompared) {
  const Gold gold({Complete(1, "nurse", {"job"}, {})});
  EXPECT_EQ(gold.Compare(ComparisonOf("cook", {}, {}), {"job"}),
            annotation::v1::CHOICE_UNSPECIFIED);
  EXPECT_EQ(gold.Compare(ComparisonOf("nurse", {}, {}), {"job", "city"}),
            annotation::v1::CHOICE_UNSPECIFIED);
}

}  // namespace
}  // namespace winnow::cli

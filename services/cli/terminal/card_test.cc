#include "services/cli/terminal/card.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

void SetSpan(uint32_t start, uint32_t end, const std::string& label, common::v1::Span& span) {
  span.set_start(start);
  span.set_end(end);
  span.set_label(label);
}

TEST(AnswerCard, ColoursTellVerdicts) {
  annotation::v1::Answer answer;
  answer.set_text("ab");
  answer.set_verdict(common::v1::VERDICT_REJECT);
  answer.set_annotator("anna\x1b");
  answer.set_model_version("m@2");
  annotation::v1::SpanJudgement& rejected = *answer.add_judgements();
  SetSpan(0, 1, "X", *rejected.mutable_span());
  rejected.set_verdict(common::v1::VERDICT_REJECT);
  annotation::v1::SpanJudgement& accepted = *answer.add_judgements();
  SetSpan(0, 2, "X", *accepted.mutable_span());
  accepted.set_verdict(common::v1::VERDICT_ACCEPT);
  EXPECT_EQ(AnswerCard(answer, true),
            "\x1b[31mreject\x1b[0m  \x1b[2manna\uFFFD  m@2\x1b[0m\n"
            "\x1b[7;31m\x1b[7;32ma\x1b[0m\x1b[2m X\x1b[0m\x1b[7;32mb\x1b[0m\x1b[2m X\x1b[0m\n");
  EXPECT_EQ(AnswerCard(answer, false), "reject  anna\uFFFD  m@2\n[[a|X: reject]b|X: accept]\n");
}

TEST(AnswerCard, AComparisonShowsBothOutputs) {
  annotation::v1::Answer answer;
  answer.set_text("ab");
  answer.set_verdict(common::v1::VERDICT_ACCEPT);
  annotation::v1::Comparison& comparison = *answer.mutable_comparison();
  comparison.set_model_a("m@1");
  comparison.set_model_b("m@2");
  SetSpan(0, 1, "X", *comparison.add_spans_a());
  comparison.set_preference(common::v1::PREFERENCE_B);
  EXPECT_EQ(AnswerCard(answer, false), "accept\nm@1  [a|X]b\nm@2  ab  (no span)\npreferred: m@2\n");
}

TEST(SpanCard, SelectsWithinThePartThatIsShown) {
  annotation::v1::Task task;
  task.set_text("First. A senior nurse.");
  task.set_view_start(7);
  task.set_view_end(22);
  SetSpan(16, 21, "job", *task.mutable_question()->mutable_span());
  EXPECT_THAT(SpanCard(task, false, {9, 21}), StartsWith("... A »senior [nurse«|job].\n"));
  EXPECT_THAT(SpanCard(task, false), HasSubstr("A senior [nurse|job]."));
}

}  // namespace
}  // namespace winnow::cli

#include "services/cli/terminal/span_editor.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/terminal/keys.h"

namespace winnow::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

common::v1::Span MakeSpan(uint32_t start, uint32_t end, const std::string& label) {
  common::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(label);
  return span;
}

// The marked text after the keys: < > left and right, { } with shift, # backspace.
class SpanEditorTest : public testing::Test {
 protected:
  std::string After(absl::string_view keys) {
    for (const char key : keys) editor_.Press(KeyOf(key));
    return Highlight(text_, editor_.spans(), /*colour=*/false);
  }
  static int KeyOf(char key) {
    switch (key) {
      case '<':
        return kKeyLeft;
      case '>':
        return kKeyRight;
      case '{':
        return kKeyShiftLeft;
      case '}':
        return kKeyShiftRight;
      case '#':
        return kKeyBackspace;
    }
    return key;
  }
  std::string Selected() const { return Highlight(text_, {}, false, editor_.selection()); }

  const std::string text_ = "Köchin wanted in New York";
  SpanEditor editor_{text_, {"job", "place"}, {}};
};

TEST_F(SpanEditorTest, ALabelKeyMarksTheTokenAtTheCursor) {
  EXPECT_EQ(Selected(), "»Köchin« wanted in New York");
  EXPECT_EQ(After("1"), "[Köchin|job] wanted in New York");
  EXPECT_EQ(After(">>>>2"), "[Köchin|job] wanted in New [York|place]");
  ASSERT_EQ(editor_.spans().size(), 2u);
  EXPECT_EQ(editor_.spans()[0].end(), 6u) << "code points, not bytes";
}

TEST_F(SpanEditorTest, ShiftAndBracketsExtendTheSelectionBothWays) {
  EXPECT_EQ(After(">>>]2"), "Köchin wanted in [New York|place]");
  EXPECT_EQ(Selected(), "Köchin wanted in New »York«");
  EXPECT_EQ(After("#"), text_);
  EXPECT_EQ(After("{2"), "Köchin wanted in [New York|place]");
  EXPECT_EQ(After("#<<[}]1"), "Köchin [wanted in|job] New York")
      << "back at the anchor, then to its other side";
}

TEST_F(SpanEditorTest, TheCursorStopsAtTheEndsOfTheText) {
  EXPECT_EQ(After("<<{1"), "[Köchin|job] wanted in New York");
  EXPECT_EQ(After(">>>>>>>}]1"), "[Köchin|job] wanted in New [York|job]");
}

TEST_F(SpanEditorTest, ALabelKeyInASpanChangesItsLabel) {
  EXPECT_EQ(After(">>>]1"), "Köchin wanted in [New York|job]");
  EXPECT_EQ(After("<2"), "Köchin wanted in [New York|place]");
}

TEST_F(SpanEditorTest, AMarkReplacesWhatItOverlaps) {
  EXPECT_EQ(After(">]2>]1"), "Köchin [wanted in|place] [New York|job]");
  EXPECT_EQ(After("<[2"), "Köchin wanted [in New|place] York") << "one mark in place of two";
}

TEST_F(SpanEditorTest, OnlyTheSpanAtTheCursorIsDeleted) {
  EXPECT_EQ(After("1>2>d"), "[Köchin|job] [wanted|place] in New York");
  EXPECT_EQ(After("<d"), "[Köchin|job] wanted in New York");
}

TEST_F(SpanEditorTest, KeysThatMeanNothingChangeNothing) {
  for (const int key : {int{'3'}, int{'z'}, int{'A'}, int{' '}, int{kKeyEnter}})
    EXPECT_FALSE(editor_.Press(key)) << key;
  EXPECT_THAT(editor_.spans(), IsEmpty());
}

TEST(SpanEditor, BeginsWithWhatIsMarkedAlready) {
  SpanEditor editor("a nurse, a cook", {"job"}, {MakeSpan(11, 15, "job"), MakeSpan(2, 7, "job")});
  EXPECT_EQ(Highlight("a nurse, a cook", editor.spans(), false), "a [nurse|job], a [cook|job]");
  editor.Press(kKeyRight);
  editor.Press('d');
  EXPECT_EQ(Highlight("a nurse, a cook", editor.spans(), false), "a nurse, a [cook|job]");
}

TEST(SpanEditor, ATextWithoutTokensHasNothingToMark) {
  SpanEditor editor(" ", {"job"}, {});
  for (const int key : {int{kKeyLeft}, int{kKeyRight}, int{']'}, int{'d'}, int{'1'}})
    editor.Press(key);
  EXPECT_THAT(editor.spans(), IsEmpty());
  EXPECT_EQ(editor.selection().end, 0u);
}

TEST(SpanEditor, DigitsAreLabelKeysBeforeCapitals) {
  const SpanEditor editor("a", {"job"}, {});
  std::string keys;
  for (const size_t label : {0, 8, 9, 10, 35, 36}) keys += editor.label_key(label);
  EXPECT_EQ(keys, "190AZ ");
  const SpanEditor letters("a", {"job"}, {}, kLetterKeys);
  EXPECT_EQ(letters.label_key(0), 'A');
  EXPECT_EQ(letters.label_key(26), ' ');
}

}  // namespace
}  // namespace winnow::cli

#include "services/cli/terminal/boundary_editor.h"

#include <string>

#include "gtest/gtest.h"
#include "services/cli/terminal/keys.h"

namespace winnow::cli {
namespace {

const std::string kText = "Die Ökologin, Paris, sucht. Neue Köchin in Rom";

// What is selected after the keys: < > move the start, [ ] the end.
std::string After(absl::string_view keys, Range span, Range view = {0, 46}) {
  BoundaryEditor editor(kText, view, span);
  for (const char key : keys)
    editor.Press(key == '<' ? int{kKeyLeft} : key == '>' ? int{kKeyRight} : int{key});
  return Highlight(kText, {}, /*colour=*/false, editor.range());
}

TEST(BoundaryEditor, EachEndMovesByTokens) {
  const Range paris = {14, 19};
  EXPECT_EQ(After("", paris), "Die Ökologin, »Paris«, sucht. Neue Köchin in Rom");
  EXPECT_EQ(After("<<", paris), "Die »Ökologin, Paris«, sucht. Neue Köchin in Rom");
  EXPECT_EQ(After("<<>", paris), "Die Ökologin», Paris«, sucht. Neue Köchin in Rom");
  EXPECT_EQ(After("]]", paris), "Die Ökologin, »Paris, sucht«. Neue Köchin in Rom");
  EXPECT_EQ(After("<<[", paris), "Die »Ökologin,« Paris, sucht. Neue Köchin in Rom");
}

TEST(BoundaryEditor, OneTokenStays) {
  EXPECT_EQ(After(">>>[[[", {14, 19}), "Die Ökologin, »Paris«, sucht. Neue Köchin in Rom");
}

TEST(BoundaryEditor, TheViewIsItsWorld) {
  const Range first = {0, 27};
  EXPECT_EQ(After("]]]]]]]]", {14, 19}, first), "Die Ökologin, »Paris, sucht.« Neue Köchin in Rom");
  EXPECT_EQ(After("<<<<<<<<", {33, 39}, {28, 46}),
            "Die Ökologin, Paris, sucht. »Neue Köchin« in Rom");
}

TEST(BoundaryEditor, ASpanWithinATokenBeginsWithThatToken) {
  EXPECT_EQ(After("", {6, 9}), "Die »Ökologin«, Paris, sucht. Neue Köchin in Rom");
}

TEST(BoundaryEditor, ASpanWithoutATokenStaysAsItIs) {
  BoundaryEditor editor(" ", {0, 1}, {0, 1});
  for (const int key : {int{kKeyLeft}, int{kKeyRight}, int{'['}, int{']'}}) editor.Press(key);
  EXPECT_EQ(editor.range().start, 0u);
  EXPECT_EQ(editor.range().end, 1u);
  EXPECT_FALSE(editor.Press('x'));
}

}  // namespace
}  // namespace winnow::cli

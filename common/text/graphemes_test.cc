#include "common/text/graphemes.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::text {
namespace {

std::vector<std::string> Graphemes(const std::string& text) {
  std::vector<std::string> graphemes;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = GraphemeEnd(text, begin);
    graphemes.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return graphemes;
}

TEST(GraphemesTest, MarksJoinersAndFlagsBelongTogether) {
  EXPECT_THAT(Graphemes("ae\u0301\r\nz"), testing::ElementsAre("a", "e\u0301", "\r\n", "z"));
  EXPECT_THAT(Graphemes("\U0001F468\u200D\U0001F469x"),
              testing::ElementsAre("\U0001F468\u200D\U0001F469", "x"));
  EXPECT_THAT(Graphemes("\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7"),
              testing::ElementsAre("\U0001F1E9\U0001F1EA", "\U0001F1EB\U0001F1F7"));
  EXPECT_THAT(Graphemes("\xFF\xFF"), testing::ElementsAre("\xFF", "\xFF"));
}

}  // namespace
}  // namespace winnow::text

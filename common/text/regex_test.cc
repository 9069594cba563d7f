#include "common/text/regex.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::text {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(absl::string_view pattern) {
  return std::string(Regex::Compile(pattern).status().message());
}

TEST(Regex, FindsAnywhereUnlessAnchored) {
  const Regex anywhere = Regex::Compile("a+b").value();
  EXPECT_TRUE(anywhere.IsFoundIn("xxaabxx"));
  EXPECT_FALSE(anywhere.IsFoundIn("xxaaxb"));
  const Regex whole = Regex::Compile("^(?i)m(ü|ue)ller$").value();
  EXPECT_TRUE(whole.IsFoundIn("MÜLLER"));
  EXPECT_FALSE(whole.IsFoundIn("Müllers"));
}

TEST(Regex, RefusesWhatIsMalformedWithTheReason) {
  EXPECT_EQ(ErrorOf("a(b"), "missing ): a(b");
  EXPECT_EQ(ErrorOf("[z-a]"), "invalid character class range: z-a");
  EXPECT_THAT(ErrorOf("(a)\\1"), StartsWith("invalid escape sequence"));
  EXPECT_THAT(ErrorOf("(?=a)"), StartsWith("invalid perl operator"));
  EXPECT_THAT(ErrorOf("((a{1,100}){1,100}){1,100}"), HasSubstr("repetition"));
  EXPECT_EQ(ErrorOf(std::string(5000, 'a')), "is longer than 4096 bytes");
}

// A backtracking matcher would take longer than the universe has lasted.
TEST(Regex, TakesLinearTime) {
  EXPECT_FALSE(
      Regex::Compile("^(a+)+$").value().IsFoundIn(absl::StrCat(std::string(100'000, 'a'), "b")));
}

}  // namespace
}  // namespace winnow::text

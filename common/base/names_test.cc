#include "common/base/names.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ValidateName, TakesNamesThatAreSafeAsFileNames) {
  for (const char* name : {"a", "job_titles_1", "Drugs-2024.v2", "9lives", "_x"}) {
    EXPECT_TRUE(ValidateName("dataset", name).ok()) << name;
  }
  EXPECT_TRUE(ValidateName("dataset", std::string(kMaxNameBytes, 'x')).ok());
}

TEST(ValidateName, RefusesOthersAndSaysWhy) {
  for (const std::string& name :
       {std::string(), std::string(kMaxNameBytes + 1, 'x'), std::string("a b"), std::string("../x"),
        std::string("."), std::string("-o"), std::string("a/b"), std::string("a\0b", 3),
        std::string("caf\xc3\xa9"), std::string("name@1")}) {
    EXPECT_EQ(ValidateName("dataset", name).code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_THAT(std::string(ValidateName("source", "a b").message()),
              HasSubstr("\"a b\" is no source name"));
}

TEST(ValidateName, ALongNameIsQuotedWithoutBreakingACharacter) {
  std::string name;
  while (name.size() < 10'000) name += "\xe2\x82\xac";
  const std::string message(ValidateName("dataset", name).message());
  EXPECT_LT(message.size(), 200u);
  EXPECT_THAT(message, HasSubstr("\xe2\x82\xac...\" is no dataset name"));
}

TEST(ValidatePerson, TakesAnyScriptButNoControlCharacters) {
  for (const char* name : {"ana@example.org", "Zo\xc3\xab", "a b"})
    EXPECT_TRUE(ValidatePerson(name).ok()) << name;
  for (const std::string& name : {std::string(), std::string(kMaxNameBytes + 1, 'x'),
                                  std::string("a\0b", 3), std::string("a\nb")})
    EXPECT_EQ(ValidatePerson(name).code(), absl::StatusCode::kInvalidArgument) << name;
}

TEST(NearestNames, NearestFirstThenByBytes) {
  EXPECT_THAT(NearestNames("job_titels", {"job_title", "cities", "job_titles", "job_titles_1"}),
              ElementsAre("job_titles", "job_title", "job_titles_1"));
  EXPECT_THAT(NearestNames("DRUGS", {"drugs"}), ElementsAre("drugs"));
  EXPECT_THAT(NearestNames("ab", {"ba", "aa", "xyz"}), ElementsAre("aa", "ba"));
  EXPECT_THAT(NearestNames("abcd", {"abc1", "abc2", "abc3", "abc4"}, 2),
              ElementsAre("abc1", "abc2"));
}

TEST(NearestNames, NothingNear) {
  EXPECT_THAT(NearestNames("drugs", {"job_titles"}), IsEmpty());
  EXPECT_THAT(NearestNames("drugs", {}), IsEmpty());
  EXPECT_EQ(DidYouMean("drugs", {"job_titles"}), "");
}

TEST(DidYouMean, IsASentence) {
  EXPECT_EQ(DidYouMean("drug", {"drugs", "drums"}), " Did you mean \"drugs\" or \"drums\"?");
}

}  // namespace
}  // namespace winnow

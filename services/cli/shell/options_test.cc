#include "services/cli/shell/options.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CommandSpec Spec() {
  return {.name = "ner.batch-train",
          .summary = "Train.",
          .arguments = {{"DATASET", "what"}, {"MODEL", "from"}, {"FILE", "to", false}},
          .options = {{{"-o", "--output"}, ValueKind::kText, "OUTPUT", "name", true},
                      {{"-l", "--label"}, ValueKind::kList, "LABELS", "labels"},
                      {{"-es", "--eval-split"}, ValueKind::kShare, "SHARE", "share"},
                      {{"-e", "--eval-id"}, ValueKind::kList, "DATASETS", "gold"},
                      {{"--seed"}, ValueKind::kCount, "S", "seed"},
                      {{"--prior"}, ValueKind::kNumber, "X", "prior"},
                      {{"--mode"}, ValueKind::kText, "NAME", "mode", false, {"fast", "good"}},
                      {{"--no-replay"}, ValueKind::kFlag, "", "flag"}},
          .example = "ner.batch-train a b -o c"};
}

std::string ErrorOf(const std::vector<std::string>& words) {
  return std::string(Parse(Spec(), words).status().message());
}

TEST(Parse, TakesOptionsAsProdigyUsersTypeThem) {
  const auto invocation =
      Parse(Spec(), {"-l", "A, B", "-es", "0.25", "d1,d2", "./m/", "-o", "./out/", "--label=C",
                     "--eval-id=gold", "--seed", "18446744073709551615", "--no-replay"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_EQ(invocation->Argument("DATASET"), "d1,d2");
  EXPECT_EQ(invocation->Argument("MODEL"), "./m/");
  EXPECT_EQ(invocation->Argument("FILE"), "");
  EXPECT_THAT(invocation->List("label"), ElementsAre("A", "B", "C"));
  EXPECT_THAT(invocation->List("eval-id"), ElementsAre("gold"));
  EXPECT_DOUBLE_EQ(invocation->Number("eval-split"), 0.25);
  EXPECT_EQ(invocation->Count("seed"), 18446744073709551615u);
  EXPECT_EQ(invocation->Text("output"), "./out/");
  EXPECT_TRUE(invocation->Flag("no-replay"));
}

TEST(Parse, DefaultsWhereNothingIsGiven) {
  const auto invocation = Parse(Spec(), {"d", "m", "-o", "x"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_FALSE(invocation->Has("seed"));
  EXPECT_EQ(invocation->Count("seed", 5), 5u);
  EXPECT_DOUBLE_EQ(invocation->Number("prior", 0.03), 0.03);
  EXPECT_TRUE(invocation->List("label").empty());
  EXPECT_FALSE(invocation->Flag("no-replay"));
}

TEST(Parse, DashIsAnArgumentAndDoubleDashEndsOptions) {
  const auto invocation = Parse(Spec(), {"-o", "x", "-", "m", "--", "-strange"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_EQ(invocation->Argument("DATASET"), "-");
  EXPECT_EQ(invocation->Argument("FILE"), "-strange");
}

TEST(Parse, SaysEverythingThatIsWrongAtOnce) {
  EXPECT_THAT(
      ErrorOf({"d", "--sed", "3", "-es", "1.5", "--prior", "-1", "--mode", "slow", "-l", ",",
               "--no-replay=1"}),
      AllOf(HasSubstr("--sed: is not an option of ner.batch-train. Did you mean \"--seed\"?"),
            HasSubstr("-es: is '1.5', must be a number from 0 to 1"), HasSubstr("--prior: is '-1'"),
            HasSubstr("--mode: is 'slow', must be one of fast, good"),
            HasSubstr("-l: is an empty list"), HasSubstr("--no-replay: takes no value"),
            HasSubstr("-o, --output OUTPUT: is missing"),
            HasSubstr("usage: winnow ner.batch-train DATASET MODEL [FILE] -o OUTPUT")));
}

TEST(Parse, ARepeatedArgumentIsAListInOneWordOrInSeveral) {
  CommandSpec spec = {.name = "agreement", .arguments = {{"DATASETS", "which", true, true}}};
  spec.options = Spec().options;
  spec.options[0].required = false;
  const auto invocation = Parse(spec, {"a,b", "--seed", "3", "c"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_THAT(SplitList(invocation->Argument("DATASETS")), ElementsAre("a", "b", "c"));
  EXPECT_THAT(std::string(Parse(spec, {}).status().message()),
              AllOf(HasSubstr("DATASETS: is missing"),
                    HasSubstr("usage: winnow agreement DATASETS... [options]")));
}

TEST(Parse, NamesMissingAndSuperfluousArguments) {
  EXPECT_THAT(ErrorOf({"-o", "x"}),
              AllOf(HasSubstr("DATASET: is missing"), HasSubstr("MODEL: is missing")));
  EXPECT_THAT(ErrorOf({"-o", "x", "1", "2", "3", "4"}), HasSubstr("'4': is one argument too many"));
  EXPECT_THAT(ErrorOf({"-o", "x", "", "2"}), HasSubstr("DATASET: is empty"));
}

TEST(Parse, RefusesAnOptionWithoutItsValueOrGivenTwice) {
  EXPECT_THAT(ErrorOf({"d", "m", "-o"}), HasSubstr("-o: needs a value: -o OUTPUT"));
  EXPECT_THAT(ErrorOf({"d", "m", "-o", "--seed", "1"}), HasSubstr("-o: needs a value"));
  EXPECT_THAT(ErrorOf({"d", "m", "-o", "x", "--output", "y"}),
              HasSubstr("--output: is given twice"));
  EXPECT_THAT(ErrorOf({"d", "m", "-o", "x", "--seed", "-4"}),
              HasSubstr("--seed: is '-4', must be a whole number"));
  EXPECT_THAT(ErrorOf({"d", "m", "-o", "x", "--prior", "nan"}), HasSubstr("--prior: is 'nan'"));
}

TEST(Parse, RefusesWordsThatAreNotUtf8) {
  EXPECT_THAT(ErrorOf({"d\xff", "m", "-o", "x"}), HasSubstr("word 1 is not valid UTF-8"));
}

}  // namespace
}  // namespace winnow::cli

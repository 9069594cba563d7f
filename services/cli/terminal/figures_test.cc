#include "services/cli/terminal/figures.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

common::v1::Figure Gold() {
  common::v1::Figure figure;
  figure.set_sample(common::v1::SAMPLE_KIND_GOLD);
  figure.set_num_items(20);
  figure.mutable_f1()->set_value(0.5);
  figure.set_num_leaked(2);
  return figure;
}

TEST(FigureTable, SaysWhatWasLeftOutAndWhoseFigureItIs) {
  EXPECT_THAT(FigureTable({{"after", Gold()}}),
              AllOf(HasSubstr("50.0"), HasSubstr("* gold, after: 2 texts left out")));
  EXPECT_THAT(FigureTable({{"", Gold()}}), HasSubstr("* gold: 2 texts left out"));
}

TEST(FigureTable, ShowsADashForAFigureThatIsNotThere) {
  EXPECT_THAT(FigureTable({{"", Gold()}}), HasSubstr("50.0            -         -            -\n"));
  EXPECT_EQ(FigureTable({}), "nothing could be measured\n");
}

TEST(FigureTable, NamesTheDataSetsOfAHoldOut) {
  common::v1::Figure figure = Gold();
  figure.set_sample(common::v1::SAMPLE_KIND_HOLDOUT);
  figure.add_datasets("base");
  figure.add_datasets("answers");
  EXPECT_THAT(FigureTable({{"before", figure}}),
              AllOf(HasSubstr("hold-out of base, answers  before"),
                    HasSubstr("* hold-out of base, answers, before: 2 texts left out")));
}

TEST(NoteList, TellsEachSentenceOnce) { EXPECT_EQ(NoteList({"a", "b", "a"}), "  * a\n  * b\n"); }

}  // namespace
}  // namespace winnow::cli

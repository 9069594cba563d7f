// Files that would take more memory than anybody has.
#include <string>

#include "common/base/status.h"
#include "common/formats/source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

TEST(Limits, ATextOfMoreThanAMebibyteIsNamedByItsLine) {
  const std::string text(size_t{1} << 20, 'x');
  EXPECT_TRUE(ParseSource("{\"text\": \"" + text + "\"}\n", SourceFormat::kJsonl).ok());
  const auto json =
      ParseSource("{\"text\": \"a\"}\n{\"text\": \"" + text + "y\"}\n", SourceFormat::kJsonl);
  EXPECT_THAT(Violations::Of(json.status()), ElementsAre(Field(&Violation::where, "line 2: text")));
}

TEST(Limits, AMillionWrongLinesAreCountedAndTheFirstHundredTold) {
  std::string lines;
  for (int i = 0; i < 1'000'000; ++i) lines += "{x}\n";
  const absl::Status refused = ParseSource(lines, SourceFormat::kJsonl).status();
  EXPECT_EQ(Violations::CountOf(refused), 1'000'000u);
  EXPECT_EQ(Violations::Of(refused).size(), Violations::kMaxListed);
}

}  // namespace
}  // namespace winnow::formats

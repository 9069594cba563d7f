// Files that would take more memory than anybody has.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/formats/dataset.h"
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
  EXPECT_TRUE(ParseSource("a\n" + text + "\n", SourceFormat::kText).ok());
  const auto plain = ParseSource("a\n" + text + "y\n", SourceFormat::kText);
  EXPECT_THAT(Violations::Of(plain.status()),
              ElementsAre(Field(&Violation::where, "line 2: text")));
}

TEST(Limits, ASentenceWithoutAnEndIsNamedByItsFirstLine) {
  std::string lines = "Nurse\tB-JOB\n\n";
  for (int i = 0; i < 500'000; ++i) lines += "word\tO\n";
  const auto refused = ParseDataset(lines + "\nin\tO\n").status();
  EXPECT_THAT(Violations::Of(refused), ElementsAre(Field(&Violation::where, "line 3")));
}

TEST(Limits, LabelsAreShortAndNotThousands) {
  const auto row = [](absl::string_view label) {
    return absl::StrCat(R"({"text":"a","spans":[{"start":0,"end":1,"label":")", label, "\"}]}\n");
  };
  const ParseOptions options{.coverage = Coverage::kComplete};
  EXPECT_TRUE(ParseDataset(row(std::string(256, 'x')), options).ok());
  const auto refused = ParseDataset(row("x") + row(std::string(257, 'x')), options).status();
  EXPECT_THAT(Violations::Of(refused),
              ElementsAre(Field(&Violation::where, "line 2: spans[0].label")));
  std::string rows;
  for (int i = 0; i < 1'000; ++i) rows += row(absl::StrCat(i));
  EXPECT_TRUE(ParseDataset(rows, options).ok());
  const auto many = ParseDataset(rows + row("x") + row("y"), options).status();
  EXPECT_THAT(Violations::Of(many), ElementsAre(Field(&Violation::where, "file: labels")));
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

#include "common/formats/offsets.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/formats/dataset.h"
#include "common/formats/prodigy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::formats {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(absl::string_view content, Offsets offsets = Offsets::kCodePoints) {
  const absl::StatusOr<ParsedDataset> dataset =
      ParseDataset(content, {.coverage = Coverage::kBinary, .labels = {}, .offsets = offsets});
  if (dataset.ok()) return "OK";
  const std::string message(dataset.status().message());
  return message.substr(message.find("\n  ") + 3);
}

std::string Row(absl::string_view text, int start, int end, absl::string_view own) {
  return absl::StrCat(R"({"text":")", text, R"(","spans":[{"start":)", start, R"(,"end":)", end,
                      R"(,"label":"A","text":")", own, "\"}]}\n");
}

TEST(SpanTexts, AreComparedWithWhatTheOffsetsCut) {
  EXPECT_EQ(ErrorOf(Row("Nurse in Rome", 0, 5, "Nurse") + Row("Nurse in Rome", 1, 6, "Nurse")),
            "line 2: spans[0].text: is \"Nurse\", but [1, 6) of the text is \"urse \"");
  EXPECT_EQ(ErrorOf(Row("Nurse  in\\nRome", 0, 14, "Nurse in Rome")), "OK") << "white space";
  EXPECT_EQ(ErrorOf(Row("a b", 0, 3, "ab")),
            "line 1: spans[0].text: is \"ab\", but [0, 3) of the text is \"a b\"");
}

// What a file says whose offsets count something else, and whether they can be read so.
TEST(SpanTexts, OneShiftThatExplainsTheWholeFileIsNamed) {
  const std::string utf16 = Row("😀 Nurse", 3, 8, "Nurse") + Row("Cook 😀😀 Köln", 10, 14, "Köln");
  EXPECT_THAT(ErrorOf(utf16),
              StartsWith("file: offsets: cut 0 of 2 spans as they say themselves, and all if they "
                         "count UTF-16 units: read them as utf16\n  line 1: "));
  EXPECT_EQ(ErrorOf(utf16, Offsets::kUtf16), "OK");
  const std::string bytes = Row("Köln Nurse", 6, 11, "Nurse") + Row("ö Köln", 3, 8, "Köln");
  EXPECT_THAT(ErrorOf(bytes), HasSubstr("count bytes: read them as bytes"));
  EXPECT_EQ(ErrorOf(bytes, Offsets::kBytes), "OK");
  const std::string inclusive = Row("Nurse in", 0, 4, "Nurse") + Row("a b", 2, 2, "b");
  EXPECT_THAT(ErrorOf(inclusive), HasSubstr("the last character instead of the one behind it"));
  EXPECT_EQ(ErrorOf(inclusive, Offsets::kInclusive), "OK");
  EXPECT_THAT(ErrorOf(Row("a Nurse", 3, 8, "Nurse") + Row("Cook", 1, 5, "Cook")),
              HasSubstr("count from 1: subtract 1 from both"));
  EXPECT_THAT(ErrorOf(Row("a\\nb\\nNurse", 6, 11, "Nurse") + Row("x\\ny", 3, 4, "y")),
              HasSubstr("count CR LF as two, where the texts have LF"));
  EXPECT_THAT(ErrorOf(Row("a\\r\\nb\\r\\nNurse", 4, 9, "Nurse")), HasSubstr("count CR LF as one"));
  EXPECT_THAT(ErrorOf(Row("Nurse", 0, 5, "Nurse"), Offsets::kInclusive),
              HasSubstr("count code points: read them as code points"))
      << "where it was wrong to say so";
  EXPECT_THAT(ErrorOf(Row("Nurse", 0, 4, "Nurse") + Row("Cook", 0, 1, "Cook")),
              ::testing::Not(HasSubstr("file: offsets")))
      << "no one shift explains both";
}

TEST(SpanTexts, AreNotJudgedInRowsThatAreNotUsed) {
  EXPECT_EQ(ErrorOf(Row("Nurse", 0, 5, "Nurse") +
                    R"({"text":"Cook","answer":"ignore","spans":[{"start":0,"end":2,"label":"A",)"
                    R"("text":"Cook"}]})"),
            "OK");
}

TEST(Offsets, OtherCountsAreConvertedAndExportedAsCodePoints) {
  const auto dataset =
      ParseDataset(R"({"text":"😀 Nurse","spans":[{"start":3,"end":8,"label":"A"}]})",
                   {.coverage = Coverage::kComplete, .labels = {}, .offsets = Offsets::kUtf16});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const ParsedRow& row = dataset->rows[0];
  EXPECT_EQ(row.answer.decisions(0).span().start(), 2u);
  EXPECT_EQ(row.answer.decisions(0).span().end(), 7u);
  const std::string exported = ToProdigyJson(row.answer, row.text, row.meta_json);
  const auto again = ParseDataset(exported, {.coverage = Coverage::kComplete});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->rows[0].answer.decisions(0).span().start(), 2u) << exported;
  EXPECT_EQ(ErrorOf(R"({"text":"😀","spans":[{"start":0,"end":1,"label":"A"}]})", Offsets::kUtf16),
            "line 1: spans[0]: [0, 1) ends beyond the text or inside a character");
}

}  // namespace
}  // namespace winnow::formats

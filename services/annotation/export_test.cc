#include "services/annotation/export.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/measure/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/annotation/import.h"

namespace winnow::annotation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ExportTest : public testing::Test {
 protected:
  ExportTest() {
    Answer("first", "anna", "d.teach-1", 100);
    const uint64_t second = Answer("second", "ben", "d.teach-1", 200);
    Answer("third", "anna", "d.manual-2", 300, /*surplus=*/true);
    corpus_.Undo("d", second);
    const std::string row =
        R"({"text":"fourth","spans":[{"start":0,"end":6,"label":"job"}],"answer":"accept",)"
        R"("_session_id":"old-cleo","_annotator_id":"cleo", "_timestamp":400})";
    EXPECT_TRUE(ImportDataset(corpus_.corpus(), "d", {formats::Coverage::kBinary}, "",
                              [&](const TakePiece& take) { return take(row); })
                    .ok());
  }

  uint64_t Answer(const std::string& text, const std::string& person, const std::string& queue,
                  int64_t seconds, bool surplus = false) {
    storage::v1::Answer answer =
        measure::BinaryAnswer(measure::MakeSpan(0, 5), storage::v1::VERDICT_ACCEPT);
    answer.set_annotator(person);
    answer.set_queue(queue);
    answer.set_answered_unix_micros(seconds * 1'000'000);
    answer.set_surplus(surplus);
    return corpus_.Append("d", text, answer);
  }

  // The texts exported, with their marks; or why there are none.
  std::vector<std::string> Texts(const ExportOptions& options) {
    std::vector<std::string> texts;
    const absl::Status status =
        ExportDataset(corpus_.reader(), "d", options, [&](absl::string_view line) {
          const auto row = nlohmann::json::parse(line.begin(), line.end());
          std::string text = row["text"];
          for (const char* mark : {"_undone", "_surplus"})
            if (row.contains(mark) && row[mark] == true) absl::StrAppend(&text, " ", mark);
          texts.push_back(text);
          return absl::OkStatus();
        });
    if (!status.ok()) texts.push_back(std::string(status.message()));
    return texts;
  }

  measure::TestCorpus corpus_;
};

TEST_F(ExportTest, WhatCountsComesUnlessAllIsWanted) {
  EXPECT_THAT(Texts({}), ElementsAre("first", "fourth"));
  EXPECT_THAT(Texts({.all = true}),
              ElementsAre("first", "second _undone", "third _surplus", "fourth"));
}

TEST_F(ExportTest, RowsAreChosenByPersonSessionAndTime) {
  EXPECT_THAT(Texts({.annotator = "anna", .all = true}), ElementsAre("first", "third _surplus"));
  EXPECT_THAT(Texts({.session = "d.teach-1", .all = true}), ElementsAre("first", "second _undone"));
  EXPECT_THAT(Texts({.session = "d.teach-1-anna", .all = true}), ElementsAre("first"));
  EXPECT_THAT(Texts({.session = "old-cleo"}), ElementsAre("fourth"));
  EXPECT_THAT(Texts({.since = absl::FromUnixSeconds(200), .all = true}),
              ElementsAre("second _undone", "third _surplus", "fourth"));
  EXPECT_THAT(Texts({.annotator = "ben"}), IsEmpty()) << "ben is known, but nothing counts";
}

TEST_F(ExportTest, UnknownNamesAreToldWithTheNearest) {
  EXPECT_THAT(
      Texts({.annotator = "ana"}),
      ElementsAre("dataset \"d\": no row is of the person \"ana\". Did you mean \"anna\"?"));
  EXPECT_THAT(Texts({.annotator = "ana", .session = "d.teach-2-ben"}),
              ElementsAre(AllOf(HasSubstr("person \"ana\""), HasSubstr("session \"d.teach-2-ben\""),
                                HasSubstr("\"d.teach-1-ben\""))));
  EXPECT_THAT(Texts({.session = "nothing like it"}), ElementsAre(Not(HasSubstr("Did you mean"))));
}

TEST_F(ExportTest, ImportedRowsComeBackToTheByte) {
  std::string content;
  const auto take = [&](absl::string_view line) {
    absl::StrAppend(&content, line);
    return absl::OkStatus();
  };
  EXPECT_TRUE(ExportDataset(corpus_.reader(), "d", {.annotator = "cleo"}, take).ok());
  EXPECT_EQ(content,
            R"({"text":"fourth","spans":[{"start":0,"end":6,"label":"job"}],"answer":"accept",)"
            R"("_session_id":"old-cleo","_annotator_id":"cleo", "_timestamp":400})"
            "\n");
  EXPECT_TRUE(absl::IsNotFound(ExportDataset(corpus_.reader(), "no such", {}, take)));
}

}  // namespace
}  // namespace winnow::annotation

// What happens to a file that ner.teach asks from: which texts are asked, and which keys come back.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> LinesOf(const std::string& content) {
  return absl::StrSplit(content, '\n', absl::SkipEmpty());
}

// A server with model "titles", and "gold", which has the answers about the raw texts.
class TeachFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto complete = annotation::v1::COVERAGE_COMPLETE;
    ASSERT_TRUE(
        ImportDataset(session(), "base", *ExampleLines("job_titles_gold.jsonl", 100), complete)
            .ok());
    ASSERT_TRUE(
        ImportDataset(session(), "gold", *ExampleLines("job_titles_raw_gold.jsonl", 100), complete)
            .ok());
    const auto report = Train(session(), TrainingSpecOf("base", "blank:en", "titles"));
    ASSERT_TRUE(report.ok()) << report.status();
  }

  Session& session() { return server_->session(); }
  Finished Winnow(std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", server_->address()});
    return RunToEnd("winnow", words);
  }
  Finished Teach(const std::string& dataset, const std::string& file,
                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"ner.teach", dataset,   "titles",   file,
                                      "-l",        kJobTitle, "--oracle", "gold"};
    words.insert(words.end(), more.begin(), more.end());
    return Winnow(words);
  }
  std::string Write(const std::string& name, const std::string& content) const {
    return scratch_.Write(name, content).value_or("cannot write " + name);
  }
  // Raw texts, each with keys of its own in front.
  static std::string Raw(size_t num_lines, const std::string& url) {
    std::string content;
    size_t i = 0;
    for (const std::string& line : LinesOf(*ExampleLines("job_titles_raw.jsonl", num_lines))) {
      ++i;
      absl::StrAppend(&content, R"({"id": )", i, R"(.50, "url":")", url, i, "\", ", line.substr(1),
                      "\n");
    }
    return content;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

// Expects that each exported row has the keys in front of "text" of the row of its text.
void ExpectKeysOf(const std::string& raw, const std::string& exported) {
  std::map<std::string, std::string> keys;
  for (const std::string& line : LinesOf(raw))
    keys[nlohmann::json::parse(line)["text"]] = line.substr(1, line.find(", \"text\"") - 1);
  const std::vector<std::string> rows = LinesOf(exported);
  EXPECT_EQ(rows.size(), 10u);
  for (const std::string& row : rows) {
    const std::string& wanted = keys[nlohmann::json::parse(row)["text"]];
    const std::vector<std::string> members = absl::StrSplit(wanted, ", ");
    for (const std::string& member : members) EXPECT_THAT(row, HasSubstr(member));
  }
}

TEST_F(TeachFilesTest, TheKeysOfTheRowThatWasAskedComeBackAlsoForAKnownText) {
  const std::string first = Raw(50, "a/");
  const std::string second = Raw(50, "b/");
  for (const auto& [dataset, raw] : {std::pair("one", first), std::pair("two", second)}) {
    const Finished taught = Teach(dataset, Write("raw.jsonl", raw), {"--answers", "10"});
    ASSERT_EQ(taught.exit_code, 0) << taught;
    ExpectKeysOf(raw, Winnow({"db-out", dataset}).out);
  }
}

TEST_F(TeachFilesTest, OnlyWhatIsInTheFileNowIsAsked) {
  const std::vector<std::string> lines = LinesOf(*ExampleLines("job_titles_raw.jsonl", 40));
  const std::string file = Write("raw.jsonl", absl::StrJoin(lines, "\n"));
  ASSERT_EQ(Teach("d", file, {"--answers", "3"}).exit_code, 0);
  const std::string kept = nlohmann::json::parse(lines[7])["text"];
  const Finished edited = Teach("d", Write("raw.jsonl", lines[7] + "\n"), {"--json"});
  ASSERT_EQ(edited.exit_code, 0) << edited;
  for (const auto& asked : nlohmann::json::parse(edited.out)["asked"])
    EXPECT_EQ(asked["text"], kept);
  // A file of the same name elsewhere.
  const std::string other = Write("other.jsonl", lines[9] + "\n");
  std::filesystem::create_directories(scratch_ / "en");
  std::filesystem::rename(other, scratch_ / "en/raw.jsonl");
  const Finished elsewhere = Teach("d", scratch_ / "en/raw.jsonl", {"--json"});
  for (const auto& asked : nlohmann::json::parse(elsewhere.out)["asked"])
    EXPECT_EQ(asked["text"], nlohmann::json::parse(lines[9])["text"]);
}

// The files below a directory whose bytes hold `text`.
std::vector<std::string> FilesWith(const std::string& text, const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    if (absl::StrContains(ReadFile(entry.path()).value_or(""), text))
      files.push_back(entry.path().string());
  }
  return files;
}

TEST_F(TeachFilesTest, AnErasedTextIsInNoFileOfTheDataDirectory) {
  const std::string secret = "Nurse wanted by Ada Byron, 12 St James's Square";
  const std::string row =
      absl::StrCat(R"({"id": "Q7259", "text": ")", secret,
                   R"(", "spans": [{"start": 0, "end": 5, "label": "job_title"}]})", "\n");
  ASSERT_EQ(Winnow({"db-in", "base", Write("secret.jsonl", row), "--complete"}).exit_code, 0);
  ASSERT_EQ(Teach("d", Write("pool.jsonl", row), {"--answers", "1"}).exit_code, 0);
  ASSERT_TRUE(Train(session(), TrainingSpecOf("base", "titles", "titles")).ok());
  ASSERT_THAT(FilesWith("Ada Byron", scratch_ / "data"), Not(IsEmpty()));

  const std::string forget =
      Write("forget.txt", "nurse wanted by ADA BYRON, 12 St James's Square\n");
  EXPECT_EQ(Winnow({"erase", forget}).exit_code, 2) << "it asks first";
  const Finished erased = Winnow({"erase", forget, "--yes"});
  EXPECT_EQ(erased.exit_code, 0) << erased;
  EXPECT_THAT(erased.out, HasSubstr("1 text erased, with 2 answers, 1 row of sources"));
  EXPECT_THAT(erased.out, HasSubstr("out of the replay of titles@2: 1 text"));
  EXPECT_THAT(FilesWith("Ada Byron", scratch_ / "data"), IsEmpty());
  EXPECT_THAT(FilesWith("Q7259", scratch_ / "data"), IsEmpty());
  // Everything else goes on.
  EXPECT_EQ(Teach("d", scratch_ / "pool.jsonl", {"--answers", "5"}).exit_code, 0);
  EXPECT_TRUE(Train(session(), TrainingSpecOf("base", "titles", "titles")).ok());
}

TEST_F(TeachFilesTest, ARefusedCommandImportsNoTextsAndNoModel) {
  ASSERT_EQ(Winnow({"models", "export", "titles", scratch_ / "exported"}).exit_code, 0);
  const std::string file = Write("raw.jsonl", Raw(20, "a/"));
  const auto everything = [&] {
    return Winnow({"stats", "--json"}).out + Winnow({"models", "list", "--json"}).out;
  };
  const std::string before = everything();
  const std::string directory = scratch_ / "exported";
  const std::vector<std::vector<std::string>> refused = {
      {"ner.teach", "d", directory, file, "-l", "jobtitle", "--oracle", "gold"},
      {"ner.teach", "d", directory, file, "-l", kJobTitle, "--oracle", "gold", "-e", "nothing"},
      {"ner.teach", "a/b", directory, file, "-l", kJobTitle, "--oracle", "gold"},
      {"ner.teach", "d", "nobody", file, "-l", kJobTitle, "--oracle", "gold"},
      {"ner.teach", "d", directory, Write("bad.jsonl", "{}\n"), "-l", kJobTitle, "--oracle",
       "gold"},
      {"ner.batch-train", "nothing", directory, "-l", kJobTitle, "-o", "new", "--pool", file},
      {"ner.batch-train", "gold", "nobody", "-l", kJobTitle, "-o", "new", "--pool", file},
      {"ner.batch-train", "gold", directory, "-l", kJobTitle, "-o", "a@b", "--pool", file},
      {"ner.eval-ab", "d", directory, "nobody", file, "-l", kJobTitle, "--oracle", "gold"},
      {"ner.eval-ab", "d", directory, "titles", file, "-l", "jobtitle", "--oracle", "gold"},
      {"ner.eval-ab", "a/b", directory, "titles", file, "-l", kJobTitle, "--oracle", "gold"},
      {"ner.evaluate", directory, "nothing"},
      {"ner.predict", directory, file, "-l", "jobtitle"},
  };
  for (const std::vector<std::string>& words : refused) {
    const Finished finished = Winnow(words);
    EXPECT_EQ(finished.exit_code, 2) << finished;
    EXPECT_EQ(everything(), before) << absl::StrJoin(words, " ");
  }
}

}  // namespace
}  // namespace winnow::integration

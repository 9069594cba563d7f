// Patterns as features: what a list knows finds entities that no training text has, and stays part
// of the model.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using testing::HasSubstr;

// A word of which nothing tells whether it is listed, but the list.
std::string Word(size_t number) {
  Random random(number);
  std::string word;
  for (int i = 0; i < 8; ++i) word += static_cast<char>('a' + random.Below(26));
  return word;
}
// Every second word is listed.
constexpr size_t kNumWords = 1000;

std::string Text(size_t number) { return absl::StrCat("we met ", Word(number), " today"); }

std::string Rows(size_t begin, size_t end) {
  std::string rows;
  for (size_t i = begin; i < end; ++i) {
    absl::StrAppend(&rows, R"({"text": ")", Text(i), R"(", "spans": [)",
                    i % 2 == 0 ? R"({"start": 7, "end": 15, "label": "job_title"})" : "", "]}\n");
  }
  return rows;
}

TEST(PatternFeaturesTest, FindWhatIsListedAndStayPartOfTheModel) {
  ScratchDirectory scratch;
  auto server = WinnowServer::Start(scratch / "data");
  ASSERT_TRUE(server.ok()) << server.status();
  Session& session = (*server)->session();
  std::string list;
  for (size_t i = 0; i < kNumWords; i += 2) {
    absl::StrAppend(&list, R"({"label": "TITLES", "pattern": [{"lower": ")", Word(i), "\"}]}\n");
  }
  const auto file = scratch.Write("patterns.jsonl", list);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(ImportDataset(session, "base", Rows(0, 800), annotation::v1::COVERAGE_COMPLETE).ok());
  ASSERT_TRUE(
      ImportDataset(session, "more", Rows(800, 900), annotation::v1::COVERAGE_COMPLETE).ok());
  const auto train = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "ner.batch-train");
    words.insert(words.end(), {"-l", "job_title", "--json", "--server", (*server)->address()});
    return RunToEnd("winnow", words);
  };
  // Right on how many of the words that no training text has.
  const auto num_right = [&](const std::string& model) {
    std::vector<std::string> texts;
    for (size_t i = 900; i < kNumWords; ++i) texts.push_back(Text(i));
    const auto reply = Predict(session, model, texts);
    EXPECT_TRUE(reply.ok()) << reply.status();
    int right = 0;
    for (size_t i = 0; reply.ok() && i < texts.size(); ++i) {
      right += reply->predictions(static_cast<int>(i)).spans_size() == (i % 2 == 0 ? 1 : 0);
    }
    return right;
  };

  const Finished without = train({"base", "blank:en", "-o", "without"});
  ASSERT_EQ(without.exit_code, 0) << without;
  EXPECT_LT(num_right("without"), 70);
  const Finished with = train({"base", "blank:en", "-o", "with", "-pt", *file});
  ASSERT_EQ(with.exit_code, 0) << with;
  EXPECT_GT(num_right("with@1"), 90);
  EXPECT_EQ(nlohmann::json::parse(with.out)["job"]["spec"]["patterns"], "")
      << "a whole file is not told again";
  const Finished next = train({"more", "with@1", "-o", "with"});
  ASSERT_EQ(next.exit_code, 0) << next;
  EXPECT_GT(num_right("with@2"), 90);

  const auto bad = scratch.Write("bad.jsonl", R"({"label": "A", "pattern": [{"POS": "NOUN"}]})");
  const Finished refused = train({"base", "blank:en", "-o", "bad", "-pt", *bad});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("patterns: line 1: pattern[0].POS"));
}

}  // namespace
}  // namespace winnow::integration

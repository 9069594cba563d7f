// What raw texts know of words: learnt by a job, kept, part of the models trained with it, learnt
// anew when they grow.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/ner/model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

// Texts of 12 words of a language with two kinds of nouns, `count` times.
std::string RawTexts(size_t count, uint64_t seed) {
  Random random(seed);
  const auto word = [&](const char* kind) { return absl::StrCat(kind, random.Below(200)); };
  std::string rows;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&rows, R"({"text": "the )", word("baker"), " of ", word("town"), " saw the ",
                    word("baker"), " of ", word("town"), " and ", word("verb"), " ", i, "\"}\n");
  }
  return rows;
}

TEST(PoolTest, IsLearntByAJobKeptAndPartOfTheModel) {
  ScratchDirectory scratch;
  auto server = WinnowServer::Start(scratch / "data");
  ASSERT_TRUE(server.ok()) << server.status();
  Session& session = (*server)->session();
  const auto winnow = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--json", "--server", (*server)->address()});
    return RunToEnd("winnow", words);
  };
  const auto learn = [&] { return winnow({"pool-train", "raw"}); };
  ASSERT_TRUE(ImportSource(session, "raw", RawTexts(1000, 1)).ok());
  const Finished small = learn();
  EXPECT_EQ(small.exit_code, 2) << small;
  EXPECT_THAT(small.err, HasSubstr("source raw: the pool has 12000 words"));

  ASSERT_TRUE(ImportSource(session, "raw", RawTexts(25'000, 2)).ok());
  const Finished learnt = learn();
  ASSERT_EQ(learnt.exit_code, 0) << learnt;
  EXPECT_THAT(learnt.err, HasSubstr("learning words"));
  EXPECT_THAT(learnt.err, HasSubstr(" %"));
  // Nothing is left to learn.
  EXPECT_THAT(learn().err, Not(HasSubstr(" %")));

  const auto rows = ExampleLines("job_titles_gold.jsonl", 60);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_TRUE(ImportDataset(session, "base", *rows, annotation::v1::COVERAGE_COMPLETE).ok());
  const auto size_with = [&](const std::string& pool) {
    training::v1::TrainingSpec spec =
        TrainingSpecOf("base", "blank:en", absl::StrCat("titles", pool));
    spec.set_pool(pool);
    spec.set_bag(1);
    const auto report = Train(session, spec);
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->num_pool_texts(), pool.empty() ? 0u : 26'000u);
    EXPECT_EQ(report->num_self_taught(), pool.empty() ? 0u : 20'000u);
    return ExportModel(session, spec.output())->at("model.bin").size();
  };
  EXPECT_GT(size_with("raw"), size_with(""));

  // A file is a pool of its own, of what is in it.
  const auto file = scratch.Write("raw.jsonl", RawTexts(25'000, 3));
  ASSERT_TRUE(file.ok()) << file.status();
  const Finished of_file = winnow({"pool-train", *file});
  ASSERT_EQ(of_file.exit_code, 0) << of_file;
  EXPECT_EQ(nlohmann::json::parse(of_file.out)["job"]["report"]["num_pool_texts"], "25000")
      << of_file;
}

// Vectors of a few hundred words, made elsewhere.
TEST(PoolTest, ImportedVectorsArePartOfTheModelAndOfThoseTrainedFromIt) {
  ScratchDirectory scratch;
  auto server = WinnowServer::Start(scratch / "data");
  ASSERT_TRUE(server.ok()) << server.status();
  Session& session = (*server)->session();
  const auto rows = ExampleLines("job_titles_gold.jsonl", 60);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_TRUE(ImportDataset(session, "base", *rows, annotation::v1::COVERAGE_COMPLETE).ok());
  Random random(1);
  std::string lines;
  for (int word = 0; word < 500; ++word) {
    const char letters[] = {static_cast<char>('a' + word / 26), static_cast<char>('a' + word % 26),
                            '\0'};
    absl::StrAppend(&lines, letters, " ", random.Uniform(), " ", random.Uniform(), "\n");
  }
  const auto vectors = scratch.Write("vectors.txt", lines);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  const auto train = [&](const std::string& parent, const std::string& output,
                         std::vector<std::string> more) {
    std::vector<std::string> words = {"ner.batch-train", "base",  parent, "-o", output, "-l",
                                      "job_title",       "--json"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--server", (*server)->address()});
    return RunToEnd("winnow", words);
  };
  const auto lexicons_of = [&](const std::string& model) {
    const auto files = ExportModel(session, model);
    EXPECT_TRUE(files.ok()) << files.status();
    const auto opened = ner::Model::Parse(files->at("model.bin"));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return (*opened)->knowledge().lexicons;
  };
  const Finished with = train("blank:en", "with", {"--vectors", *vectors});
  ASSERT_EQ(with.exit_code, 0) << with;
  ASSERT_EQ(lexicons_of("with@1").size(), 1u);
  EXPECT_EQ(lexicons_of("with@1")[0]->num_words(), 500u);
  ASSERT_EQ(train("with@1", "next", {}).exit_code, 0);
  ASSERT_EQ(lexicons_of("next@1").size(), 1u);
  EXPECT_EQ(lexicons_of("next@1")[0]->digest(), lexicons_of("with@1")[0]->digest());

  // Vectors beside a pool, and several of them.
  const auto others =
      scratch.Write("others.txt", lines.substr(0, lines.find('\n', lines.size() / 2) + 1));
  ASSERT_TRUE(others.ok()) << others.status();
  ASSERT_TRUE(ImportSource(session, "raw", RawTexts(26'000, 2)).ok());
  const Finished all =
      train("blank:en", "all",
            {"--vectors", *vectors, "--vectors", *others, "--pool", "raw", "--no-self-training"});
  ASSERT_EQ(all.exit_code, 0) << all;
  EXPECT_EQ(lexicons_of("all@1").size(), 3u);
  ASSERT_EQ(train("all@1", "rest", {"--vectors", *others}).exit_code, 0);
  EXPECT_EQ(lexicons_of("rest@1").size(), 1u) << "what is named takes the place of all";
}

}  // namespace
}  // namespace winnow::integration

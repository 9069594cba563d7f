#include "common/teach/ranking.h"

#include <algorithm>
#include <set>

#include "common/formats/patterns.h"
#include "common/teach/cold_start.h"
#include "common/teach/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

std::vector<size_t> DrawAll(size_t n, uint64_t seed) {
  Draw draw(n, seed);
  std::vector<size_t> drawn;
  while (!draw.empty()) drawn.push_back(draw.Next());
  return drawn;
}

TEST(DrawTest, DrawsEachNumberOnce) {
  for (const size_t n : {0, 1, 2, 10, 1000}) {
    std::vector<size_t> numbers(n);
    for (size_t i = 0; i < n; ++i) numbers[i] = i;
    for (uint64_t seed = 0; seed < 20; ++seed)
      EXPECT_THAT(DrawAll(n, seed), UnorderedElementsAreArray(numbers));
  }
}

TEST(DrawTest, TheSeedDecidesTheOrder) {
  EXPECT_EQ(DrawAll(100, 7), DrawAll(100, 7));
  EXPECT_NE(DrawAll(100, 7), DrawAll(100, 8));
}

TEST(DrawTest, EachNumberIsAsLikelyToBeTheFirst) {
  std::vector<int> first(5);
  for (uint64_t seed = 0; seed < 5000; ++seed) ++first[Draw(5, seed).Next()];
  // 1,000 each, plus or minus 4 standard deviations.
  for (const int count : first) EXPECT_NEAR(count, 1000, 4 * 28.3);
}

class RankingTest : public TeachTest {
 protected:
  void AddTexts(const std::vector<std::string>& texts) {
    corpus_.AddSource("s", texts);
    pool_ = std::make_unique<Pool>(queue_);
    ASSERT_TRUE(pool_->Extend(corpus_.reader(), corpus::kLatest).ok());
  }
  void StartWorking() {
    const auto version = VersionOf(queue_, cache_);
    ASSERT_TRUE(version.ok()) << version.status();
    working_ = std::make_unique<WorkingModel>(
        *WorkingModel::Start(models_.store(), *version, queue_, corpus_.reader()));
    ASSERT_TRUE(working_->CatchUp(corpus_.reader()).ok());
  }
  Ranker MakeRanker(const ner::PatternSet* patterns = nullptr) {
    return Ranker(queue_, *pool_, *working_, *ner::FindAcquisitionFunction("uncertainty"), patterns,
                  texts_);
  }
  static void Complete(Ranker& ranker) {
    while (!ranker.ranking()->complete) ASSERT_TRUE(ranker.RankBlock().ok());
  }
  static std::vector<std::string> Show(const Ranking& ranking) {
    std::vector<std::string> shown;
    for (const auto& block : ranking.blocks) {
      for (const Question& question : block->of_model) {
        shown.push_back(absl::StrCat(question.text, ":", question.start, "-", question.end, " ",
                                     question.label, " ", question.probability));
      }
    }
    return shown;
  }

  std::unique_ptr<Pool> pool_;
  std::unique_ptr<WorkingModel> working_;
  TextCache texts_{corpus_.reader()};
};

TEST_F(RankingTest, HasEveryCandidateOnceAndSaysOfWhichModel) {
  models_.Publish(measure::GoodModel());
  const std::vector<std::string> texts = TextsOf(Ads(30, /*holdout=*/false));
  AddTexts(texts);
  StartWorking();
  Ranker ranker = MakeRanker();
  EXPECT_THAT(ranker.ranking()->blocks, IsEmpty());
  Complete(ranker);
  const Ranking& ranking = *ranker.ranking();
  EXPECT_EQ(ranking.model_version, "jobs@1");
  EXPECT_EQ(ranking.step, 0u);
  EXPECT_EQ(ranking.model_digest, measure::GoodModel()->digest());
  EXPECT_EQ(ranking.num_texts, 30u);
  ASSERT_THAT(ranking.blocks, SizeIs(1));

  size_t num_candidates = 0, num_hidden = 0;
  for (const std::string& text : texts) {
    const Candidates found = FindCandidates(*measure::GoodModel(), text, queue_);
    num_candidates += found.asked.size();
    num_hidden += found.num_hidden;
  }
  EXPECT_EQ(ranking.blocks[0]->num_hidden, num_hidden);
  std::set<corpus::Id> tasks;
  for (const Question& question : ranking.blocks[0]->of_model) {
    tasks.insert(question.task);
    const storage::v1::Span span = measure::MakeSpan(
        question.start, question.end, queue_.labels(static_cast<int>(question.label)));
    EXPECT_EQ(question.task.bytes(), corpus::TaskIdOf(corpus::ExampleIdOf(texts[question.text]),
                                                      storage::v1::TASK_KIND_TEACH, {span}));
  }
  EXPECT_EQ(tasks.size(), num_candidates);
  EXPECT_EQ(ranking.blocks[0]->of_model.size(), num_candidates);
}

TEST_F(RankingTest, IsTheSameForTheSameSeedAndAnotherForAnother) {
  models_.Publish(measure::GoodModel());
  AddTexts(TextsOf(Ads(30, /*holdout=*/false)));
  StartWorking();
  const auto show = [this] {
    Ranker ranker = MakeRanker();
    Complete(ranker);
    return Show(*ranker.ranking());
  };
  const std::vector<std::string> before = show();
  EXPECT_EQ(show(), before);
  queue_.set_seed(queue_.seed() + 1);
  EXPECT_NE(show(), before);
  EXPECT_THAT(show(), UnorderedElementsAreArray(before));
}

TEST_F(RankingTest, WhatStandsAcceptedIsNotAsked) {
  models_.Publish(measure::GoodModel());
  const std::vector<Annotated> ads = Ads(12, /*holdout=*/false);
  AddTexts(TextsOf(ads));
  for (size_t i = 0; i < 10; ++i) corpus_.Accept("d", ads[i].text, ads[i].spans[0]);
  StartWorking();
  Ranker ranker = MakeRanker();
  Complete(ranker);
  bool asks_of_unanswered = false;
  for (const Question& question : ranker.ranking()->blocks[0]->of_model) {
    asks_of_unanswered |= question.text >= 10;
    if (question.text >= 10) continue;
    const storage::v1::Span& accepted = ads[question.text].spans[0];
    EXPECT_TRUE(question.end <= accepted.start() || accepted.end() <= question.start);
  }
  EXPECT_TRUE(asks_of_unanswered);
}

TEST_F(RankingTest, ABlockEndsAtSoManyTextsAndALongerRankingSharesIt) {
  queue_.set_model("blank:en");
  AddTexts(PlainTexts(2 * kBlockTexts + 1));
  StartWorking();
  Ranker ranker = MakeRanker();
  std::vector<std::shared_ptr<const Ranking>> rankings;
  while (!ranker.ranking()->complete) {
    ASSERT_TRUE(ranker.RankBlock().ok());
    rankings.push_back(ranker.ranking());
  }
  ASSERT_THAT(rankings, SizeIs(3));
  EXPECT_EQ(rankings[0]->num_texts, kBlockTexts);
  EXPECT_EQ(rankings[1]->num_texts, 2 * kBlockTexts);
  EXPECT_EQ(rankings[2]->num_texts, 2 * kBlockTexts + 1);
  EXPECT_THAT(rankings[0]->blocks, SizeIs(1));
  EXPECT_FALSE(rankings[1]->complete);
  EXPECT_EQ(rankings[2]->blocks[0], rankings[0]->blocks[0]);
}

TEST_F(RankingTest, ABlockEndsAtSoManyBytes) {
  queue_.set_model("blank:en");
  std::vector<std::string> texts = PlainTexts(24);
  for (std::string& text : texts) {
    const std::string line = text + "\n";
    while (text.size() < kBlockBytes / 8) text += line;
  }
  corpus_.AddSource("s", texts);
  AddTexts({});
  const size_t num_teaching = pool_->teaching().size();
  ASSERT_GT(num_teaching, 8u);
  StartWorking();
  Ranker ranker = MakeRanker();
  ASSERT_TRUE(ranker.RankBlock().ok());
  EXPECT_EQ(ranker.ranking()->num_texts, 8u);
  EXPECT_FALSE(ranker.ranking()->complete);
}

TEST_F(RankingTest, QuestionsOfPatternsAreALaneOfTheirOwn) {
  queue_.set_model("blank:en");
  const std::vector<Annotated> ads = Ads(20, /*holdout=*/false);
  AddTexts(TextsOf(ads));
  StartWorking();
  const auto patterns = *ner::PatternSet::Make(
      *formats::ParsePatterns(R"({"label":"place","pattern":[{"LOWER":"paris"}]})"));
  Ranker ranker = MakeRanker(patterns.get());
  Complete(ranker);
  const Block& block = *ranker.ranking()->blocks[0];
  EXPECT_THAT(block.of_model, IsEmpty());
  std::vector<std::string> found;
  for (const Question& question : block.of_patterns) {
    found.push_back(ads[question.text].text.substr(question.start, question.end - question.start));
    EXPECT_EQ(question.label, 1u);
  }
  EXPECT_THAT(found, Each("Paris"));
  EXPECT_GT(found.size(), 0u);
}

}  // namespace
}  // namespace winnow::teach

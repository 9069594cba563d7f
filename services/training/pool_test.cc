#include "services/training/pool.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/kv/memory_store.h"
#include "common/measure/testing.h"
#include "common/ner/word_form.h"
#include "common/text/split_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;

class PoolTest : public ::testing::Test {
 protected:
  PoolTest() {
    Random random(1);
    for (int i = 0; i < 400; ++i) {
      const std::string text =
          absl::StrCat(random.Below(2) == 0 ? "Nurse" : "Cook", " wanted in ",
                       random.Below(2) == 0 ? "Paris" : "Rome", " for job ", i);
      texts_.push_back(text);
    }
    texts_.push_back(texts_[0]);
    corpus_.AddSource("ads", texts_);
  }

  std::vector<std::string> texts_;
  measure::TestCorpus corpus_;
  kv::MemoryStore database_;
};

TEST_F(PoolTest, IsLearntFromTheDistinctTextsOfTheSource) {
  const auto pool =
      LearnPool(corpus_.reader(), "ads", corpus::kLatest, {.min_tokens = 0}, database_, nullptr);
  ASSERT_TRUE(pool.ok()) << pool.status();
  EXPECT_EQ(pool->num_texts, 400u);
  EXPECT_NE(pool->lexicon->Find(ner::FormOf("nurse").hash), nullptr);
  EXPECT_EQ(pool->lexicon->Find(ner::FormOf("engineer").hash), nullptr);
}

TEST_F(PoolTest, RawTextsAreDrawnOfManyThatMayBeLearnt) {
  std::vector<std::string> texts;
  for (int i = 0; i < 6'000; ++i) texts.push_back(absl::StrCat("text ", i));
  texts.push_back(texts[0]);
  corpus_.AddSource("many", texts);
  const auto draw = [&](const std::string& source, uint64_t seed, int percent) {
    auto drawn = DrawRawTexts(corpus_.reader(), source, corpus::kLatest, seed,
                              [&](uint64_t key) { return text::Bucket(key) >= 10 * percent; });
    EXPECT_TRUE(drawn.ok()) << drawn.status();
    return *std::move(drawn);
  };
  const std::vector<std::string> all = draw("many", 1, 0), some = draw("many", 1, 10);
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), 6'000u);
  EXPECT_NE(all, draw("many", 2, 0));
  EXPECT_THAT(some.size(), AllOf(Gt(5'200u), Lt(5'600u)));
  for (const std::string& text : some) EXPECT_GE(text::Bucket(text::SplitKey(text)), 100);
  EXPECT_THAT(draw("many", 1, 30), IsEmpty()) << "less than 5,000 are left";
  EXPECT_THAT(draw("ads", 1, 0), IsEmpty());

  // No more than 2 MiB.
  for (std::string& text : texts) text += std::string(1'000, 'x');
  corpus_.AddSource("long", texts);
  EXPECT_THAT(draw("long", 1, 0).size(), AllOf(Gt(2'050u), Lt(2'100u)));
}

TEST_F(PoolTest, ASmallOrUnknownSourceIsRefusedByName) {
  const auto small = LearnPool(corpus_.reader(), "ads", corpus::kLatest, {}, database_, nullptr);
  EXPECT_EQ(small.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(small.status().message(), HasSubstr("source ads: the pool has 2"));
  EXPECT_EQ(
      LearnPool(corpus_.reader(), "adds", corpus::kLatest, {}, database_, nullptr).status().code(),
      absl::StatusCode::kNotFound);
}

TEST_F(PoolTest, IsKeptUntilTheSourceGrowsOrTheSeedIsAnother) {
  bool learnt = false;
  const auto learn = [&](uint64_t seed) {
    learnt = false;
    const auto note = [&](double) { return learnt = true; };
    const auto pool = LearnPool(corpus_.reader(), "ads", corpus::kLatest,
                                {.seed = seed, .min_tokens = 0}, database_, note);
    EXPECT_TRUE(pool.ok()) << pool.status();
    return pool->lexicon->digest();
  };
  const uint64_t first = learn(1);
  EXPECT_TRUE(learnt);
  EXPECT_EQ(learn(1), first);
  EXPECT_FALSE(learnt);
  learn(2);
  EXPECT_TRUE(learnt);
  corpus_.AddSource("ads", {"Engineer wanted in Madrid"});
  learn(2);
  EXPECT_TRUE(learnt);
}

TEST_F(PoolTest, ADamagedOneIsLearntAnew) {
  const auto learn = [&] {
    return LearnPool(corpus_.reader(), "ads", corpus::kLatest, {.min_tokens = 0}, database_,
                     nullptr);
  };
  const uint64_t digest = learn()->lexicon->digest();
  storage::v1::Pool cut;
  ASSERT_TRUE(cut.ParseFromString(*database_.Get("pool/ads")));
  cut.mutable_lexicon()->resize(20);
  for (const std::string& damaged : {std::string("\xff"), cut.SerializeAsString()}) {
    kv::Batch damage;
    damage.Put("pool/ads", damaged);
    ASSERT_TRUE(database_.Write(damage).ok());
    const auto pool = learn();
    ASSERT_TRUE(pool.ok()) << pool.status();
    EXPECT_EQ(pool->lexicon->digest(), digest);
  }
}

TEST_F(PoolTest, CanBeCancelled) {
  const auto cancelled = LearnPool(corpus_.reader(), "ads", corpus::kLatest, {.min_tokens = 0},
                                   database_, [](double) { return false; });
  EXPECT_EQ(cancelled.status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace winnow::training

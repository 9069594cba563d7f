#include "common/teach/pool.h"

#include "common/base/status.h"
#include "common/teach/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class PoolTest : public testing::Test {
 protected:
  absl::StatusOr<Pool> TryRead(const storage::v1::Queue& queue,
                               uint64_t revision = corpus::kLatest) {
    Pool pool(queue);
    WINNOW_RETURN_IF_ERROR(pool.Extend(corpus_.reader(), revision));
    return pool;
  }
  Pool Read(const storage::v1::Queue& queue = MakeQueue(), uint64_t revision = corpus::kLatest) {
    return *TryRead(queue, revision);
  }
  std::vector<std::string> TextsOfPool(const std::vector<PoolText>& pool) {
    std::vector<std::string> texts;
    for (const PoolText& text : pool)
      texts.push_back(corpus_.reader().GetExample(text.example.bytes())->text());
    return texts;
  }

  measure::TestCorpus corpus_;
};

TEST_F(PoolTest, HoldoutTextsAreForTheAuditAllOthersForTeaching) {
  const std::vector<std::string> teaching = TextsOf(Ads(4, /*holdout=*/false)),
                                 audit = TextsOf(Ads(3, /*holdout=*/true));
  corpus_.AddSource("s", audit);
  corpus_.AddSource("s", teaching);
  const Pool pool = Read();
  EXPECT_EQ(TextsOfPool(pool.teaching()), teaching);
  EXPECT_EQ(TextsOfPool(pool.holdout()), audit);
  EXPECT_EQ(pool.teaching()[0].example, PoolTextOf(teaching[0]).example);
  EXPECT_EQ(pool.teaching()[0].split_key, PoolTextOf(teaching[0]).split_key);
  EXPECT_EQ(pool.num_excluded(), 0u);
}

TEST_F(PoolTest, OfTextsThatDifferInSpaceAndCaseTheFirstCounts) {
  corpus_.AddSource("s", {"Nurse wanted", "NURSE  wanted"});
  Pool pool = Read();
  corpus_.AddSource("s", {"Nurse wanted "});
  ASSERT_TRUE(pool.Extend(corpus_.reader(), corpus::kLatest).ok());
  ASSERT_EQ(pool.teaching().size() + pool.holdout().size(), 1u);
  EXPECT_THAT(TextsOfPool(pool.teaching().empty() ? pool.holdout() : pool.teaching()),
              ElementsAre("Nurse wanted"));
}

TEST_F(PoolTest, ReadsUpToTheRevisionAndGoesOnFromThere) {
  const std::vector<std::string> texts = TextsOf(Ads(3, /*holdout=*/false));
  corpus_.AddSource("s", {texts[0]});
  const uint64_t revision = corpus_.corpus().revision();
  corpus_.AddSource("s", {texts[1]});
  Pool pool = Read(MakeQueue(), revision);
  EXPECT_THAT(pool.teaching(), SizeIs(1));
  EXPECT_THAT(Read().teaching(), SizeIs(2));
  corpus_.AddSource("s", {texts[0], texts[2]});
  ASSERT_TRUE(pool.Extend(corpus_.reader(), corpus::kLatest).ok());
  EXPECT_EQ(TextsOfPool(pool.teaching()), texts);
  ASSERT_TRUE(pool.Extend(corpus_.reader(), corpus::kLatest).ok());
  EXPECT_EQ(TextsOfPool(pool.teaching()), texts);
}

TEST_F(PoolTest, ExcludedTextsAreLeftOutByTheirSplitKeys) {
  const std::vector<Annotated> ads = Ads(5, /*holdout=*/false);
  corpus_.AddSource("s", TextsOf(ads));
  corpus_.Accept("gold", ads[0].text + " ", ads[0].spans[0]);
  // What the queue's own data set has completely is known; what it answers is left to the task ids.
  corpus_.Complete("d", ads[1], {"job", "place"});
  corpus_.Complete("d", ads[3], {"job"});
  corpus_.Accept("d", ads[2].text, ads[2].spans[0]);
  storage::v1::Queue queue = MakeQueue();
  queue.add_exclude_datasets("gold");
  const Pool pool = Read(queue);
  EXPECT_THAT(TextsOfPool(pool.teaching()), ElementsAre(ads[2].text, ads[3].text, ads[4].text));
  EXPECT_EQ(pool.num_excluded(), 2u);
}

// A data set may be annotated label by label.
TEST_F(PoolTest, ATextIsCompleteWhenAllLabelsOfTheQueueAre) {
  const std::vector<Annotated> ads = Ads(2, /*holdout=*/false);
  corpus_.AddSource("s", TextsOf(ads));
  corpus_.Complete("d", ads[0], {"job"});
  EXPECT_THAT(Read().teaching(), SizeIs(2));
  corpus_.Complete("d", ads[0], {"other", "place"});
  EXPECT_THAT(TextsOfPool(Read().teaching()), ElementsAre(ads[1].text));
}

TEST_F(PoolTest, WhereTextsAreMarkedHoldoutTextsAreAmongThem) {
  const std::vector<std::string> texts = {Ads(1, /*holdout=*/false)[0].text,
                                          Ads(1, /*holdout=*/true)[0].text,
                                          Ads(2, /*holdout=*/false)[1].text};
  corpus_.AddSource("s", texts);
  storage::v1::Queue queue = MakeQueue();
  for (const auto kind : {storage::v1::TASK_KIND_MANUAL, storage::v1::TASK_KIND_CORRECT}) {
    queue.set_kind(kind);
    const Pool pool = Read(queue);
    EXPECT_EQ(TextsOfPool(pool.teaching()), texts);
    EXPECT_THAT(pool.holdout(), SizeIs(0));
  }
}

TEST_F(PoolTest, AnAnswerThatWasTakenBackExcludesItsTextNoMore) {
  const std::vector<Annotated> ads = Ads(2, /*holdout=*/false);
  corpus_.AddSource("s", TextsOf(ads));
  storage::v1::Queue queue = MakeQueue();
  queue.add_exclude_datasets("gold");
  const uint64_t taken_back = corpus_.Accept("gold", ads[0].text, ads[0].spans[0]);
  corpus_.Accept("gold", ads[1].text, ads[1].spans[0]);
  EXPECT_EQ(Read(queue).num_excluded(), 2u);
  corpus_.Undo("gold", taken_back);
  const Pool pool = Read(queue);
  EXPECT_THAT(TextsOfPool(pool.teaching()), ElementsAre(ads[0].text));
  EXPECT_EQ(pool.num_excluded(), 1u);
}

TEST_F(PoolTest, TextsThatComeLaterAreExcludedToo) {
  const std::vector<Annotated> ads = Ads(3, /*holdout=*/false);
  corpus_.AddSource("s", {ads[0].text});
  corpus_.Accept("gold", ads[1].text, ads[1].spans[0]);
  storage::v1::Queue queue = MakeQueue();
  queue.add_exclude_datasets("gold");
  Pool pool = Read(queue);
  corpus_.AddSource("s", {ads[1].text, ads[2].text});
  ASSERT_TRUE(pool.Extend(corpus_.reader(), corpus::kLatest).ok());
  EXPECT_THAT(TextsOfPool(pool.teaching()), ElementsAre(ads[0].text, ads[2].text));
  EXPECT_EQ(pool.num_excluded(), 1u);
}

TEST_F(PoolTest, UnknownNamesAreRefused) {
  EXPECT_EQ(ReasonOf(TryRead(MakeQueue()).status()), "UNKNOWN_SOURCE");
  corpus_.AddSource("s", {"Nurse wanted"});
  EXPECT_TRUE(TryRead(MakeQueue()).ok());
  storage::v1::Queue queue = MakeQueue();
  queue.add_exclude_datasets("gold");
  EXPECT_EQ(ReasonOf(TryRead(queue).status()), "UNKNOWN_DATASET");
}

TEST(TextCacheTest, GivesTheTextsOfTheCorpusAlsoThoseThatFindNoRoom) {
  measure::TestCorpus corpus;
  const std::string large(TextCache::kBytes - 10, 'x');
  const std::vector<std::string> texts = {"short", large, "another", "a text without room"};
  corpus.AddSource("s", texts);
  TextCache cache(corpus.reader());
  for (int round = 0; round < 2; ++round) {
    for (const std::string& text : texts) {
      const auto got = cache.Get(corpus::Id(corpus::ExampleIdOf(text)));
      ASSERT_TRUE(got.ok()) << got.status();
      EXPECT_TRUE(*got == text);
    }
  }
  EXPECT_TRUE(absl::IsNotFound(cache.Get(corpus::Id(corpus::ExampleIdOf("no such"))).status()));
}

}  // namespace
}  // namespace winnow::teach

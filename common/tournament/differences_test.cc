#include "common/tournament/differences.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/corpus/ids.h"
#include "common/measure/testing.h"
#include "common/models/model_store.h"
#include "common/models/training_keys.h"
#include "common/text/split_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::tournament {
namespace {

using measure::BlindModel;
using measure::GoodModel;
using storage::v1::ComparisonRun;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

absl::Status Ignore(uint64_t, uint64_t) { return absl::OkStatus(); }

class DifferencesTest : public testing::Test {
 protected:
  DifferencesTest() : root_(MakeRoot()), publisher_(*models::ModelPublisher::Open(root_)) {}
  ~DifferencesTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  // A version that was trained on these texts, or one of which that is not known.
  models::LoadedModel Publish(const std::string& name,
                              const std::shared_ptr<const ner::Model>& model,
                              const std::vector<std::string>& trained_on = {},
                              bool known_lineage = true) {
    models::Files files = {{std::string(models::kModelFile), model->Serialize()}};
    models::TrainingKeys keys;
    for (const std::string& text : trained_on) keys.push_back(text::SplitKey(text));
    if (known_lineage)
      files[std::string(models::kTrainingKeysFile)] = models::SerializeTrainingKeys(keys);
    return {*publisher_->Publish(name, absl::UnixEpoch(), files), model};
  }

  // Covers all texts that the corpus has now.
  ComparisonRun RunOf(const models::LoadedModel& a, const models::LoadedModel& b) const {
    ComparisonRun run;
    run.set_source("ads");
    run.set_dataset("judged");
    run.add_labels("job");
    run.add_labels("place");
    run.set_seed(7);
    run.set_version_a(a.version.ToString());
    run.set_version_b(b.version.ToString());
    run.set_start_revision(*corpus_.reader().GetRevision());
    return run;
  }
  absl::StatusOr<Differences> Find(const ComparisonRun& run, const models::LoadedModel& a,
                                   const models::LoadedModel& b) const {
    return FindDifferences(run, a, b, publisher_->store(), corpus_.reader(), Ignore);
  }

  // Appends an answer to the question and returns its revision.
  uint64_t Answer(const ComparisonRun& run, const Difference& difference) {
    const storage::v1::Comparison question = ComparisonOf(run, difference);
    storage::v1::Answer answer;
    answer.set_kind(storage::v1::TASK_KIND_COMPARE);
    *answer.mutable_comparison() = question;
    answer.set_verdict(storage::v1::VERDICT_ACCEPT);
    answer.set_example_id(difference.example_id);
    answer.set_task_id(corpus::ComparisonTaskIdOf(
        difference.example_id, {question.spans_a().begin(), question.spans_a().end()},
        {question.spans_b().begin(), question.spans_b().end()}));
    const storage::v1::Example text = *corpus_.reader().GetExample(difference.example_id);
    uint64_t revision = 0;
    corpus_.Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_ASSIGN_OR_RETURN(const auto revisions,
                              transaction.AppendAnswers(run.dataset(), {answer}, {text}));
      revision = revisions.at(0);
      return absl::OkStatus();
    });
    return revision;
  }
  std::vector<std::string> TextsOf(const Differences& found) const {
    std::vector<std::string> texts;
    for (const Difference& difference : found.differences)
      texts.push_back(corpus_.reader().GetExample(difference.example_id)->text());
    return texts;
  }

  const std::filesystem::path root_;
  measure::TestCorpus corpus_;
  std::unique_ptr<models::ModelPublisher> publisher_;

 private:
  static std::filesystem::path MakeRoot() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    const auto root = std::filesystem::path(testing::TempDir()) /
                      absl::StrCat("winnow_differences_", info->name(), "_", getpid());
    std::filesystem::remove_all(root);
    return root;
  }
};

// Advertisements on which the good and the blind model differ.
std::vector<std::string> AdTexts(size_t count) {
  std::vector<std::string> texts;
  for (const measure::Annotated& ad : measure::Ads(count, /*holdout=*/false))
    texts.push_back(ad.text);
  return texts;
}

TEST_F(DifferencesTest, OnlyDifferingUnseenTextsOnce) {
  const std::vector<std::string> ads = AdTexts(6);
  const models::LoadedModel blind = Publish("blind", BlindModel(), {ads[0]});
  const models::LoadedModel good = Publish("good", GoodModel(), {ads[1]});
  std::vector<std::string> texts = ads;
  texts.push_back(absl::StrCat(ads[2], " "));  // the split key of number 2
  texts.push_back("wanted in");                // no difference
  corpus_.AddSource("ads", texts);
  const auto found = Find(RunOf(blind, good), blind, good);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->num_texts, 5u);
  EXPECT_EQ(found->num_trained_on, 2u);
  EXPECT_THAT(found->unknown_lineage, IsEmpty());
  EXPECT_THAT(TextsOf(*found), UnorderedElementsAreArray(ads.begin() + 2, ads.end()));
  for (const Difference& difference : found->differences) {
    EXPECT_THAT(difference.spans_a, IsEmpty());
    EXPECT_THAT(difference.spans_b, SizeIs(2));
  }
}

TEST_F(DifferencesTest, TheRecordHasVersionsSpansAndSides) {
  const models::LoadedModel blind = Publish("blind", BlindModel());
  const models::LoadedModel good = Publish("good", GoodModel());
  const measure::Annotated ad = measure::Ads(1, /*holdout=*/false)[0];
  corpus_.AddSource("ads", {ad.text});
  const ComparisonRun run = RunOf(blind, good);
  auto found = Find(run, blind, good);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(found->differences, SizeIs(1));
  found->differences[0].a_shown_second = true;
  const storage::v1::Comparison record = ComparisonOf(run, found->differences[0]);
  EXPECT_EQ(record.model_a(), "blind@1");
  EXPECT_EQ(record.model_b(), "good@1");
  EXPECT_THAT(record.spans_a(), IsEmpty());
  EXPECT_EQ(measure::ShowAll(record.spans_b()), measure::ShowAll(ad.spans));
  EXPECT_TRUE(record.a_shown_second());
  EXPECT_EQ(record.preference(), storage::v1::PREFERENCE_UNSPECIFIED);
}

TEST_F(DifferencesTest, TheSeedDecidesOrderAndSides) {
  const models::LoadedModel blind = Publish("blind", BlindModel());
  const models::LoadedModel good = Publish("good", GoodModel());
  corpus_.AddSource("ads", AdTexts(40));
  const auto find = [&](uint64_t seed) {
    ComparisonRun run = RunOf(blind, good);
    run.set_seed(seed);
    std::vector<std::pair<std::string, bool>> asked;
    const Differences found = *Find(run, blind, good);
    for (const Difference& difference : found.differences)
      asked.emplace_back(difference.example_id, difference.a_shown_second);
    return asked;
  };
  const auto asked = find(7);
  ASSERT_THAT(asked, SizeIs(40));
  EXPECT_EQ(find(7), asked);
  EXPECT_NE(find(8), asked);
  EXPECT_FALSE(std::is_sorted(asked.begin(), asked.end()));
  const auto num_second =
      std::count_if(asked.begin(), asked.end(), [](const auto& item) { return item.second; });
  EXPECT_GT(num_second, 5);
  EXPECT_LT(num_second, 35);
}

TEST_F(DifferencesTest, LabelsCountByNameAndOnlyThoseOfTheRun) {
  const std::vector<measure::Annotated> ads = measure::Ads(100, /*holdout=*/false, /*begin=*/1000);
  const models::LoadedModel both = Publish("both", measure::TrainOn(ads, {"job", "place"}));
  const models::LoadedModel jobs = Publish("jobs", measure::TrainOn(ads, {"job"}));
  corpus_.AddSource("ads", AdTexts(10));
  ComparisonRun run = RunOf(both, jobs);
  EXPECT_THAT(Find(run, both, jobs)->differences, SizeIs(10));
  run.clear_labels();
  run.add_labels("job");
  EXPECT_THAT(Find(run, both, jobs)->differences, IsEmpty());

  // The same outputs, whatever index a label has in the models and in the run.
  const models::LoadedModel turned = Publish("turned", measure::TrainOn(ads, {"place", "job"}));
  run.add_labels("place");
  EXPECT_THAT(Find(run, both, turned)->differences, IsEmpty());
}

TEST_F(DifferencesTest, LaterTextsAreNoPartOfIt) {
  const models::LoadedModel blind = Publish("blind", BlindModel());
  const models::LoadedModel good = Publish("good", GoodModel());
  corpus_.AddSource("ads", AdTexts(3));
  const ComparisonRun run = RunOf(blind, good);
  corpus_.AddSource("ads", AdTexts(9));
  EXPECT_THAT(Find(run, blind, good)->differences, SizeIs(3));
}

TEST_F(DifferencesTest, AnUnknownLineageIsNamed) {
  const std::vector<std::string> ads = AdTexts(3);
  const models::LoadedModel blind = Publish("blind", BlindModel(), {ads[0]});
  const models::LoadedModel foreign = Publish("foreign", GoodModel(), {}, /*known_lineage=*/false);
  corpus_.AddSource("ads", ads);
  const auto found = Find(RunOf(blind, foreign), blind, foreign);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->unknown_lineage, ElementsAre("foreign@1"));
  EXPECT_EQ(found->num_trained_on, 1u);
}

TEST_F(DifferencesTest, QuestionsThatTheDataSetAnsweredAreCounted) {
  const models::LoadedModel blind = Publish("blind", BlindModel());
  const models::LoadedModel good = Publish("good", GoodModel());
  corpus_.AddSource("ads", AdTexts(5));
  const ComparisonRun before = RunOf(blind, good);
  const Differences asked = *Find(before, blind, good);
  EXPECT_EQ(asked.num_answered_before, 0u);
  Answer(before, asked.differences[0]);
  const uint64_t slip = Answer(before, asked.differences[1]);
  Answer(before, asked.differences[2]);
  corpus_.Undo("judged", slip);
  EXPECT_EQ(Find(RunOf(blind, good), blind, good)->num_answered_before, 2u);
  // Exchanging the two is the same question.
  EXPECT_EQ(Find(RunOf(good, blind), good, blind)->num_answered_before, 2u);
  // Answers after the start are the comparison's own.
  EXPECT_EQ(Find(before, blind, good)->num_answered_before, 0u);
}

TEST_F(DifferencesTest, TellsProgressAndStopsWhenCancelled) {
  const models::LoadedModel blind = Publish("blind", BlindModel());
  const models::LoadedModel good = Publish("good", GoodModel());
  corpus_.AddSource("ads", AdTexts(10));
  const ComparisonRun run = RunOf(blind, good);
  std::vector<std::pair<uint64_t, uint64_t>> told;
  const auto stop_at_third = [&](uint64_t done, uint64_t total) {
    told.emplace_back(done, total);
    return told.size() == 3 ? absl::CancelledError("enough") : absl::OkStatus();
  };
  const auto found =
      FindDifferences(run, blind, good, publisher_->store(), corpus_.reader(), stop_at_third);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(told, ElementsAre(std::pair(0, 10), std::pair(1, 10), std::pair(2, 10)));
}

TEST_F(DifferencesTest, SeveralAtATimeWhileTheSourceGrowsFindTheSame) {
  const models::LoadedModel blind = Publish("blind", BlindModel());
  const models::LoadedModel good = Publish("good", GoodModel());
  const std::vector<std::string> ads = AdTexts(60);
  corpus_.AddSource("ads", {ads.begin(), ads.begin() + 30});
  const ComparisonRun run = RunOf(blind, good);
  const std::vector<std::string> expected = TextsOf(*Find(run, blind, good));
  ASSERT_THAT(expected, SizeIs(30));
  std::vector<std::vector<std::string>> found(3);
  std::vector<std::thread> threads;
  for (std::vector<std::string>& texts : found)
    threads.emplace_back([&] { texts = TextsOf(*Find(run, blind, good)); });
  for (size_t i = 30; i < ads.size(); ++i) corpus_.AddSource("ads", {ads[i]});
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<std::string>& texts : found) EXPECT_EQ(texts, expected);
}

TEST_F(DifferencesTest, AnUnknownSourceIsRefused) {
  const models::LoadedModel good = Publish("good", GoodModel());
  const absl::Status status = Find(RunOf(good, good), good, good).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_SOURCE");
}

}  // namespace
}  // namespace winnow::tournament

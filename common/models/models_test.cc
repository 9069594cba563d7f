#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/models/replay.h"
#include "common/models/training_keys.h"
#include "common/ner/model.h"
#include "common/text/split_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::models {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A model with one row, whose weight, in units, tells models apart.
std::string ModelBytes(float weight) {
  const std::vector<float> row(4, weight * ner::kWeightUnit);
  const auto model = ner::Model::Make({"job_title"}, 10, {7}, ner::Transitions(1),
                                      [&](size_t) { return row.data(); });
  return (*model)->Serialize();
}

class ModelStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ =
        fs::path(testing::TempDir()) / absl::StrCat("winnow_models_", info->name(), "_", getpid());
    fs::remove_all(root_);
    publisher_ = *ModelPublisher::Open(root_);
  }
  void TearDown() override {
    publisher_.reset();
    fs::remove_all(root_);
  }

  VersionName Publish(const std::string& name, float weight) {
    return *publisher_->Publish(name, absl::UnixEpoch(), {{"model.bin", ModelBytes(weight)}});
  }
  Files FilesOf(const VersionName& version) {
    Files files;
    for (const char* name : {"manifest.json", "model.bin"}) {
      files[name] = *publisher_->store().ReadVersionFile(version, name);
    }
    return files;
  }

  fs::path root_;
  std::unique_ptr<ModelPublisher> publisher_;
};

TEST_F(ModelStoreTest, VersionsCountUpAndAliasesMove) {
  EXPECT_EQ(Publish("jt", 1).ToString(), "jt@1");
  EXPECT_EQ(Publish("jt", 2).ToString(), "jt@2");
  EXPECT_EQ(publisher_->store().Resolve("jt").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(publisher_->Promote({"jt", 1}).ok());
  ASSERT_TRUE(publisher_->SetCandidate({"jt", 2}).ok());
  EXPECT_EQ(publisher_->store().Resolve("jt")->number, 1u);
  const Aliases promoted = *publisher_->Promote({"jt", 2});
  EXPECT_EQ(promoted, (Aliases{{"previous", 1}, {"serving", 2}}));
  EXPECT_EQ(*publisher_->Rollback("jt"), (Aliases{{"previous", 2}, {"serving", 1}}));
  EXPECT_THAT(publisher_->store().ListModels(), ElementsAre("jt"));
}

TEST_F(ModelStoreTest, AnUnknownModelNamesTheNearest) {
  Publish("job_titles", 1);
  const absl::Status status = publisher_->store().Resolve("job_title").status();
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_MODEL");
  EXPECT_THAT(std::string(status.message()), HasSubstr("job_titles"));
  EXPECT_EQ(publisher_->store().Resolve("job_titles@9").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(publisher_->store().Resolve("job_titles@x").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(publisher_->store().Resolve("../etc").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ModelStoreTest, RollbackWithoutPreviousIsRefused) {
  Publish("jt", 1);
  ASSERT_TRUE(publisher_->Promote({"jt", 1}).ok());
  EXPECT_EQ(publisher_->Rollback("jt").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ModelStoreTest, ASecondWriterIsRefused) {
  EXPECT_EQ(ModelPublisher::Open(root_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ModelStoreTest, ImportIsIdempotentAndChecksEveryDigest) {
  const VersionName version = Publish("jt", 1);
  Files files = FilesOf(version);
  EXPECT_EQ(publisher_->Import("copy", files)->ToString(), "copy@1");
  EXPECT_EQ(publisher_->Import("copy", files)->ToString(), "copy@1");
  EXPECT_EQ(publisher_->Import("jt", files)->ToString(), "jt@1");
  files["model.bin"].back() ^= 1;
  files["extra"] = "x";
  const absl::Status status = publisher_->Import("copy", files).status();
  EXPECT_EQ(ReasonOf(status), "CORRUPT_MODEL");
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.bin"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("extra"));
  EXPECT_THAT(publisher_->store().ListVersions("copy"), ElementsAre(1));
}

TEST_F(ModelStoreTest, AnImportThatIsOnlyCheckedMakesNothing) {
  const VersionName version = Publish("jt", 1);
  Files files = FilesOf(version);
  const CheckedImport fresh = *publisher_->CheckImport("copy", files);
  EXPECT_THAT(fresh.labels, ElementsAre("job_title"));
  EXPECT_FALSE(fresh.version.has_value());
  EXPECT_EQ(publisher_->CheckImport("jt", files)->version, version);
  files["model.bin"].back() ^= 1;
  EXPECT_EQ(ReasonOf(publisher_->CheckImport("copy", files).status()), "CORRUPT_MODEL");
  EXPECT_THAT(publisher_->store().ListVersions("copy"), ElementsAre());
}

TEST_F(ModelStoreTest, ErasedTextsAreInNoReplayAndTheVersionIsStillWhole) {
  std::vector<storage::v1::LabelledText> examples(3);
  examples[0].set_text("kept");
  examples[1].set_text("Ada Byron");
  examples[2].set_text("ADA  byron");
  const Files files = {{"model.bin", ModelBytes(1)}, {"replay.bin", SerializeReplay(examples)}};
  const VersionName version = *publisher_->Publish("jt", absl::UnixEpoch(), files);
  Publish("jt", 2);

  const auto erased = publisher_->EraseFromReplays({text::SplitKey("Ada Byron")});
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_THAT(*erased, ElementsAre(std::pair(version, uint64_t{2})));
  Files left = FilesOf(version);
  left["replay.bin"] = *publisher_->store().ReadVersionFile(version, "replay.bin");
  EXPECT_THAT(left["replay.bin"], ::testing::Not(HasSubstr("yron")));
  EXPECT_EQ(ParseReplay(left["replay.bin"])->size(), 1u);
  EXPECT_EQ(publisher_->Import("copy", left)->ToString(), "copy@1");
  EXPECT_THAT(*publisher_->EraseFromReplays({text::SplitKey("Ada Byron")}), ElementsAre());
}

TEST_F(ModelStoreTest, WhatIsNoVersionIsNotListed) {
  Publish("jt", 1);
  for (const char* directory : {"0", "+2", "007", "18446744073709551615", "draft"})
    fs::create_directories(root_ / "jt" / directory);
  EXPECT_THAT(publisher_->store().ListVersions("jt"), ElementsAre(1));
  EXPECT_EQ(Publish("jt", 2).ToString(), "jt@2");
}

TEST_F(ModelStoreTest, DamagedAliasesAreToldAndNeverFollowed) {
  Publish("jt", 1);
  for (const char* aliases : {"", "[1]", R"({"serving": -1})", R"({"serving": "1"})",
                              R"({"serving": 1.5})", R"({"serving": 18446744073709551616})"}) {
    ASSERT_TRUE(WriteFileAtomically(publisher_->store().AliasesPath("jt"), aliases).ok());
    EXPECT_EQ(ReasonOf(publisher_->store().GetAliases("jt").status()), "CORRUPT_MODEL") << aliases;
    EXPECT_FALSE(publisher_->store().Resolve("jt").ok()) << aliases;
  }
}

TEST_F(ModelStoreTest, CacheSwapsToWhatIsPromoted) {
  Publish("jt", 1);
  Publish("jt", 2);
  ASSERT_TRUE(publisher_->Promote({"jt", 1}).ok());
  ModelCache cache(&publisher_->store(), absl::Milliseconds(10));
  const auto held = *cache.Get("jt");
  EXPECT_EQ(held->version.number, 1u);
  ASSERT_TRUE(publisher_->Promote({"jt", 2}).ok());
  while ((*cache.Get("jt"))->version.number != 2)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  // What a request holds stays what it was.
  EXPECT_EQ(held->model->rows()[0], 1);
  EXPECT_EQ((*cache.Get("jt@1"))->version.number, 1u);
}

TEST_F(ModelStoreTest, ADamagedVersionIsRefusedAndTheOldOneKeepsServing) {
  Publish("jt", 1);
  Publish("jt", 2);
  ASSERT_TRUE(publisher_->Promote({"jt", 1}).ok());
  ModelCache cache(&publisher_->store(), absl::Milliseconds(10));
  ASSERT_TRUE(cache.Get("jt").ok());
  const fs::path file = publisher_->store().Directory({"jt", 2}) / "model.bin";
  fs::resize_file(file, fs::file_size(file) - 1);
  EXPECT_EQ(ReasonOf(cache.Get("jt@2").status()), "CORRUPT_MODEL");
  EXPECT_EQ(ReasonOf(publisher_->Promote({"jt", 2}).status()), "CORRUPT_MODEL");
  EXPECT_EQ(publisher_->store().Resolve("jt")->number, 1u);
  // What an older writer would have done.
  ASSERT_TRUE(WriteFileAtomically(publisher_->store().AliasesPath("jt"), R"({"serving": 2})").ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ((*cache.Get("jt"))->version.number, 1u);
}

TEST_F(ModelStoreTest, AVersionWhoseFilesComeLateIsLoadedWhenTheyAreThere) {
  Publish("jt", 1);
  Publish("jt", 2);
  ASSERT_TRUE(publisher_->Promote({"jt", 1}).ok());
  ModelCache cache(&publisher_->store(), absl::Milliseconds(5));
  ASSERT_TRUE(cache.Get("jt").ok());
  // A file system that shows the new aliases before the new version.
  const fs::path directory = publisher_->store().Directory({"jt", 2});
  fs::path late = directory;
  late += ".late";
  fs::rename(directory, late);
  ASSERT_TRUE(WriteFileAtomically(publisher_->store().AliasesPath("jt"), R"({"serving": 2})").ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ((*cache.Get("jt"))->version.number, 1u);
  fs::rename(late, directory);
  while ((*cache.Get("jt"))->version.number != 2)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST_F(ModelStoreTest, SwapsUnderLoadFailNoRequest) {
  for (int i = 1; i <= 20; ++i) Publish("jt", static_cast<float>(i));
  ASSERT_TRUE(publisher_->Promote({"jt", 1}).ok());
  ModelCache cache(&publisher_->store(), absl::Milliseconds(1));
  ASSERT_TRUE(cache.Get("jt").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto loaded = cache.Get("jt");
        if (!loaded.ok() ||
            (*loaded)->model->rows()[0] != static_cast<int8_t>((*loaded)->version.number))
          ++wrong;
      }
    });
  }
  for (uint64_t i = 2; i <= 20; ++i) {
    ASSERT_TRUE(publisher_->Promote({"jt", i}).ok());
    while ((*cache.Get("jt"))->version.number != i) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST(TrainingKeys, RoundTripSortedAndDistinct) {
  const std::string bytes = SerializeTrainingKeys({9, 3, 9, 1ull << 63});
  EXPECT_THAT(*ParseTrainingKeys(bytes), ElementsAre(3, 9, 1ull << 63));
  EXPECT_FALSE(ParseTrainingKeys(bytes.substr(1)).ok());
  EXPECT_FALSE(ParseTrainingKeys(bytes + bytes).ok());
}

TEST(Replay, RoundTripAndEveryTruncationIsRefusedOrShorter) {
  storage::v1::LabelledText a, b;
  a.set_text("Senior Cook wanted");
  a.add_complete_labels("job_title");
  b.set_text("No title");
  const std::string bytes = SerializeReplay(std::vector<storage::v1::LabelledText>{a, b});
  ASSERT_EQ(ParseReplay(bytes)->size(), 2u);
  EXPECT_EQ((*ParseReplay(bytes))[0].text(), "Senior Cook wanted");
  for (size_t n = 1; n < bytes.size(); ++n) {
    const auto parsed = ParseReplay(bytes.substr(0, n));
    EXPECT_TRUE(!parsed.ok() || parsed->size() < 2) << n;
  }
}

TEST(Lineage, RoundTrip) {
  Lineage lineage;
  lineage.job_id = "j";
  lineage.revision = 12;
  lineage.datasets = {"a", "b"};
  lineage.spec_json = R"({"seed": 3})";
  const Lineage parsed = *Lineage::Parse(lineage.ToJson());
  EXPECT_EQ(parsed.revision, 12u);
  EXPECT_THAT(parsed.datasets, ElementsAre("a", "b"));
  EXPECT_FALSE(Lineage::Parse("{}").ok());
  EXPECT_FALSE(Lineage::Parse("not json").ok());
}

}  // namespace
}  // namespace winnow::models

// Snapshots of a corpus in RocksDB while it is written to.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/corpus/snapshots.h"
#include "common/corpus/testing.h"
#include "common/kv/rocks/rocks_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

namespace fs = std::filesystem;
using storage::v1::Answer;
using storage::v1::SnapshotLease;

TEST(CorpusCheckpoint, ReadersSeeTheSnapshotWhileTheWriterGoesOn) {
  std::string name = absl::StrCat(testing::TempDir(), "/winnow_checkpoint_XXXXXX");
  const fs::path root = mkdtemp(name.data());
  auto opened = kv::RocksStore::Open(root / "db");
  ASSERT_TRUE(opened.ok()) << opened.status();
  const kv::RocksStore* const database = opened->get();
  FakeClock clock;
  const auto corpus = *Corpus::Open(*std::move(opened), clock);
  const auto snapshots = *Snapshots::Open(*corpus, root, clock, [&](const fs::path& directory) {
    return database->Checkpoint(directory);
  });
  std::atomic<bool> stop = false;
  std::vector<std::thread> writers;
  for (int t = 0; t < 2; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) ASSERT_TRUE(Append(*corpus, "a", absl::StrCat(t, "/", i)).ok());
    });
  }
  for (uint64_t round = 1; round <= 5; ++round) {
    corpus->WaitForRevision(round * 20, absl::InfiniteDuration());
    const uint64_t before = corpus->revision();
    const absl::StatusOr<SnapshotLease> lease = snapshots->Create({}, absl::Minutes(10));
    ASSERT_TRUE(lease.ok()) << lease.status();
    ASSERT_GE(lease->revision(), before);
    const auto copy = kv::RocksStore::OpenReadOnly(root / lease->path());
    ASSERT_TRUE(copy.ok()) << copy.status();
    const auto reader = CorpusReader::Open(**copy);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ(reader->info().database_id(), corpus->reader().info().database_id());
    EXPECT_GE(*reader->GetRevision(), lease->revision());

    const std::vector<Answer> answers = AnswersOf(*reader, "a", 0, lease->revision());
    ASSERT_EQ(answers.size(), lease->revision());
    corpus->WaitForRevision(*reader->GetRevision() + 10, absl::InfiniteDuration());
    EXPECT_EQ(AnswersOf(*reader, "a").size(), *reader->GetRevision());
    for (const Answer& answer : answers) EXPECT_TRUE(reader->GetExample(answer.example_id()).ok());

    // Still readable when its lease has ended under the reader.
    if (round % 2 == 0) {
      ASSERT_TRUE(snapshots->Release(lease->id()).ok());
      EXPECT_FALSE(fs::exists(root / lease->path()));
      EXPECT_EQ(AnswersOf(*reader, "a", 0, lease->revision()).size(), lease->revision());
    }
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(corpus->reader().ListSnapshotLeases()->size(), 3u);
  fs::remove_all(root);
}

}  // namespace
}  // namespace winnow::corpus

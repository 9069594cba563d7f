#include "common/corpus/snapshots.h"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/corpus/testing.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

namespace fs = std::filesystem;
using storage::v1::SnapshotLease;
using ::testing::HasSubstr;

constexpr absl::Duration kTtl = absl::Minutes(10);

class SnapshotsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = absl::StrCat(testing::TempDir(), "/winnow_snapshots_XXXXXX");
    root_ = mkdtemp(name.data());
    Reopen();
  }
  void TearDown() override { fs::remove_all(root_); }

  // As a restart does.
  void Reopen() {
    auto snapshots = Snapshots::Open(*corpus_, root_, clock_,
                                     [this](const fs::path& directory) { return Make(directory); });
    ASSERT_TRUE(snapshots.ok()) << snapshots.status();
    snapshots_ = *std::move(snapshots);
  }

  absl::Status Make(const fs::path& directory) {
    ++num_made_;
    EXPECT_FALSE(fs::exists(directory));
    fs::create_directory(directory);
    std::ofstream(directory / "CURRENT") << "x";
    return checkpoint_status_;
  }

  bool Exists(const SnapshotLease& lease) const {
    return fs::exists(root_ / lease.path() / "CURRENT");
  }
  size_t NumDirectories() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(root_ / "snapshots"), fs::directory_iterator()));
  }

  FakeClock clock_;
  std::unique_ptr<Corpus> corpus_ = *Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
  fs::path root_;
  std::atomic<int> num_made_ = 0;
  absl::Status checkpoint_status_;
  std::unique_ptr<Snapshots> snapshots_;
};

TEST_F(SnapshotsTest, LeaseTellsWhereWhatAndHowLong) {
  *Append(*corpus_, "a", "one");
  const SnapshotLease lease = *snapshots_->Create({}, kTtl);
  EXPECT_TRUE(Exists(lease));
  EXPECT_EQ(lease.path(), absl::StrCat("snapshots/", lease.id()));
  EXPECT_EQ(lease.revision(), 1u);
  EXPECT_EQ(lease.expires_unix_micros(), absl::ToUnixMicros(clock_.Now() + kTtl));
  EXPECT_NE(snapshots_->Create({}, kTtl)->id(), lease.id());
}

TEST_F(SnapshotsTest, LivesUntilReleased) {
  const SnapshotLease lease = *snapshots_->Create({}, kTtl);
  ASSERT_TRUE(snapshots_->Release(lease.id()).ok());
  EXPECT_FALSE(Exists(lease));
  EXPECT_TRUE(snapshots_->Release(lease.id()).ok());
  EXPECT_EQ(snapshots_->Renew(lease.id(), kTtl).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SnapshotsTest, LivesUntilItsLeaseRunsOut) {
  const SnapshotLease kept = *snapshots_->Create({}, kTtl);
  const SnapshotLease lost = *snapshots_->Create({}, kTtl);
  clock_.Advance(kTtl - absl::Seconds(1));
  ASSERT_TRUE(snapshots_->Sweep().ok());
  EXPECT_TRUE(Exists(lost));
  const SnapshotLease renewed = *snapshots_->Renew(kept.id(), kTtl);
  EXPECT_EQ(renewed.expires_unix_micros(), absl::ToUnixMicros(clock_.Now() + kTtl));
  EXPECT_EQ(renewed.path(), kept.path());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(snapshots_->Renew(lost.id(), kTtl).status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(snapshots_->Create({}, kTtl).ok());
  EXPECT_TRUE(Exists(kept));
  EXPECT_FALSE(Exists(lost));
}

TEST_F(SnapshotsTest, LeasesOutliveARestartAndEverythingElseIsDeleted) {
  const SnapshotLease live = *snapshots_->Create({}, kTtl);
  const SnapshotLease ended = *snapshots_->Create({}, absl::Minutes(1));
  fs::create_directories(root_ / "snapshots" / "half-made.tmp" / "deep");
  clock_.Advance(absl::Minutes(5));
  Reopen();
  EXPECT_TRUE(Exists(live));
  EXPECT_FALSE(Exists(ended));
  EXPECT_EQ(NumDirectories(), 1u);
  EXPECT_TRUE(snapshots_->Renew(live.id(), kTtl).ok());
}

TEST_F(SnapshotsTest, AClockThatIsSetForwardEndsNoLeaseAndOneSetBackKeepsNone) {
  const SnapshotLease held = *snapshots_->Create({}, kTtl);
  const SnapshotLease lost = *snapshots_->Create({}, absl::Minutes(1));
  clock_.Jump(absl::Hours(24));
  EXPECT_TRUE(snapshots_->Renew(held.id(), kTtl).ok());
  clock_.Jump(-absl::Hours(48));
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(snapshots_->Sweep().ok());
  EXPECT_TRUE(Exists(held));
  EXPECT_FALSE(Exists(lost));
  // The clock was set back by two days while the lease says yesterday.
  Reopen();
  clock_.Advance(kMaxSnapshotTtl);
  ASSERT_TRUE(snapshots_->Sweep().ok());
  EXPECT_FALSE(Exists(held));
}

TEST_F(SnapshotsTest, ARepeatedRequestGetsTheFirstSnapshot) {
  const RequestKey key{"train", "CreateSnapshot", "1", "body"};
  const SnapshotLease first = *snapshots_->Create(key, kTtl);
  EXPECT_EQ(snapshots_->Create(key, kTtl)->id(), first.id());
  EXPECT_EQ(num_made_, 1);
  RequestKey other_body = key;
  other_body.body_digest = "other";
  EXPECT_EQ(snapshots_->Create(other_body, kTtl).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(SnapshotsTest, ConcurrentRepetitionsLeaveOneDirectory) {
  const RequestKey key{"train", "CreateSnapshot", "1", "body"};
  std::vector<std::string> ids(8);
  std::vector<std::thread> threads;
  for (std::string& id : ids) {
    threads.emplace_back([&] { id = snapshots_->Create(key, kTtl)->id(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
  EXPECT_EQ(NumDirectories(), 1u);
}

TEST_F(SnapshotsTest, AFailedCheckpointLeavesNothing) {
  checkpoint_status_ = absl::ResourceExhaustedError("no space left on device");
  EXPECT_EQ(snapshots_->Create({}, kTtl).status(), checkpoint_status_);
  EXPECT_EQ(NumDirectories(), 0u);
  EXPECT_TRUE(corpus_->reader().ListSnapshotLeases()->empty());
}

TEST_F(SnapshotsTest, TtlOutOfBoundsIsRefused) {
  const SnapshotLease lease = *snapshots_->Create({}, kTtl);
  for (const absl::Duration ttl :
       {absl::ZeroDuration(), -kTtl, kMaxSnapshotTtl + absl::Seconds(1)}) {
    EXPECT_EQ(snapshots_->Create({}, ttl).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(snapshots_->Renew(lease.id(), ttl).status().message()),
                HasSubstr("ttl"));
  }
  EXPECT_TRUE(snapshots_->Renew(lease.id(), kMaxSnapshotTtl).ok());
}

// An id comes from a client: it must not name a path.
TEST_F(SnapshotsTest, ReleaseDeletesOnlySnapshots) {
  fs::create_directory(root_ / "db");
  EXPECT_TRUE(snapshots_->Release("../db").ok());
  EXPECT_TRUE(snapshots_->Release("").ok());
  EXPECT_TRUE(fs::exists(root_ / "db"));
  EXPECT_TRUE(fs::exists(root_ / "snapshots"));
}

}  // namespace
}  // namespace winnow::corpus

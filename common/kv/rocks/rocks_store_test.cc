#include "common/kv/rocks/rocks_store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/kv/store_contract.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::kv {
namespace {

using ::testing::HasSubstr;

// A directory of its own for each object, deleted with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = absl::StrCat(testing::TempDir(), "/winnow_kv_XXXXXX");
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class RocksFactory {
 public:
  Store& store() { return *store_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<RocksStore> store_ = *RocksStore::Open(directory_.path() / "db");
};

INSTANTIATE_TYPED_TEST_SUITE_P(Rocks, StoreContract, RocksFactory);

class RocksStoreTest : public testing::Test {
 protected:
  static absl::Status Put(Store& store, const std::string& key, const std::string& value) {
    Batch batch;
    batch.Put(key, value);
    return store.Write(batch);
  }

  // Flips the bits of one byte of the only file in the database with this extension.
  void Damage(absl::string_view extension, double where) {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (entry.path().extension() != std::string(extension)) continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      const auto position =
          static_cast<std::streamoff>(where * static_cast<double>(entry.file_size()));
      file.seekg(position);
      const int byte = file.get();
      file.seekp(position);
      file.put(static_cast<char>(byte ^ 0xff));
      return;
    }
    FAIL() << "no " << extension << " file";
  }

  TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "deep" / "db";
};

TEST_F(RocksStoreTest, KeepsItsContentWhenReopened) {
  ASSERT_TRUE(Put(**RocksStore::Open(path_), "a", "1").ok());
  EXPECT_EQ(*(*RocksStore::Open(path_))->Get("a"), "1");
}

TEST_F(RocksStoreTest, SecondProcessIsToldWhoIsInTheWay) {
  int is_open[2];
  ASSERT_EQ(pipe(is_open), 0);
  // Forked before this process opens anything: RocksDB's threads may hold a lock of the allocator,
  // which a child that is forked beside them waits for without end.
  const pid_t child = fork();
  if (child == 0) {
    const auto store = RocksStore::Open(path_);
    const char ok = store.ok() ? 'y' : 'n';
    if (write(is_open[1], &ok, 1) == 1) pause();
    _exit(1);
  }
  char ok = 0;
  EXPECT_EQ(read(is_open[0], &ok, 1), 1);
  EXPECT_EQ(ok, 'y');
  const absl::Status status = RocksStore::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            absl::StrCat("data directory ", path_.string(), " is in use by another process"));
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const auto store = RocksStore::Open(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(RocksStore::Open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
  close(is_open[0]);
  close(is_open[1]);
}

TEST_F(RocksStoreTest, DirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_.path() / "deep") << "a file";
  const absl::Status status = RocksStore::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_.string()));
}

TEST_F(RocksStoreTest, CheckpointIsFrozenWhileTheOwnerWrites) {
  auto store = *RocksStore::Open(path_);
  ASSERT_TRUE(Put(*store, "a", "1").ok());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) ASSERT_TRUE(Put(*store, absl::StrCat("b", i), "x").ok());
  });
  const std::filesystem::path copy = directory_.path() / "copy";
  const absl::Status made = store->Checkpoint(copy);
  ASSERT_TRUE(Put(*store, "a", "2").ok());
  ASSERT_TRUE(made.ok()) << made;
  const auto first = RocksStore::OpenReadOnly(copy);
  const auto second = RocksStore::OpenReadOnly(copy);
  ASSERT_TRUE(first.ok() && second.ok());
  const Pairs before = ScanAll(**first, Range::All());
  ASSERT_TRUE(Put(*store, "c", "1").ok());
  stop = true;
  writer.join();
  EXPECT_EQ(*(*first)->Get("a"), "1");
  EXPECT_EQ(ScanAll(**second, Range::All()), before);
  EXPECT_EQ(Put(**first, "a", "3").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*store->Get("a"), "2");
}

TEST_F(RocksStoreTest, OpenCheckpointStaysReadableWhenDeleted) {
  auto store = *RocksStore::Open(path_);
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(Put(*store, absl::StrCat(i), std::string(1000, 'x')).ok());
  const std::filesystem::path copy = directory_.path() / "copy";
  ASSERT_TRUE(store->Checkpoint(copy).ok());
  const auto reader = *RocksStore::OpenReadOnly(copy);
  std::filesystem::remove_all(copy);
  EXPECT_EQ(ScanAll(*reader, Range::All()).size(), 1000u);
}

TEST_F(RocksStoreTest, CheckpointOverSomethingIsRefused) {
  auto store = *RocksStore::Open(path_);
  const absl::Status status = store->Checkpoint(directory_.path());
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory_.path().string()));
}

TEST_F(RocksStoreTest, ReadingWhatIsNotThereIsNotFound) {
  EXPECT_EQ(RocksStore::OpenReadOnly(path_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(RocksStoreTest, DamagedTableIsDataLossNamingTheDirectory) {
  {
    auto store = *RocksStore::Open(path_);
    for (int i = 0; i < 1000; ++i)
      ASSERT_TRUE(Put(*store, absl::StrCat(i), std::to_string(i * i)).ok());
    ASSERT_TRUE(store->Checkpoint(directory_.path() / "flush").ok());
  }
  Damage(".sst", 0.2);
  const auto store = RocksStore::Open(path_);
  absl::Status status = store.status();
  if (store.ok()) {
    const auto iterator = (*store)->Scan(Range::All());
    while (iterator->Valid()) iterator->Next();
    status = iterator->status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_.string()));
}

TEST_F(RocksStoreTest, LostRootDoesNotBecomeAnEmptyDatabase) {
  ASSERT_TRUE(Put(**RocksStore::Open(path_), "a", "1").ok());
  std::filesystem::remove(path_ / "CURRENT");
  EXPECT_EQ(RocksStore::Open(path_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(RocksStoreTest, AnUnsyncedWriteSurvivesTheEndOfItsProcess) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = *RocksStore::Open(path_);
    Batch batch;
    batch.Put("a", "1");
    _exit(store->WriteUnsynced(batch).ok() ? 0 : 1);  // Without closing.
  }
  int exit_status = -1;
  ASSERT_EQ(waitpid(child, &exit_status, 0), child);
  ASSERT_EQ(exit_status, 0);
  EXPECT_EQ(*(*RocksStore::Open(path_))->Get("a"), "1");
}

TEST_F(RocksStoreTest, DamageInTheMiddleOfTheLogIsNotSkipped) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = *RocksStore::Open(path_);
    for (int i = 0; i < 100; ++i) {
      if (!Put(*store, absl::StrCat(i), std::string(1000, 'x')).ok()) _exit(1);
    }
    _exit(0);  // Without closing, so that the writes are in the log only.
  }
  int exit_status = -1;
  ASSERT_EQ(waitpid(child, &exit_status, 0), child);
  ASSERT_EQ(exit_status, 0);
  Damage(".log", 0.5);
  const absl::Status status = RocksStore::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_.string()));
}

}  // namespace
}  // namespace winnow::kv

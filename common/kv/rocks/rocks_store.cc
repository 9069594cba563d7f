#include "common/kv/rocks/rocks_store.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/status.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/step.h"

namespace winnow::kv {
namespace {

constexpr size_t kBlockCacheBytes = size_t{64} << 20;
constexpr double kBloomBitsPerKey = 10;
// What is in memory and in the log at most. After a full disk so much must be free again.
constexpr size_t kWriteBufferBytes = size_t{16} << 20;
// Share of a memtable that its own filter takes: most keys asked for are new ones (replies, texts
// without answers), which cost a walk of the whole skip list otherwise.
constexpr double kMemtableBloomShare = 0.02;

rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }

absl::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

absl::StatusCode CodeOf(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return absl::StatusCode::kResourceExhausted;
  if (status.IsPathNotFound()) return absl::StatusCode::kNotFound;
  if (status.IsCorruption()) return absl::StatusCode::kDataLoss;
  if (status.IsInvalidArgument() || status.IsNotSupported())
    return absl::StatusCode::kFailedPrecondition;
  if (status.IsIOError() || status.IsBusy() || status.IsTimedOut())
    return absl::StatusCode::kUnavailable;
  return absl::StatusCode::kInternal;
}

// REQUIRES: !status.ok().
absl::Status ToStatus(const rocksdb::Status& status, const std::filesystem::path& directory) {
  return {CodeOf(status),
          absl::StrCat("database in ", directory.string(), ": ", status.ToString())};
}

// RocksDB has no code of its own for a lock held by another process (fcntl) or by this one (its
// table of locks).
bool IsLocked(const rocksdb::Status& status) {
  const std::string message = status.ToString();
  return status.IsIOError() && (absl::StrContains(message, "lock hold by current process") ||
                                (absl::StrContains(message, "While lock file") &&
                                 absl::StrContains(message, "Resource temporarily unavailable")));
}

// Data without the file that tells what is valid. RocksDB would begin a new database over it.
bool HasLostItsRoot(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory / "CURRENT", error)) return false;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".sst" || entry.path().extension() == ".log") return true;
  }
  return false;
}

// RocksDB's own log file would lie in a checkpoint, which several open at once, and on a full disk
// Debian's build ends the process when it cannot write to it. What is wrong reaches callers as the
// status of what they asked for.
class NullLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Options MakeOptions() {
  rocksdb::Options options;
  options.write_buffer_size = kWriteBufferBytes;
  options.compression = rocksdb::kLZ4Compression;
  // A torn tail of the log is an unacknowledged write; damage anywhere else must not silently lose
  // what comes after.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.memtable_prefix_bloom_size_ratio = kMemtableBloomShare;
  options.memtable_whole_key_filtering = true;
  options.max_open_files = -1;
  options.info_log = std::make_shared<NullLogger>();
  // Or an empty database takes the size of its largest log.
  options.allow_fallocate = false;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksIterator final : public Iterator {
 public:
  RocksIterator(rocksdb::DB& db, const Range& range, Direction direction,
                const std::filesystem::path& directory)
      : range_(range),
        direction_(direction),
        directory_(directory),
        lower_(range_.begin),
        upper_(range_.end) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_;
    if (range_.has_end) options.iterate_upper_bound = &upper_;
    iterator_.reset(db.NewIterator(options));
    if (direction_ == Direction::kForward) {
      iterator_->SeekToFirst();
    } else {
      iterator_->SeekToLast();
    }
  }

  bool Valid() const override { return iterator_->Valid(); }
  void Next() override {
    if (direction_ == Direction::kForward) {
      iterator_->Next();
    } else {
      iterator_->Prev();
    }
  }
  absl::string_view key() const override { return ToView(iterator_->key()); }
  absl::string_view value() const override { return ToView(iterator_->value()); }
  absl::Status status() const override {
    const rocksdb::Status status = iterator_->status();
    return status.ok() ? absl::OkStatus() : ToStatus(status, directory_);
  }

 private:
  const Range range_;
  const Direction direction_;
  const std::filesystem::path& directory_;
  // Views of range_, to which RocksDB keeps pointers.
  const rocksdb::Slice lower_;
  const rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

RocksStore::RocksStore(std::filesystem::path directory, std::unique_ptr<rocksdb::DB> db,
                       bool read_only)
    : directory_(std::move(directory)), db_(std::move(db)), read_only_(read_only) {}

RocksStore::~RocksStore() = default;

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(
    const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make the data directory ", directory.string(), ": ", error.message()));
  }
  if (HasLostItsRoot(directory)) {
    return absl::DataLossError(absl::StrCat("database in ", directory.string(),
                                            " is damaged: its file CURRENT is missing"));
  }
  rocksdb::Options options = MakeOptions();
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory.string(), &db);
  if (IsLocked(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat("data directory ", directory.string(), " is in use by another process"));
  }
  if (!status.ok()) return ToStatus(status, directory);
  return std::unique_ptr<RocksStore>(
      new RocksStore(directory, std::unique_ptr<rocksdb::DB>(db), false));
}

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::OpenReadOnly(
    const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory / "CURRENT", error)) {
    return absl::NotFoundError(absl::StrCat("there is no database in ", directory.string()));
  }
  const rocksdb::Options options = MakeOptions();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, directory.string(), &db);
  if (!status.ok()) return ToStatus(status, directory);
  return std::unique_ptr<RocksStore>(
      new RocksStore(directory, std::unique_ptr<rocksdb::DB>(db), true));
}

absl::StatusOr<std::string> RocksStore::Get(absl::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), ToSlice(key), &value);
  if (status.IsNotFound()) return absl::NotFoundError("no such key");
  if (!status.ok()) return ToStatus(status, directory_);
  return value;
}

std::unique_ptr<Iterator> RocksStore::Scan(const Range& range, Direction direction) const {
  return std::make_unique<RocksIterator>(*db_, range, direction, directory_);
}

absl::Status RocksStore::Write(const Batch& batch) { return Write(batch, /*sync=*/true); }

absl::Status RocksStore::WriteUnsynced(const Batch& batch) { return Write(batch, /*sync=*/false); }

absl::Status RocksStore::Sync() {
  WINNOW_RETURN_IF_ERROR(refusal());
  BeforeStep("sync");
  return Note(db_->SyncWAL());
}

absl::Status RocksStore::Recover() {
  if (refusal().ok()) return absl::OkStatus();
  // Busy while RocksDB waits by itself for room for kWriteBufferBytes.
  rocksdb::Status status = db_->Resume();
  // What is in memory may be missing in the log, whose last write or sync has failed.
  if (status.ok()) status = db_->Flush(rocksdb::FlushOptions());
  MutexLock lock(refusal_mutex_);
  if (status.ok()) refusal_ = absl::OkStatus();
  return refusal_;
}

absl::Status RocksStore::Note(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  MutexLock lock(refusal_mutex_);
  refusal_ = ToStatus(status, directory_);
  return refusal_;
}

absl::Status RocksStore::refusal() const {
  MutexLock lock(refusal_mutex_);
  return refusal_;
}

absl::Status RocksStore::Write(const Batch& batch, bool sync) {
  if (read_only_) {
    return absl::FailedPreconditionError(
        absl::StrCat("database in ", directory_.string(), " is open for reading only"));
  }
  rocksdb::WriteBatch changes;
  for (const Batch::Change& change : batch.changes()) {
    rocksdb::Status status;
    switch (change.kind) {
      case Batch::Kind::kPut:
        status = changes.Put(change.key, change.value);
        break;
      case Batch::Kind::kDelete:
        status = changes.Delete(change.key);
        break;
      case Batch::Kind::kDeleteRange:
        if (change.key < change.value) status = changes.DeleteRange(change.key, change.value);
        break;
    }
    if (!status.ok()) return ToStatus(status, directory_);
  }
  rocksdb::WriteOptions options;
  options.sync = sync;
  MutexLock lock(write_mutex_);
  WINNOW_RETURN_IF_ERROR(refusal());
  WINNOW_RETURN_IF_ERROR(batch.CheckConditions([this](absl::string_view key) { return Get(key); }));
  BeforeStep("write");
  return Note(db_->Write(options, &changes));
}

absl::Status RocksStore::Checkpoint(const std::filesystem::path& directory) const {
  BeforeStep("checkpoint");
  rocksdb::Checkpoint* created = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &created);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(created);
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory.string());
  return status.ok() ? absl::OkStatus() : ToStatus(status, directory);
}

absl::Status RocksStore::Compact() {
  rocksdb::Status status = db_->Flush(rocksdb::FlushOptions());
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  if (status.ok()) status = db_->CompactRange(options, nullptr, nullptr);
  return status.ok() ? absl::OkStatus() : ToStatus(status, directory_);
}

}  // namespace winnow::kv

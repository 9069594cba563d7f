// The embedded database: RocksDB behind kv::Store. No other folder includes RocksDB.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/base/mutex.h"
#include "common/kv/store.h"

namespace rocksdb {
class DB;
class Status;
}  // namespace rocksdb

namespace winnow::kv {

// Thread-safe. Every Write is one synced append to the write-ahead log, and writes queue behind
// each other: whoever has many merges them into one batch, or appends without waiting and syncs
// now and then. Every error names the directory.
class RocksStore final : public Store {
 public:
  // Opens the database in `directory`, making it and its parents if need be. FailedPrecondition
  // "data directory ... is in use by another process" while somebody else has it open; DataLoss
  // when it is damaged.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(const std::filesystem::path& directory);

  // Opens a finished checkpoint for reading, any number of times at once and beside its owner, also
  // from a read-only mount. All files are opened at once, so they stay readable when the checkpoint
  // is deleted. NotFound when there is none, DataLoss when it is damaged.
  static absl::StatusOr<std::unique_ptr<RocksStore>> OpenReadOnly(
      const std::filesystem::path& directory);

  ~RocksStore() override;

  absl::StatusOr<std::string> Get(absl::string_view key) const override;
  std::unique_ptr<Iterator> Scan(const Range& range,
                                 Direction direction = Direction::kForward) const override;
  absl::Status Write(const Batch& batch) override;
  absl::Status WriteUnsynced(const Batch& batch) override;
  absl::Status Sync() override;
  absl::Status Recover() override;

  // Makes `directory`, whose parent must exist and which must not, a frozen copy that holds at
  // least every write that had returned before. Hard links where the file system allows it, so it
  // is quick and costs little space.
  absl::Status Checkpoint(const std::filesystem::path& directory) const;

  // Writes all files anew, so that what was deleted can be found in none. Takes as long as copying
  // the database; reads and writes go on.
  absl::Status Compact();

 private:
  RocksStore(std::filesystem::path directory, std::unique_ptr<rocksdb::DB> db, bool read_only);

  absl::Status Write(const Batch& batch, bool sync);
  // Refuses what follows when `status` is not OK.
  absl::Status Note(const rocksdb::Status& status);
  absl::Status refusal() const;

  const std::filesystem::path directory_;
  const std::unique_ptr<rocksdb::DB> db_;
  const bool read_only_;
  // Held while conditions are checked and the batch is written.
  Mutex write_mutex_;
  mutable Mutex refusal_mutex_;
  // Why nothing is written until Recover.
  absl::Status refusal_ WINNOW_GUARDED_BY(refusal_mutex_);
};

}  // namespace winnow::kv

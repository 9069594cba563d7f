// Snapshots: frozen copies of a corpus database that other processes read, and the leases that keep
// them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

inline constexpr absl::Duration kMaxSnapshotTtl = absl::Hours(1);

// Makes `directory`, which does not exist, a copy that holds at least everything on disk when it is
// called (RocksStore::Checkpoint).
using MakeCheckpoint = std::function<absl::Status(const std::filesystem::path& directory)>;

// Thread-safe. The corpus and the clock must outlive it.
//
// A snapshot lives from Create until Release, or until its lease runs out. Leases are on disk, so
// they outlive a restart, and they bear a clock that is set. Lease states: none -> live (Create) ->
// live (Renew) -> none (Release or sweep).
class Snapshots {
 public:
  // `root` is the directory shared with the readers; snapshots are made in root/snapshots, which
  // must be on the file system of the database. Deletes everything there that has no live lease.
  static absl::StatusOr<std::unique_ptr<Snapshots>> Open(Corpus& corpus, std::filesystem::path root,
                                                         const Clock& clock,
                                                         MakeCheckpoint make_checkpoint);

  // The lease of a new snapshot; its path is relative to the root. Everything up to lease.revision
  // is in it (and perhaps more: read it up to that revision). InvalidArgument unless 0 < ttl <=
  // kMaxSnapshotTtl. The same key returns the first lease again.
  absl::StatusOr<storage::v1::SnapshotLease> Create(const RequestKey& key, absl::Duration ttl);
  // The lease now ends `ttl` from now. NotFound when it has ended.
  absl::StatusOr<storage::v1::SnapshotLease> Renew(absl::string_view id, absl::Duration ttl);
  // Ends the lease and deletes the directory. OK when there is none. A reader that has the snapshot
  // open keeps it.
  absl::Status Release(absl::string_view id);
  // Deletes snapshots whose lease has run out. Create does it too.
  absl::Status Sweep();

 private:
  Snapshots(Corpus& corpus, std::filesystem::path root, const Clock& clock,
            MakeCheckpoint make_checkpoint);

  // Takes in the leases from before.
  absl::Status LoadLeases();
  // Deletes everything in the directory that is not the snapshot of a live lease.
  absl::Status DeleteOrphans();
  // Makes the directory, then stores the lease.
  absl::StatusOr<storage::v1::SnapshotLease> MakeSnapshot(const RequestKey& key,
                                                          const std::string& id,
                                                          absl::Duration ttl);
  // Whether its lease has not ended.
  bool IsLive(const std::string& id) const;
  // The lease ends `ttl` from now.
  void Extend(absl::Duration ttl, storage::v1::SnapshotLease& lease);
  // Deletes the directory of a lease that is gone.
  void Forget(const std::string& id);

  Corpus& corpus_;
  const std::filesystem::path root_;
  const Clock& clock_;
  const MakeCheckpoint make_checkpoint_;

  mutable Mutex mutex_;
  // By id of the lease: when it ends, by the steady clock.
  std::map<std::string, absl::Time> ends_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::corpus

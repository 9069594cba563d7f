#include "common/corpus/snapshots.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/step.h"
#include "common/corpus/ids.h"
#include "common/corpus/lookup.h"

namespace winnow::corpus {
namespace {

namespace fs = std::filesystem;
using storage::v1::SnapshotLease;

constexpr absl::string_view kDirectory = "snapshots";

absl::Status CheckTtl(absl::Duration ttl) {
  if (ttl > absl::ZeroDuration() && ttl <= kMaxSnapshotTtl) return absl::OkStatus();
  Violations violations;
  violations.Add("ttl", absl::StrCat("is ", absl::FormatDuration(ttl), ", not above 0 and at most ",
                                     absl::FormatDuration(kMaxSnapshotTtl)));
  return violations.ToStatus("no snapshot can be kept");
}

void DeleteTree(const fs::path& path) {
  BeforeStep("delete");
  std::error_code error;
  fs::remove_all(path, error);
  if (error) LogWarning("cannot delete ", path.string(), ": ", error.message());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Snapshots>> Snapshots::Open(Corpus& corpus, fs::path root,
                                                           const Clock& clock,
                                                           MakeCheckpoint make_checkpoint) {
  std::unique_ptr<Snapshots> snapshots(
      new Snapshots(corpus, std::move(root), clock, std::move(make_checkpoint)));
  WINNOW_RETURN_IF_ERROR(snapshots->LoadLeases());
  WINNOW_RETURN_IF_ERROR(snapshots->Sweep());
  WINNOW_RETURN_IF_ERROR(snapshots->DeleteOrphans());
  return snapshots;
}

Snapshots::Snapshots(Corpus& corpus, fs::path root, const Clock& clock,
                     MakeCheckpoint make_checkpoint)
    : corpus_(corpus),
      root_(std::move(root)),
      clock_(clock),
      make_checkpoint_(std::move(make_checkpoint)) {}

absl::Status Snapshots::LoadLeases() {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<SnapshotLease> leases,
                          corpus_.reader().ListSnapshotLeases());
  MutexLock lock(mutex_);
  for (const SnapshotLease& lease : leases) {
    // However the clock was set since, none lives for longer than one may.
    ends_[lease.id()] = std::min(clock_.ToSteady(absl::FromUnixMicros(lease.expires_unix_micros())),
                                 clock_.SteadyNow() + kMaxSnapshotTtl);
  }
  return absl::OkStatus();
}

bool Snapshots::IsLive(const std::string& id) const {
  MutexLock lock(mutex_);
  const auto ends = ends_.find(id);
  return ends != ends_.end() && ends->second > clock_.SteadyNow();
}

void Snapshots::Extend(absl::Duration ttl, SnapshotLease& lease) {
  MutexLock lock(mutex_);
  ends_[lease.id()] = clock_.SteadyNow() + ttl;
  lease.set_expires_unix_micros(absl::ToUnixMicros(clock_.Now() + ttl));
}

absl::Status Snapshots::DeleteOrphans() {
  const fs::path directory = root_ / std::string(kDirectory);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make ", directory.string(), ": ", error.message()));
  }
  WINNOW_ASSIGN_OR_RETURN(const std::vector<SnapshotLease> leases,
                          corpus_.reader().ListSnapshotLeases());
  std::set<std::string> live;
  for (const SnapshotLease& lease : leases) live.insert(lease.id());
  std::vector<fs::path> orphans;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (!live.contains(entry.path().filename().string())) orphans.push_back(entry.path());
  }
  for (const fs::path& orphan : orphans) DeleteTree(orphan);
  return absl::OkStatus();
}

void Snapshots::Forget(const std::string& id) {
  {
    MutexLock lock(mutex_);
    ends_.erase(id);
  }
  DeleteTree(root_ / std::string(kDirectory) / id);
}

absl::StatusOr<SnapshotLease> Snapshots::Create(const RequestKey& key, absl::Duration ttl) {
  WINNOW_RETURN_IF_ERROR(CheckTtl(ttl));
  const absl::StatusOr<std::string> kept = corpus_.FindReply(key);
  if (kept.ok()) return ParseRecord<SnapshotLease>("reply", *kept);
  if (!absl::IsNotFound(kept.status())) return kept.status();
  WINNOW_RETURN_IF_ERROR(Sweep());

  const std::string id = RandomIdHex();
  absl::StatusOr<SnapshotLease> lease = MakeSnapshot(key, id, ttl);
  // A repetition of the request that ran at the same time may have been first.
  if (!lease.ok() || lease->id() != id) Forget(id);
  return lease;
}

absl::StatusOr<SnapshotLease> Snapshots::MakeSnapshot(const RequestKey& key, const std::string& id,
                                                      absl::Duration ttl) {
  SnapshotLease lease;
  lease.set_id(id);
  lease.set_path(absl::StrCat(kDirectory, "/", id));
  // Taken before the copy is made, so that everything up to it is in there.
  lease.set_revision(corpus_.revision());
  WINNOW_RETURN_IF_ERROR(make_checkpoint_(root_ / lease.path()));
  Extend(ttl, lease);
  WINNOW_ASSIGN_OR_RETURN(const std::string reply,
                          corpus_.Mutate(key, [&](Transaction& transaction) {
                            transaction.PutSnapshotLease(lease);
                            return absl::StatusOr<std::string>(lease.SerializeAsString());
                          }));
  LogEvent(LogLevel::kInfo, "snapshot_created", {{"snapshot", id}, {"revision", lease.revision()}});
  return ParseRecord<SnapshotLease>("reply", reply);
}

absl::StatusOr<SnapshotLease> Snapshots::Renew(absl::string_view id, absl::Duration ttl) {
  WINNOW_RETURN_IF_ERROR(CheckTtl(ttl));
  SnapshotLease lease;
  WINNOW_RETURN_IF_ERROR(corpus_.Change([&](Transaction& transaction) -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(lease, transaction.GetSnapshotLease(id));
    if (!IsLive(lease.id()))
      return absl::NotFoundError(absl::StrCat("the lease of snapshot \"", id, "\" has ended"));
    Extend(ttl, lease);
    transaction.PutSnapshotLease(lease);
    return absl::OkStatus();
  }));
  return lease;
}

absl::Status Snapshots::Release(absl::string_view id) {
  const absl::Status released = corpus_.Change([&](Transaction& transaction) -> absl::Status {
    WINNOW_RETURN_IF_ERROR(transaction.GetSnapshotLease(id).status());
    transaction.DeleteSnapshotLease(id);
    return absl::OkStatus();
  });
  // Only what a lease named is ever deleted: `id` comes from outside.
  if (released.ok()) {
    Forget(std::string(id));
    LogEvent(LogLevel::kInfo, "snapshot_released", {{"snapshot", id}});
  }
  return absl::IsNotFound(released) ? absl::OkStatus() : released;
}

absl::Status Snapshots::Sweep() {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<SnapshotLease> leases,
                          corpus_.reader().ListSnapshotLeases());
  for (const SnapshotLease& listed : leases) {
    if (IsLive(listed.id())) continue;
    const absl::Status ended = corpus_.Change([&](Transaction& transaction) -> absl::Status {
      // Read again: it may have been renewed or released since.
      WINNOW_ASSIGN_OR_RETURN(const SnapshotLease lease, transaction.GetSnapshotLease(listed.id()));
      if (IsLive(lease.id())) return absl::NotFoundError("the lease was renewed");
      transaction.DeleteSnapshotLease(listed.id());
      return absl::OkStatus();
    });
    if (absl::IsNotFound(ended)) continue;
    WINNOW_RETURN_IF_ERROR(ended);
    Forget(listed.id());
  }
  return absl::OkStatus();
}

}  // namespace winnow::corpus

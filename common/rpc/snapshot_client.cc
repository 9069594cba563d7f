#include "common/rpc/snapshot_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace winnow::rpc {
namespace {

using annotation::v1::SnapshotService;

void Release(SnapshotService::StubInterface& annotation, const std::string& id,
             const Client& client) {
  annotation::v1::ReleaseSnapshotRequest request;
  request.set_id(id);
  const auto released =
      client.Call(annotation, &SnapshotService::StubInterface::ReleaseSnapshot, request);
  if (!released.ok()) {
    LogEvent(LogLevel::kWarning, "snapshot_not_released",
             {{"snapshot", id}, {"message", released.status().message()}});
  }
}

}  // namespace

absl::StatusOr<CorpusSnapshot> CorpusSnapshot::Take(SnapshotService::StubInterface& annotation,
                                                    const std::filesystem::path& corpus_root,
                                                    const CallOptions& options,
                                                    const Client& client) {
  annotation::v1::CreateSnapshotRequest request;
  request.set_request_id(NewRequestId());
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::Snapshot snapshot,
      client.Call(annotation, &SnapshotService::StubInterface::CreateSnapshot, request, options));
  absl::StatusOr<std::unique_ptr<kv::RocksStore>> store =
      kv::RocksStore::OpenReadOnly(corpus_root / snapshot.path());
  Release(annotation, snapshot.id(), client);
  if (absl::IsNotFound(store.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("this service does not see annotation's snapshots; both must have "
                     "the same corpus root: ",
                     store.status().message()));
  }
  WINNOW_RETURN_IF_ERROR(store.status());
  WINNOW_ASSIGN_OR_RETURN(corpus::CorpusReader reader, corpus::CorpusReader::Open(**store));
  return CorpusSnapshot(*std::move(store), std::move(reader), snapshot.revision());
}

}  // namespace winnow::rpc

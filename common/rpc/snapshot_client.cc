#include "common/rpc/snapshot_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"

namespace winnow::rpc {
namespace {

using annotation::v1::AnnotationService;

// Of one call; far more than a checkpoint takes.
constexpr absl::Duration kTimeout = absl::Minutes(1);

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kTimeout));
}

void Release(AnnotationService::StubInterface& annotation, const std::string& id) {
  grpc::ClientContext context;
  SetDeadline(context);
  annotation::v1::ReleaseSnapshotRequest request;
  request.set_id(id);
  annotation::v1::ReleaseSnapshotResponse response;
  const grpc::Status released = annotation.ReleaseSnapshot(&context, request, &response);
  if (!released.ok()) {
    LogWarning("snapshot ", id, " is kept until its lease runs out: ", released.error_message());
  }
}

}  // namespace

absl::StatusOr<CorpusSnapshot> CorpusSnapshot::Take(AnnotationService::StubInterface& annotation,
                                                    const std::filesystem::path& corpus_root) {
  grpc::ClientContext context;
  SetDeadline(context);
  annotation::v1::Snapshot snapshot;
  WINNOW_RETURN_IF_ERROR(FromGrpc(annotation.CreateSnapshot(&context, {}, &snapshot)));
  absl::StatusOr<std::unique_ptr<kv::RocksStore>> store =
      kv::RocksStore::OpenReadOnly(corpus_root / snapshot.path());
  Release(annotation, snapshot.id());
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

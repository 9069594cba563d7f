#include "services/annotation/snapshot_service.h"

#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/request_key.h"
#include "services/annotation/api.h"

namespace winnow::annotation {
namespace {

constexpr absl::Duration kDefaultTtl = absl::Minutes(10);

}  // namespace

grpc::Status SnapshotServiceImpl::CreateSnapshot(grpc::ServerContext* context,
                                                 const v1::CreateSnapshotRequest* request,
                                                 v1::Snapshot* response) {
  return handlers_.Run("Snapshot.CreateSnapshot", context, request, [&]() -> absl::Status {
    const absl::Duration ttl = request->has_ttl() ? rpc::FromDuration(request->ttl()) : kDefaultTtl;
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::SnapshotLease lease,
                            snapshots_.Create(rpc::KeyOf(*request), ttl));
    *response = ToApi(lease, corpus_.reader().info().database_id());
    return absl::OkStatus();
  });
}

grpc::Status SnapshotServiceImpl::RenewSnapshot(grpc::ServerContext* context,
                                                const v1::RenewSnapshotRequest* request,
                                                v1::Snapshot* response) {
  return handlers_.Run("Snapshot.RenewSnapshot", context, request, [&]() -> absl::Status {
    const absl::Duration ttl = request->has_ttl() ? rpc::FromDuration(request->ttl()) : kDefaultTtl;
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::SnapshotLease lease,
                            snapshots_.Renew(request->id(), ttl));
    *response = ToApi(lease, corpus_.reader().info().database_id());
    return absl::OkStatus();
  });
}

grpc::Status SnapshotServiceImpl::ReleaseSnapshot(grpc::ServerContext* context,
                                                  const v1::ReleaseSnapshotRequest* request,
                                                  v1::ReleaseSnapshotResponse*) {
  return handlers_.Run("Snapshot.ReleaseSnapshot", context, request,
                       [&] { return snapshots_.Release(request->id()); });
}

}  // namespace winnow::annotation

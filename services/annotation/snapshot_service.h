// winnow.annotation.v1.SnapshotService over gRPC: translates, and nothing else.
#pragma once

#include <utility>

#include "common/corpus/corpus.h"
#include "common/corpus/snapshots.h"
#include "common/rpc/handlers.h"
#include "winnow/annotation/v1/snapshots.grpc.pb.h"

namespace winnow::annotation {

// Thread-safe. What is passed in must outlive it.
class SnapshotServiceImpl final : public v1::SnapshotService::Service {
 public:
  SnapshotServiceImpl(const corpus::Corpus& corpus, corpus::Snapshots& snapshots,
                      rpc::Handlers handlers)
      : corpus_(corpus), snapshots_(snapshots), handlers_(std::move(handlers)) {}

  grpc::Status CreateSnapshot(grpc::ServerContext* context,
                              const v1::CreateSnapshotRequest* request,
                              v1::Snapshot* response) override;
  grpc::Status RenewSnapshot(grpc::ServerContext* context, const v1::RenewSnapshotRequest* request,
                             v1::Snapshot* response) override;
  grpc::Status ReleaseSnapshot(grpc::ServerContext* context,
                               const v1::ReleaseSnapshotRequest* request,
                               v1::ReleaseSnapshotResponse* response) override;

 private:
  const corpus::Corpus& corpus_;
  corpus::Snapshots& snapshots_;
  const rpc::Handlers handlers_;
};

}  // namespace winnow::annotation

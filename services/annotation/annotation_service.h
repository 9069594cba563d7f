// winnow.annotation.v1.AnnotationService over gRPC: translates, and nothing else.
#pragma once

#include "common/corpus/corpus.h"
#include "common/corpus/snapshots.h"
#include "services/annotation/queue_registry.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::annotation {

// Thread-safe. What is passed in must outlive it.
class AnnotationServiceImpl final : public v1::AnnotationService::Service {
 public:
  AnnotationServiceImpl(corpus::Corpus& corpus, corpus::Snapshots& snapshots, QueueRegistry& queues)
      : corpus_(corpus), snapshots_(snapshots), queues_(queues) {}

  grpc::Status ImportDataset(grpc::ServerContext* context,
                             grpc::ServerReader<v1::ImportDatasetRequest>* reader,
                             v1::ImportDatasetResponse* response) override;
  grpc::Status ExportDataset(grpc::ServerContext* context, const v1::ExportDatasetRequest* request,
                             grpc::ServerWriter<v1::ExportDatasetResponse>* writer) override;
  grpc::Status ListDatasets(grpc::ServerContext* context, const v1::ListDatasetsRequest* request,
                            v1::ListDatasetsResponse* response) override;
  grpc::Status GetDataset(grpc::ServerContext* context, const v1::GetDatasetRequest* request,
                          v1::Dataset* response) override;
  grpc::Status DropDataset(grpc::ServerContext* context, const v1::DropDatasetRequest* request,
                           v1::DropDatasetResponse* response) override;
  grpc::Status ListAnswers(grpc::ServerContext* context, const v1::ListAnswersRequest* request,
                           v1::ListAnswersResponse* response) override;
  grpc::Status ImportSource(grpc::ServerContext* context,
                            grpc::ServerReader<v1::ImportSourceRequest>* reader,
                            v1::ImportSourceResponse* response) override;
  grpc::Status ListSources(grpc::ServerContext* context, const v1::ListSourcesRequest* request,
                           v1::ListSourcesResponse* response) override;
  grpc::Status CreateQueue(grpc::ServerContext* context, const v1::CreateQueueRequest* request,
                           v1::Queue* response) override;
  grpc::Status GetQueue(grpc::ServerContext* context, const v1::GetQueueRequest* request,
                        v1::Queue* response) override;
  grpc::Status ListQueues(grpc::ServerContext* context, const v1::ListQueuesRequest* request,
                          v1::ListQueuesResponse* response) override;
  grpc::Status AddComparisons(grpc::ServerContext* context,
                              const v1::AddComparisonsRequest* request,
                              v1::AddComparisonsResponse* response) override;
  grpc::Status LeaseTasks(grpc::ServerContext* context, const v1::LeaseTasksRequest* request,
                          v1::LeaseTasksResponse* response) override;
  grpc::Status SubmitAnswers(grpc::ServerContext* context, const v1::SubmitAnswersRequest* request,
                             v1::SubmitAnswersResponse* response) override;
  grpc::Status UndoAnswer(grpc::ServerContext* context, const v1::UndoAnswerRequest* request,
                          v1::UndoAnswerResponse* response) override;
  grpc::Status CreateSnapshot(grpc::ServerContext* context,
                              const v1::CreateSnapshotRequest* request,
                              v1::Snapshot* response) override;
  grpc::Status RenewSnapshot(grpc::ServerContext* context, const v1::RenewSnapshotRequest* request,
                             v1::Snapshot* response) override;
  grpc::Status ReleaseSnapshot(grpc::ServerContext* context,
                               const v1::ReleaseSnapshotRequest* request,
                               v1::ReleaseSnapshotResponse* response) override;

 private:
  corpus::Corpus& corpus_;
  corpus::Snapshots& snapshots_;
  QueueRegistry& queues_;
};

}  // namespace winnow::annotation

// winnow.annotation.v1.AnnotationService over gRPC: translates, and nothing else.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <utility>

#include "common/base/clock.h"
#include "common/corpus/corpus.h"
#include "common/models/model_cache.h"
#include "common/rpc/handlers.h"
#include "common/rpc/streams.h"
#include "common/tasks/queues.h"
#include "common/tasks/tasks_ahead.h"
#include "services/annotation/annotation_service_watch.h"
#include "services/annotation/import.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::annotation {

// What people at work call, and WatchQueue, are of the callback API: no thread waits for them, for
// the disk, or for a queue that opens. Everything else is of the sync API. Thread-safe. What is
// passed in must outlive it; `uploads` is a directory for files while they come.
using AnnotationServiceBase = v1::AnnotationService::WithCallbackMethod_LeaseTasks<
    v1::AnnotationService::WithCallbackMethod_SubmitAnswers<
        v1::AnnotationService::WithCallbackMethod_ReleaseTasks<
            v1::AnnotationService::WithCallbackMethod_Annotate<
                v1::AnnotationService::WithCallbackMethod_WatchQueue<
                    v1::AnnotationService::Service>>>>>;

class AnnotationServiceImpl final : public AnnotationServiceBase {
 public:
  // `compact` rewrites the database without what was deleted.
  AnnotationServiceImpl(corpus::Corpus& corpus, const tasks::Workplace& workplace,
                        rpc::Streams& streams, models::ModelCache& models,
                        ImportTurns& import_turns, std::filesystem::path uploads,
                        const Clock& clock, std::function<absl::Status()> compact,
                        rpc::Handlers handlers)
      : corpus_(corpus),
        workplace_(workplace),
        queues_(workplace.queues),
        streams_(streams),
        board_(corpus, queues_),
        models_(models),
        import_turns_(import_turns),
        uploads_(std::move(uploads)),
        clock_(clock),
        compact_(std::move(compact)),
        handlers_(std::move(handlers)) {}

  grpc::Status ImportDataset(grpc::ServerContext* context,
                             grpc::ServerReader<v1::ImportDatasetRequest>* reader,
                             v1::ImportDatasetResponse* response) override;
  grpc::Status ExportDataset(grpc::ServerContext* context, const v1::ExportDatasetRequest* request,
                             grpc::ServerWriter<v1::ExportDatasetResponse>* writer) override;
  grpc::Status ListDatasets(grpc::ServerContext* context, const v1::ListDatasetsRequest* request,
                            v1::ListDatasetsResponse* response) override;
  grpc::Status GetDataset(grpc::ServerContext* context, const v1::GetDatasetRequest* request,
                          v1::Dataset* response) override;
  grpc::Status DeleteDataset(grpc::ServerContext* context, const v1::DeleteDatasetRequest* request,
                             v1::DeleteDatasetResponse* response) override;
  grpc::Status MergeDatasets(grpc::ServerContext* context, const v1::MergeDatasetsRequest* request,
                             v1::Dataset* response) override;
  grpc::Status ListAnswers(grpc::ServerContext* context, const v1::ListAnswersRequest* request,
                           v1::ListAnswersResponse* response) override;
  grpc::Status ImportSource(grpc::ServerContext* context,
                            grpc::ServerReader<v1::ImportSourceRequest>* reader,
                            v1::ImportSourceResponse* response) override;
  grpc::Status ListSources(grpc::ServerContext* context, const v1::ListSourcesRequest* request,
                           v1::ListSourcesResponse* response) override;
  grpc::Status GetSource(grpc::ServerContext* context, const v1::GetSourceRequest* request,
                         v1::Source* response) override;
  grpc::Status DeleteSource(grpc::ServerContext* context, const v1::DeleteSourceRequest* request,
                            v1::DeleteSourceResponse* response) override;
  grpc::Status EraseTexts(grpc::ServerContext* context, const v1::EraseTextsRequest* request,
                          v1::EraseTextsResponse* response) override;
  grpc::Status CreateQueue(grpc::ServerContext* context, const v1::CreateQueueRequest* request,
                           v1::Queue* response) override;
  grpc::Status GetQueue(grpc::ServerContext* context, const v1::GetQueueRequest* request,
                        v1::Queue* response) override;
  grpc::ServerWriteReactor<v1::Queue>* WatchQueue(grpc::CallbackServerContext* context,
                                                  const v1::WatchQueueRequest* request) override;
  grpc::Status ListQueues(grpc::ServerContext* context, const v1::ListQueuesRequest* request,
                          v1::ListQueuesResponse* response) override;
  grpc::Status UpdateQueue(grpc::ServerContext* context, const v1::UpdateQueueRequest* request,
                           v1::Queue* response) override;
  grpc::Status DeleteQueue(grpc::ServerContext* context, const v1::DeleteQueueRequest* request,
                           v1::DeleteQueueResponse* response) override;
  grpc::Status AddComparisons(grpc::ServerContext* context,
                              const v1::AddComparisonsRequest* request,
                              v1::AddComparisonsResponse* response) override;
  grpc::ServerUnaryReactor* LeaseTasks(grpc::CallbackServerContext* context,
                                       const v1::LeaseTasksRequest* request,
                                       v1::LeaseTasksResponse* response) override;
  grpc::ServerUnaryReactor* SubmitAnswers(grpc::CallbackServerContext* context,
                                          const v1::SubmitAnswersRequest* request,
                                          v1::SubmitAnswersResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseTasks(grpc::CallbackServerContext* context,
                                         const v1::ReleaseTasksRequest* request,
                                         v1::ReleaseTasksResponse* response) override;
  grpc::Status UndoAnswer(grpc::ServerContext* context, const v1::UndoAnswerRequest* request,
                          v1::UndoAnswerResponse* response) override;
  grpc::ServerBidiReactor<v1::AnnotateRequest, v1::AnnotateResponse>* Annotate(
      grpc::CallbackServerContext* context) override;

 private:
  // The queue as it stands; with `wait` when it has been opened.
  absl::StatusOr<v1::Queue> Describe(const storage::v1::Queue& queue, bool wait);

  corpus::Corpus& corpus_;
  const tasks::Workplace workplace_;
  tasks::Queues& queues_;
  rpc::Streams& streams_;
  QueueBoard board_;
  models::ModelCache& models_;
  ImportTurns& import_turns_;
  const std::filesystem::path uploads_;
  const Clock& clock_;
  const std::function<absl::Status()> compact_;
  const rpc::Handlers handlers_;
};

}  // namespace winnow::annotation

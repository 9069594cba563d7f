#include "services/annotation/annotation_service.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/formats/prodigy.h"
#include "common/rpc/convert.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "services/annotation/dataset_import.h"
#include "services/annotation/tasks.h"

namespace winnow::annotation {
namespace {

constexpr size_t kMaxImportBytes = size_t{1} << 30;
constexpr uint32_t kMaxLeasedTasks = 100;
constexpr int kMaxAnswersPerCall = 1000;
constexpr uint32_t kMaxAnswerPage = 10'000;
constexpr uint32_t kDefaultAnswerPage = 1'000;
constexpr uint32_t kMaxPage = 1'000;
constexpr uint32_t kDefaultPage = 100;
constexpr absl::Duration kDefaultLease = absl::Minutes(5);
constexpr absl::Duration kMaxLease = absl::Hours(24);
constexpr absl::Duration kDefaultSnapshot = absl::Minutes(10);

size_t PageSize(uint32_t asked) { return asked == 0 ? kDefaultPage : std::min(asked, kMaxPage); }

// The scope and digest of a request whose message has a request_id.
template <typename Request>
corpus::RequestKey KeyOf(absl::string_view method, const Request& request) {
  Request body = request;
  body.clear_request_id();
  return {"", std::string(method), request.request_id(), Sha256Hex(body.SerializeAsString())};
}

// The header, then the file in pieces. Cancelled when the client broke off: what has come may look
// like a whole file.
template <typename Request>
absl::Status ReadUpload(const grpc::ServerContext& context, grpc::ServerReader<Request>& reader,
                        typename Request::Header& header, std::string& content) {
  Request part;
  if (!reader.Read(&part) || !part.has_header()) {
    return absl::InvalidArgumentError("the first message of the stream must be the header");
  }
  header = part.header();
  while (reader.Read(&part)) {
    if (part.has_header())
      return absl::InvalidArgumentError("only the first message of the stream may be a header");
    if (content.size() + part.chunk().size() > kMaxImportBytes) {
      return absl::ResourceExhaustedError("the file is larger than 1 GiB; import it in parts");
    }
    content += part.chunk();
  }
  if (context.IsCancelled()) return absl::CancelledError("the upload broke off");
  return absl::OkStatus();
}

v1::Dataset ToApi(const storage::v1::Dataset& dataset, const corpus::DatasetSummary& summary) {
  v1::Dataset result;
  result.set_name(dataset.name());
  *result.mutable_created() = rpc::ToTimestamp(absl::FromUnixMicros(dataset.created_unix_micros()));
  result.set_num_answers(summary.num_answers);
  result.set_num_accepted(summary.num_accepted);
  result.set_num_rejected(summary.num_rejected);
  result.set_num_ignored(summary.num_ignored);
  result.set_num_texts(summary.num_texts);
  for (const std::string& label : summary.labels) result.add_labels(label);
  result.set_revision(summary.last_revision);
  return result;
}

v1::Snapshot ToApi(const storage::v1::SnapshotLease& lease, const std::string& database_id) {
  v1::Snapshot snapshot;
  snapshot.set_id(lease.id());
  snapshot.set_path(lease.path());
  snapshot.set_revision(lease.revision());
  snapshot.set_database_id(database_id);
  *snapshot.mutable_expires() = rpc::ToTimestamp(absl::FromUnixMicros(lease.expires_unix_micros()));
  return snapshot;
}

absl::StatusOr<absl::Duration> LeaseTtl(const v1::LeaseTasksRequest& request) {
  if (!request.has_ttl()) return kDefaultLease;
  const absl::Duration ttl = rpc::FromDuration(request.ttl());
  if (ttl > absl::ZeroDuration() && ttl <= kMaxLease) return ttl;
  Violations violations;
  violations.Add("ttl", "must be above 0 and at most 24 hours");
  return violations.ToStatus("cannot lease");
}

// Runs `work`, which returns Status, and translates.
template <typename Work>
grpc::Status Reply(const Work& work) {
  return rpc::ToGrpc(work());
}

}  // namespace

grpc::Status AnnotationServiceImpl::ImportDataset(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportDatasetRequest>* reader,
    v1::ImportDatasetResponse* response) {
  return Reply([&]() -> absl::Status {
    v1::ImportDatasetRequest::Header header;
    std::string content;
    WINNOW_RETURN_IF_ERROR(ReadUpload(*context, *reader, header, content));
    WINNOW_ASSIGN_OR_RETURN(*response, annotation::ImportDataset(corpus_, header, content));
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ExportDataset(
    grpc::ServerContext*, const v1::ExportDatasetRequest* request,
    grpc::ServerWriter<v1::ExportDatasetResponse>* writer) {
  return Reply([&]() -> absl::Status {
    const corpus::CorpusReader& corpus = corpus_.reader();
    WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, corpus.GetRevision());
    v1::ExportDatasetResponse part;
    absl::Status status = absl::OkStatus();
    const auto add_row = [&](const storage::v1::Answer& answer) {
      status = [&]() -> absl::Status {
        if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) return absl::OkStatus();
        WINNOW_ASSIGN_OR_RETURN(const uint64_t tombstone,
                                corpus.GetTombstone(request->dataset(), answer.revision()));
        if (tombstone != 0) return absl::OkStatus();
        WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                                corpus.GetExample(answer.example_id()));
        absl::StrAppend(part.mutable_chunk(),
                        formats::ToProdigyJson(answer, example.text(), example.meta_json()), "\n");
        if (part.chunk().size() < rpc::kChunkBytes) return absl::OkStatus();
        if (!writer->Write(part)) return absl::CancelledError("the client went away");
        part.clear_chunk();
        return absl::OkStatus();
      }();
      return status.ok();
    };
    WINNOW_RETURN_IF_ERROR(corpus.ForEachAnswer(request->dataset(), 0, revision, add_row));
    WINNOW_RETURN_IF_ERROR(status);
    if (!part.chunk().empty()) writer->Write(part);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListDatasets(grpc::ServerContext*,
                                                 const v1::ListDatasetsRequest* request,
                                                 v1::ListDatasetsResponse* response) {
  return Reply([&]() -> absl::Status {
    const size_t size = PageSize(request->page_size());
    WINNOW_ASSIGN_OR_RETURN(const std::vector<storage::v1::Dataset> datasets,
                            corpus_.reader().ListDatasets(request->page_token(), size));
    for (const storage::v1::Dataset& dataset : datasets) {
      WINNOW_ASSIGN_OR_RETURN(const corpus::DatasetSummary summary,
                              corpus_.reader().Summarize(dataset.name()));
      *response->add_datasets() = ToApi(dataset, summary);
    }
    if (datasets.size() == size) response->set_next_page_token(datasets.back().name());
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::GetDataset(grpc::ServerContext*,
                                               const v1::GetDatasetRequest* request,
                                               v1::Dataset* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset dataset,
                            corpus_.reader().GetDataset(request->name()));
    WINNOW_ASSIGN_OR_RETURN(const corpus::DatasetSummary summary,
                            corpus_.reader().Summarize(request->name()));
    *response = ToApi(dataset, summary);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::DropDataset(grpc::ServerContext*,
                                                const v1::DropDatasetRequest* request,
                                                v1::DropDatasetResponse* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const corpus::DatasetSummary summary,
                            corpus_.reader().Summarize(request->name()));
    const auto drop = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_RETURN_IF_ERROR(transaction.DropDataset(request->name()));
      v1::DropDatasetResponse reply;
      reply.set_num_answers(summary.num_answers);
      return reply.SerializeAsString();
    };
    WINNOW_ASSIGN_OR_RETURN(const std::string reply,
                            corpus_.Mutate(KeyOf("DropDataset", *request), drop));
    response->ParseFromString(reply);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListAnswers(grpc::ServerContext*,
                                                const v1::ListAnswersRequest* request,
                                                v1::ListAnswersResponse* response) {
  return Reply([&]() -> absl::Status {
    const uint32_t size = request->page_size() == 0
                              ? kDefaultAnswerPage
                              : std::min(request->page_size(), kMaxAnswerPage);
    absl::Status status = absl::OkStatus();
    const auto add = [&](const storage::v1::Answer& answer) {
      if (static_cast<uint32_t>(response->answers_size()) == size) {
        response->set_more(true);
        return false;
      }
      std::string text;
      if (!answer.example_id().empty()) {
        absl::StatusOr<storage::v1::Example> example =
            corpus_.reader().GetExample(answer.example_id());
        status = example.status();
        if (!status.ok()) return false;
        text = example->text();
      }
      *response->add_answers() = annotation::ToApi(answer, text);
      return true;
    };
    WINNOW_RETURN_IF_ERROR(corpus_.reader().ForEachAnswer(
        request->dataset(), request->after_revision(), corpus::kLatest, add));
    return status;
  });
}

grpc::Status AnnotationServiceImpl::ImportSource(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportSourceRequest>* reader,
    v1::ImportSourceResponse* response) {
  return Reply([&]() -> absl::Status {
    v1::ImportSourceRequest::Header header;
    std::string content;
    WINNOW_RETURN_IF_ERROR(ReadUpload(*context, *reader, header, content));
    WINNOW_ASSIGN_OR_RETURN(*response, annotation::ImportSource(corpus_, header, content));
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListSources(grpc::ServerContext*,
                                                const v1::ListSourcesRequest* request,
                                                v1::ListSourcesResponse* response) {
  return Reply([&]() -> absl::Status {
    const size_t size = PageSize(request->page_size());
    WINNOW_ASSIGN_OR_RETURN(const std::vector<storage::v1::Source> sources,
                            corpus_.reader().ListSources(request->page_token(), size));
    for (const storage::v1::Source& source : sources)
      *response->add_sources() = annotation::ToApi(source);
    if (sources.size() == size) response->set_next_page_token(sources.back().name());
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::CreateQueue(grpc::ServerContext*,
                                                const v1::CreateQueueRequest* request,
                                                v1::Queue* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<TaskQueue> queue,
                            queues_.Create(KeyOf("CreateQueue", *request), request->spec()));
    return queue->Describe(*response);
  });
}

grpc::Status AnnotationServiceImpl::GetQueue(grpc::ServerContext*,
                                             const v1::GetQueueRequest* request,
                                             v1::Queue* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<TaskQueue> queue, queues_.Get(request->name()));
    return queue->Describe(*response);
  });
}

grpc::Status AnnotationServiceImpl::ListQueues(grpc::ServerContext*,
                                               const v1::ListQueuesRequest* request,
                                               v1::ListQueuesResponse* response) {
  return Reply([&]() -> absl::Status {
    const size_t size = PageSize(request->page_size());
    WINNOW_ASSIGN_OR_RETURN(const std::vector<storage::v1::Queue> queues,
                            corpus_.reader().ListQueues(request->page_token(), size));
    for (const storage::v1::Queue& queue : queues) {
      v1::Queue& item = *response->add_queues();
      *item.mutable_spec() = SpecOf(queue);
      *item.mutable_created() = rpc::ToTimestamp(absl::FromUnixMicros(queue.created_unix_micros()));
    }
    if (queues.size() == size) response->set_next_page_token(queues.back().name());
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::AddComparisons(grpc::ServerContext*,
                                                   const v1::AddComparisonsRequest* request,
                                                   v1::AddComparisonsResponse* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const uint64_t num_added,
                            queues_.AddComparisons(KeyOf("AddComparisons", *request), *request));
    response->set_num_added(num_added);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::LeaseTasks(grpc::ServerContext* context,
                                               const v1::LeaseTasksRequest* request,
                                               v1::LeaseTasksResponse* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<TaskQueue> queue, queues_.Get(request->queue()));
    WINNOW_ASSIGN_OR_RETURN(const absl::Duration ttl, LeaseTtl(*request));
    const uint32_t max_tasks = std::clamp(request->max_tasks(), 1u, kMaxLeasedTasks);
    const absl::Time wait_until =
        request->wait_for_learner() ? absl::FromChrono(context->deadline()) : absl::InfinitePast();
    WINNOW_ASSIGN_OR_RETURN(*response,
                            queue->Lease(request->annotator(), max_tasks, ttl, wait_until));
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::SubmitAnswers(grpc::ServerContext*,
                                                  const v1::SubmitAnswersRequest* request,
                                                  v1::SubmitAnswersResponse* response) {
  return Reply([&]() -> absl::Status {
    if (request->answers_size() == 0 || request->answers_size() > kMaxAnswersPerCall) {
      Violations violations;
      violations.Add("answers", absl::StrCat("must be 1 to ", kMaxAnswersPerCall, ", not ",
                                             request->answers_size()));
      return violations.ToStatus("cannot submit");
    }
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<TaskQueue> queue, queues_.Get(request->queue()));
    for (v1::SubmitAnswersResponse::Result& result : queue->Submit(*request)) {
      *response->add_results() = std::move(result);
    }
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::UndoAnswer(grpc::ServerContext*,
                                               const v1::UndoAnswerRequest* request,
                                               v1::UndoAnswerResponse* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<TaskQueue> queue, queues_.Get(request->queue()));
    WINNOW_ASSIGN_OR_RETURN(*response,
                            queue->Undo(KeyOf("UndoAnswer", *request), request->annotator(),
                                        request->revision(), kDefaultLease));
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::CreateSnapshot(grpc::ServerContext*,
                                                   const v1::CreateSnapshotRequest* request,
                                                   v1::Snapshot* response) {
  return Reply([&]() -> absl::Status {
    const absl::Duration ttl =
        request->has_ttl() ? rpc::FromDuration(request->ttl()) : kDefaultSnapshot;
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::SnapshotLease lease,
                            snapshots_.Create(KeyOf("CreateSnapshot", *request), ttl));
    *response = ToApi(lease, corpus_.reader().info().database_id());
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::RenewSnapshot(grpc::ServerContext*,
                                                  const v1::RenewSnapshotRequest* request,
                                                  v1::Snapshot* response) {
  return Reply([&]() -> absl::Status {
    const absl::Duration ttl =
        request->has_ttl() ? rpc::FromDuration(request->ttl()) : kDefaultSnapshot;
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::SnapshotLease lease,
                            snapshots_.Renew(request->id(), ttl));
    *response = ToApi(lease, corpus_.reader().info().database_id());
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ReleaseSnapshot(grpc::ServerContext*,
                                                    const v1::ReleaseSnapshotRequest* request,
                                                    v1::ReleaseSnapshotResponse*) {
  return Reply([&] { return snapshots_.Release(request->id()); });
}

}  // namespace winnow::annotation

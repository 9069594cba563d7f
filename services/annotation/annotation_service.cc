#include "services/annotation/annotation_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/standing.h"
#include "common/formats/prodigy.h"
#include "common/rpc/convert.h"
#include "common/rpc/methods.h"
#include "common/rpc/page.h"
#include "common/rpc/server.h"
#include "services/annotation/api.h"
#include "services/annotation/import.h"
#include "services/annotation/queue_settings.h"

namespace winnow::annotation {
namespace {

constexpr size_t kMaxDatasetBytes = size_t{1} << 30;
constexpr uint32_t kMaxLeasedTasks = 100;
constexpr int kMaxAnswersPerCall = 1000;
constexpr rpc::PageLimits kAnswerPages = {.default_size = 1'000, .max_size = 10'000};
constexpr absl::Duration kDefaultLease = absl::Minutes(5);
constexpr absl::Duration kMaxLease = absl::Hours(24);

// The scope and digest of a request whose message has a request_id.
template <typename Request>
corpus::RequestKey KeyOf(absl::string_view method, const Request& request) {
  Request body = request;
  body.clear_request_id();
  return {"", std::string(method), request.request_id(), Sha256Hex(body.SerializeAsString())};
}

// Reads the header of an upload.
template <typename Request>
absl::StatusOr<typename Request::Header> ReadHeader(grpc::ServerReader<Request>& reader) {
  Request first;
  if (!reader.Read(&first) || !first.has_header())
    return absl::InvalidArgumentError("the first message of the stream must be the header");
  Violations violations;
  const absl::Status uuid = rpc::CheckRequestId(first.header().request_id());
  if (!uuid.ok()) violations.Add("header.request_id", uuid.message());
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot import"));
  return first.header();
}

// Passes the pieces of an upload on. Cancelled when the client broke off: what has come may look
// like a whole file.
template <typename Request, typename Take>
absl::Status ReadPieces(const grpc::ServerContext& context, grpc::ServerReader<Request>& reader,
                        const Take& take) {
  Request part;
  while (reader.Read(&part)) {
    if (part.has_header())
      return absl::InvalidArgumentError("only the first message of the stream may be a header");
    WINNOW_RETURN_IF_ERROR(take(part.chunk()));
  }
  if (context.IsCancelled()) return absl::CancelledError("the upload broke off");
  return absl::OkStatus();
}

formats::Coverage CoverageOf(v1::Coverage coverage) {
  switch (coverage) {
    case v1::COVERAGE_BINARY:
      return formats::Coverage::kBinary;
    case v1::COVERAGE_COMPLETE:
      return formats::Coverage::kComplete;
    default:
      return formats::Coverage::kInfer;
  }
}

v1::Dataset* AddTo(v1::ListDatasetsResponse& response) { return response.add_datasets(); }
v1::Source* AddTo(v1::ListSourcesResponse& response) { return response.add_sources(); }
v1::Queue* AddTo(v1::ListQueuesResponse& response) { return response.add_queues(); }

// One page of a list by name. `list(after, limit)` returns records, `add(record)` their messages.
template <typename Request, typename Response, typename List, typename Add>
absl::Status ListPage(const Request& request, Response& response, const List& list,
                      const Add& add) {
  WINNOW_ASSIGN_OR_RETURN(std::string last, rpc::ReadPageToken(request));
  rpc::Page page(request.page_size(), {});
  WINNOW_ASSIGN_OR_RETURN(const auto records, list(last, page.size() + 1));
  for (const auto& record : records) {
    auto message = add(record);
    if (!page.Take(message.ByteSizeLong())) {
      response.set_next_page_token(rpc::MakePageToken(request, last));
      break;
    }
    last = record.name();
    *AddTo(response) = std::move(message);
  }
  return absl::OkStatus();
}

// Everything that can be seen to be wrong before the queue is asked.
absl::Status CheckLease(const v1::LeaseTasksRequest& request) {
  Violations violations;
  if (request.annotator().empty()) violations.Add("annotator", "must not be empty");
  if (request.has_max_tasks() &&
      (request.max_tasks() == 0 || request.max_tasks() > kMaxLeasedTasks)) {
    violations.Add("max_tasks",
                   absl::StrCat("must be 1 to ", kMaxLeasedTasks, ", not ", request.max_tasks()));
  }
  if (request.has_ttl()) {
    const absl::Duration ttl = rpc::FromDuration(request.ttl());
    if (ttl <= absl::ZeroDuration() || ttl > kMaxLease)
      violations.Add("ttl", "must be above 0 and at most 24 hours");
  }
  return violations.ToStatus("cannot lease");
}

absl::StatusOr<std::vector<tasks::GivenAnswer>> ReadAnswers(
    const v1::SubmitAnswersRequest& request) {
  Violations violations;
  if (request.annotator().empty()) violations.Add("annotator", "must not be empty");
  if (request.answers_size() == 0 || request.answers_size() > kMaxAnswersPerCall) {
    violations.Add("answers", absl::StrCat("must be 1 to ", kMaxAnswersPerCall, ", not ",
                                           request.answers_size()));
  }
  std::vector<tasks::GivenAnswer> answers;
  for (int i = 0; i < std::min(request.answers_size(), kMaxAnswersPerCall); ++i) {
    absl::StatusOr<tasks::GivenAnswer> given = FromApi(
        request.answers(i), request.queue(), request.annotator(), absl::StrCat("answers[", i, "]"));
    for (const Violation& violation : Violations::Of(given.status()))
      violations.Add(violation.where, violation.what);
    if (given.ok()) answers.push_back(*std::move(given));
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot submit"));
  return answers;
}

}  // namespace

// Data sets.

grpc::Status AnnotationServiceImpl::ImportDataset(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportDatasetRequest>* reader,
    v1::ImportDatasetResponse* response) {
  return handlers_.Run("Annotation.ImportDataset", context, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const v1::ImportDatasetRequest::Header header, ReadHeader(*reader));
    std::string content;
    WINNOW_RETURN_IF_ERROR(
        ReadPieces(*context, *reader, [&](const std::string& piece) -> absl::Status {
          if (content.size() + piece.size() > kMaxDatasetBytes) {
            return absl::ResourceExhaustedError(
                "the file is larger than 1 GiB; import it in parts");
          }
          content += piece;
          return absl::OkStatus();
        }));
    const formats::ParseOptions options{CoverageOf(header.coverage()),
                                        {header.labels().begin(), header.labels().end()}};
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::DatasetImport imported,
                            annotation::ImportDataset(corpus_, header.dataset(), options,
                                                      header.request_id(), content));
    *response = ToApi(imported, header.dataset());
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ExportDataset(
    grpc::ServerContext* context, const v1::ExportDatasetRequest* request,
    grpc::ServerWriter<v1::ExportDatasetResponse>* writer) {
  return handlers_.Run("Annotation.ExportDataset", context, request, [&]() -> absl::Status {
    const corpus::CorpusReader& corpus = corpus_.reader();
    WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, corpus.GetRevision());
    v1::ExportDatasetResponse part;
    const auto add_row = [&](const storage::v1::Answer& answer) -> absl::StatusOr<bool> {
      WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                              corpus.GetExample(answer.example_id()));
      absl::StrAppend(part.mutable_chunk(),
                      formats::ToProdigyJson(answer, example.text(), example.meta_json()), "\n");
      if (part.chunk().size() < rpc::kChunkBytes) return true;
      if (!writer->Write(part)) return absl::CancelledError("the client went away");
      part.clear_chunk();
      return true;
    };
    WINNOW_RETURN_IF_ERROR(
        corpus::ForEachStandingAnswer(corpus, request->dataset(), revision, add_row));
    if (!part.chunk().empty()) writer->Write(part);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListDatasets(grpc::ServerContext* context,
                                                 const v1::ListDatasetsRequest* request,
                                                 v1::ListDatasetsResponse* response) {
  return handlers_.Run("Annotation.ListDatasets", context, request, [&] {
    return ListPage(
        *request, *response,
        [&](absl::string_view after, size_t limit) {
          return corpus_.reader().ListDatasets(after, limit);
        },
        [](const storage::v1::Dataset& dataset) { return ToApi(dataset); });
  });
}

grpc::Status AnnotationServiceImpl::GetDataset(grpc::ServerContext* context,
                                               const v1::GetDatasetRequest* request,
                                               v1::Dataset* response) {
  return handlers_.Run("Annotation.GetDataset", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset dataset,
                            corpus_.reader().GetDataset(request->name()));
    *response = ToApi(dataset);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::DeleteDataset(grpc::ServerContext* context,
                                                  const v1::DeleteDatasetRequest* request,
                                                  v1::DeleteDatasetResponse* response) {
  return handlers_.Run("Annotation.DeleteDataset", context, request, [&]() -> absl::Status {
    const auto drop = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset dataset,
                              transaction.GetDataset(request->name()));
      WINNOW_RETURN_IF_ERROR(transaction.DropDataset(request->name()));
      return absl::StrCat(dataset.num_answers());
    };
    WINNOW_ASSIGN_OR_RETURN(const std::string reply,
                            corpus_.Mutate(KeyOf("DeleteDataset", *request), drop));
    uint64_t num_answers = 0;
    if (!absl::SimpleAtoi(reply, &num_answers))
      return absl::DataLossError("a kept reply is damaged");
    response->set_num_answers(num_answers);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListAnswers(grpc::ServerContext* context,
                                                const v1::ListAnswersRequest* request,
                                                v1::ListAnswersResponse* response) {
  return handlers_.Run("Annotation.ListAnswers", context, request, [&]() -> absl::Status {
    rpc::Page page(request->page_size(), kAnswerPages);
    const auto add = [&](const storage::v1::LogEntry& record) -> absl::StatusOr<bool> {
      v1::LogEntry entry;
      if (record.has_undo()) {
        *entry.mutable_undo() = ToApi(record.undo());
      } else {
        WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                                corpus_.reader().GetExample(record.answer().example_id()));
        *entry.mutable_answer() = ToApi(record.answer(), example.text());
      }
      if (!page.Take(entry.ByteSizeLong())) {
        response->set_has_more(true);
        return false;
      }
      *response->add_entries() = std::move(entry);
      return true;
    };
    return corpus_.reader().ForEachEntry(request->dataset(), request->after_revision(),
                                         corpus::kLatest, add);
  });
}

// Sources.

grpc::Status AnnotationServiceImpl::ImportSource(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportSourceRequest>* reader,
    v1::ImportSourceResponse* response) {
  return handlers_.Run("Annotation.ImportSource", context, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const v1::ImportSourceRequest::Header header, ReadHeader(*reader));
    const formats::SourceFormat format = header.format() == v1::SOURCE_FORMAT_TXT
                                             ? formats::SourceFormat::kText
                                             : formats::SourceFormat::kJsonl;
    const SourceImports::Turn turn = source_imports_.Begin(header.source());
    WINNOW_ASSIGN_OR_RETURN(SourceImport import, SourceImport::Begin(corpus_, header.source(),
                                                                     format, header.request_id()));
    WINNOW_RETURN_IF_ERROR(
        ReadPieces(*context, *reader, [&](const std::string& piece) { return import.Add(piece); }));
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::SourceImport imported, import.Finish());
    *response = ToApi(imported);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListSources(grpc::ServerContext* context,
                                                const v1::ListSourcesRequest* request,
                                                v1::ListSourcesResponse* response) {
  return handlers_.Run("Annotation.ListSources", context, request, [&] {
    return ListPage(
        *request, *response,
        [&](absl::string_view after, size_t limit) {
          return corpus_.reader().ListSources(after, limit);
        },
        [](const storage::v1::Source& source) { return ToApi(source); });
  });
}

grpc::Status AnnotationServiceImpl::GetSource(grpc::ServerContext* context,
                                              const v1::GetSourceRequest* request,
                                              v1::Source* response) {
  return handlers_.Run("Annotation.GetSource", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source source,
                            corpus_.reader().GetSource(request->name()));
    *response = ToApi(source);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::DeleteSource(grpc::ServerContext* context,
                                                 const v1::DeleteSourceRequest* request,
                                                 v1::DeleteSourceResponse*) {
  return handlers_.Run("Annotation.DeleteSource", context, request, [&] {
    const auto drop = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_RETURN_IF_ERROR(transaction.DropSource(request->name()));
      return "";
    };
    return corpus_.Mutate(KeyOf("DeleteSource", *request), drop).status();
  });
}

// Queues.

absl::StatusOr<v1::Queue> AnnotationServiceImpl::Describe(const storage::v1::Queue& queue,
                                                          bool wait) {
  v1::Queue result = ToApiQueue(queue);
  std::shared_ptr<tasks::Queue> open = queues_.FindOpen(queue.name());
  if (open == nullptr && wait) {
    WINNOW_ASSIGN_OR_RETURN(open, queues_.Wait(queue.name()));
  }
  if (open == nullptr) {
    queues_.Get(queue.name(), [](const absl::StatusOr<std::shared_ptr<tasks::Queue>>&) {});
    *result.mutable_status() = ToApi(queues_.Facts(queue.name()));
    return result;
  }
  WINNOW_ASSIGN_OR_RETURN(const tasks::QueueFacts facts, open->Facts());
  *result.mutable_status() = ToApi(facts);
  return result;
}

grpc::Status AnnotationServiceImpl::CreateQueue(grpc::ServerContext* context,
                                                const v1::CreateQueueRequest* request,
                                                v1::Queue* response) {
  return handlers_.Run(
      "Annotation.CreateQueue", context, request, response, [&]() -> absl::StatusOr<v1::Queue> {
        storage::v1::Queue queue = ToRecord(request->spec());
        WINNOW_RETURN_IF_ERROR(CheckSettings(queue));
        WINNOW_RETURN_IF_ERROR(Prepare(corpus_, models_, queue));
        queue.set_created_unix_micros(absl::ToUnixMicros(clock_.Now()));
        WINNOW_RETURN_IF_ERROR(queues_.Create(KeyOf("CreateQueue", *request), queue));
        WINNOW_ASSIGN_OR_RETURN(queue, corpus_.reader().GetQueue(queue.name()));
        return Describe(queue, /*wait=*/false);
      });
}

grpc::Status AnnotationServiceImpl::GetQueue(grpc::ServerContext* context,
                                             const v1::GetQueueRequest* request,
                                             v1::Queue* response) {
  return handlers_.Run("Annotation.GetQueue", context, request, response,
                       [&]() -> absl::StatusOr<v1::Queue> {
                         WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue queue,
                                                 corpus_.reader().GetQueue(request->name()));
                         return Describe(queue, request->wait());
                       });
}

grpc::Status AnnotationServiceImpl::ListQueues(grpc::ServerContext* context,
                                               const v1::ListQueuesRequest* request,
                                               v1::ListQueuesResponse* response) {
  return handlers_.Run("Annotation.ListQueues", context, request, [&] {
    return ListPage(
        *request, *response,
        [&](absl::string_view after, size_t limit) {
          return corpus_.reader().ListQueues(after, limit);
        },
        [](const storage::v1::Queue& queue) { return ToApiQueue(queue); });
  });
}

grpc::Status AnnotationServiceImpl::UpdateQueue(grpc::ServerContext* context,
                                                const v1::UpdateQueueRequest* request,
                                                v1::Queue* response) {
  return handlers_.Run(
      "Annotation.UpdateQueue", context, request, response, [&]() -> absl::StatusOr<v1::Queue> {
        const auto update = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
          WINNOW_ASSIGN_OR_RETURN(storage::v1::Queue queue, transaction.GetQueue(request->name()));
          if (request->has_audit_share()) queue.set_audit_share(request->audit_share());
          if (request->has_ask_without_letters())
            queue.set_ask_without_letters(request->ask_without_letters());
          if (request->has_unsegmented()) queue.set_unsegmented(request->unsegmented());
          WINNOW_RETURN_IF_ERROR(CheckSettings(queue));
          WINNOW_RETURN_IF_ERROR(transaction.PutQueue(queue));
          return "";
        };
        WINNOW_RETURN_IF_ERROR(corpus_.Mutate(KeyOf("UpdateQueue", *request), update).status());
        queues_.Close(request->name());
        WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue queue,
                                corpus_.reader().GetQueue(request->name()));
        return Describe(queue, /*wait=*/false);
      });
}

grpc::Status AnnotationServiceImpl::DeleteQueue(grpc::ServerContext* context,
                                                const v1::DeleteQueueRequest* request,
                                                v1::DeleteQueueResponse*) {
  return handlers_.Run("Annotation.DeleteQueue", context, request, [&] {
    return queues_.Delete(KeyOf("DeleteQueue", *request), request->name());
  });
}

grpc::Status AnnotationServiceImpl::AddComparisons(grpc::ServerContext* context,
                                                   const v1::AddComparisonsRequest* request,
                                                   v1::AddComparisonsResponse* response) {
  return handlers_.Run("Annotation.AddComparisons", context, request, [&]() -> absl::Status {
    std::vector<storage::v1::Task> tasks;
    std::vector<storage::v1::Example> examples;
    for (const v1::ComparisonTask& task : request->tasks()) {
      tasks.push_back(ToRecord(task));
      examples.emplace_back().set_text(task.text());
    }
    const auto append = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue queue,
                              transaction.GetQueue(request->queue()));
      if (queue.kind() != storage::v1::TASK_KIND_COMPARE) {
        return absl::FailedPreconditionError(
            absl::StrCat("queue '", request->queue(), "' is not a queue of comparisons"));
      }
      WINNOW_ASSIGN_OR_RETURN(const uint64_t num_added,
                              transaction.AppendTasks(request->queue(), tasks, examples));
      return absl::StrCat(num_added);
    };
    WINNOW_ASSIGN_OR_RETURN(const std::string reply,
                            corpus_.Mutate(KeyOf("AddComparisons", *request), append));
    uint64_t num_added = 0;
    if (!absl::SimpleAtoi(reply, &num_added)) return absl::DataLossError("a kept reply is damaged");
    response->set_num_added(num_added);
    const std::shared_ptr<tasks::Queue> open = queues_.FindOpen(request->queue());
    return open == nullptr ? absl::OkStatus() : open->stream().Refresh();
  });
}

// Asking and answering.

grpc::ServerUnaryReactor* AnnotationServiceImpl::LeaseTasks(grpc::CallbackServerContext* context,
                                                            const v1::LeaseTasksRequest* request,
                                                            v1::LeaseTasksResponse* response) {
  return handlers_.Run("Annotation.LeaseTasks", context, request, [&](rpc::Responder responder) {
    auto call = std::make_shared<rpc::Responder>(std::move(responder));
    if (const absl::Status status = CheckLease(*request); !status.ok()) return call->Finish(status);
    const auto lease = [call, request, response](const std::shared_ptr<tasks::Queue>& queue) {
      const absl::Duration ttl =
          request->has_ttl() ? rpc::FromDuration(request->ttl()) : kDefaultLease;
      const uint32_t max_tasks = request->has_max_tasks() ? request->max_tasks() : 1;
      queue->Lease(request->annotator(), max_tasks, ttl,
                   [call, request, response, max_tasks,
                    queue](const absl::StatusOr<tasks::LeaseReply>& reply) {
                     if (!reply.ok()) return call->Finish(reply.status());
                     for (const tasks::LeasedTask& task : reply->tasks)
                       *response->add_tasks() = ToApi(task, request->queue());
                     if (reply->tasks.size() < max_tasks)
                       *response->mutable_no_task() = ToApi(reply->emptiness);
                     call->Finish(absl::OkStatus());
                   });
    };
    queues_.Get(request->queue(), [this, call, request, lease](
                                      const absl::StatusOr<std::shared_ptr<tasks::Queue>>& queue) {
      if (!queue.ok()) return call->Finish(queue.status());
      if (!request->wait_for_learner()) return lease(*queue);
      (*queue)->stream().WhenCurrent(corpus_.revision(),
                                     [call, lease, queue = *queue](absl::Status current) {
                                       if (!current.ok()) return call->Finish(current);
                                       lease(queue);
                                     });
    });
  });
}

grpc::ServerUnaryReactor* AnnotationServiceImpl::SubmitAnswers(
    grpc::CallbackServerContext* context, const v1::SubmitAnswersRequest* request,
    v1::SubmitAnswersResponse* response) {
  return handlers_.Run("Annotation.SubmitAnswers", context, request, [&](rpc::Responder responder) {
    auto call = std::make_shared<rpc::Responder>(std::move(responder));
    absl::StatusOr<std::vector<tasks::GivenAnswer>> answers = ReadAnswers(*request);
    if (!answers.ok()) return call->Finish(answers.status());
    const auto submit = [call, request, response, answers = *std::move(answers)](
                            const absl::StatusOr<std::shared_ptr<tasks::Queue>>& queue) {
      if (!queue.ok()) return call->Finish(queue.status());
      (*queue)->Submit(request->annotator(), answers,
                       [call, response, queue = *queue](
                           const std::vector<absl::StatusOr<storage::v1::StoredAnswer>>& stored) {
                         for (const auto& answer : stored) *response->add_results() = ToApi(answer);
                         call->Finish(absl::OkStatus());
                       });
    };
    queues_.Get(request->queue(), submit);
  });
}

grpc::Status AnnotationServiceImpl::UndoAnswer(grpc::ServerContext* context,
                                               const v1::UndoAnswerRequest* request,
                                               v1::UndoAnswerResponse* response) {
  return handlers_.Run("Annotation.UndoAnswer", context, request, [&]() -> absl::Status {
    Violations violations;
    if (request->annotator().empty()) violations.Add("annotator", "must not be empty");
    WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot undo"));
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<tasks::Queue> queue,
                            queues_.Wait(request->queue()));
    WINNOW_ASSIGN_OR_RETURN(const tasks::Queue::Undone undone,
                            queue->Undo(KeyOf("UndoAnswer", *request), request->annotator(),
                                        request->revision(), kDefaultLease));
    response->set_undone_revision(undone.revision);
    *response->mutable_task() = ToApi(undone.task, request->queue());
    return absl::OkStatus();
  });
}

}  // namespace winnow::annotation

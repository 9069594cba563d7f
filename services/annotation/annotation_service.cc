// AnnotationServiceImpl: data sets and sources.
#include "services/annotation/annotation_service.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/piecewise_file.h"
#include "common/base/status.h"
#include "common/corpus/erasure.h"
#include "common/corpus/standing.h"
#include "common/formats/dataset.h"
#include "common/rpc/convert.h"
#include "common/rpc/methods.h"
#include "common/rpc/page.h"
#include "common/rpc/request_key.h"
#include "common/rpc/server.h"
#include "common/rpc/split_keys.h"
#include "services/annotation/api.h"
#include "services/annotation/export.h"
#include "services/annotation/import.h"
#include "services/annotation/merge.h"

namespace winnow::annotation {
namespace {

constexpr rpc::PageLimits kAnswerPages = {.default_size = 1'000, .max_size = 10'000};

// Reads the header of an upload.
template <typename Request>
absl::StatusOr<typename Request::Header> ReadHeader(grpc::ServerReader<Request>& reader) {
  Request first;
  if (!reader.Read(&first) || !first.has_header())
    return absl::InvalidArgumentError("the first message of the stream must be the header");
  WINNOW_RETURN_IF_ERROR(
      rpc::CheckRequest(rpc::kUuid, first.header(), first.header().request_id()));
  return first.header();
}

// Keeps an upload on disk until its turn comes, so that a slow one keeps nobody waiting. Cancelled
// when the client broke off: what has come may look like a whole file.
template <typename Request>
absl::StatusOr<PiecewiseFile> Receive(const grpc::ServerContext& context,
                                      grpc::ServerReader<Request>& reader,
                                      const std::filesystem::path& directory) {
  WINNOW_ASSIGN_OR_RETURN(PiecewiseFile upload, PiecewiseFile::MakeNameless(directory));
  Request part;
  while (reader.Read(&part)) {
    if (part.has_header())
      return absl::InvalidArgumentError("only the first message of the stream may be a header");
    WINNOW_RETURN_IF_ERROR(upload.Add(part.chunk()));
  }
  if (context.IsCancelled()) return absl::CancelledError("the upload broke off");
  return upload;
}

// The upload, as long as somebody waits for what becomes of it.
ReadFile FileOf(const PiecewiseFile& upload, const grpc::ServerContext& context) {
  return [&](const TakePiece& take) {
    return upload.Read([&](absl::string_view piece) {
      return context.IsCancelled() ? absl::CancelledError("the caller went away") : take(piece);
    });
  };
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

formats::Offsets OffsetsOf(v1::OffsetUnit unit) {
  switch (unit) {
    case v1::OFFSET_UNIT_UTF16:
      return formats::Offsets::kUtf16;
    case v1::OFFSET_UNIT_BYTES:
      return formats::Offsets::kBytes;
    case v1::OFFSET_UNIT_INCLUSIVE:
      return formats::Offsets::kInclusive;
    default:
      return formats::Offsets::kCodePoints;
  }
}

formats::SourceFormat FormatOf(v1::SourceFormat format) {
  switch (format) {
    case v1::SOURCE_FORMAT_JSONL:
      return formats::SourceFormat::kJsonl;
    case v1::SOURCE_FORMAT_TXT:
      return formats::SourceFormat::kText;
    default:
      return formats::SourceFormat::kRecognise;
  }
}

}  // namespace

// Data sets.

grpc::Status AnnotationServiceImpl::ImportDataset(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportDatasetRequest>* reader,
    v1::ImportDatasetResponse* response) {
  return handlers_.Run("Annotation.ImportDataset", context, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const v1::ImportDatasetRequest::Header header, ReadHeader(*reader));
    WINNOW_ASSIGN_OR_RETURN(const PiecewiseFile upload, Receive(*context, *reader, uploads_));
    const ImportTurns::Turn turn = import_turns_.BeginDataset(header.dataset());
    const formats::ParseOptions options{.coverage = CoverageOf(header.coverage()),
                                        .labels = {header.labels().begin(), header.labels().end()},
                                        .offsets = OffsetsOf(header.offsets()),
                                        .allow_no_spans = header.allow_no_spans()};
    WINNOW_ASSIGN_OR_RETURN(
        const storage::v1::DatasetImport imported,
        annotation::ImportDataset(corpus_, header.dataset(), options, header.request_id(),
                                  FileOf(upload, *context)));
    *response = ToApi(imported, header.dataset());
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ExportDataset(
    grpc::ServerContext* context, const v1::ExportDatasetRequest* request,
    grpc::ServerWriter<v1::ExportDatasetResponse>* writer) {
  return handlers_.Run("Annotation.ExportDataset", context, request, [&]() -> absl::Status {
    ExportOptions options{
        .annotator = request->annotator(), .session = request->session(), .all = request->all()};
    if (request->has_since()) options.since = rpc::FromTimestamp(request->since());
    v1::ExportDatasetResponse part;
    const auto add_row = [&](absl::string_view row) -> absl::Status {
      absl::StrAppend(part.mutable_chunk(), row);
      if (part.chunk().size() < rpc::kChunkBytes) return absl::OkStatus();
      if (!writer->Write(part)) return absl::CancelledError("the client went away");
      part.clear_chunk();
      return absl::OkStatus();
    };
    WINNOW_RETURN_IF_ERROR(
        annotation::ExportDataset(corpus_.reader(), request->dataset(), options, add_row));
    if (!part.chunk().empty()) writer->Write(part);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListDatasets(grpc::ServerContext* context,
                                                 const v1::ListDatasetsRequest* request,
                                                 v1::ListDatasetsResponse* response) {
  return handlers_.Run("Annotation.ListDatasets", context, request, [&] {
    return rpc::ListPage(
        *request, *response, *response->mutable_datasets(),
        [&](absl::string_view after, size_t limit) {
          return corpus_.reader().ListDatasets(after, limit);
        },
        [](const storage::v1::Dataset& record) { return record.name(); },
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
    WINNOW_ASSIGN_OR_RETURN(const std::string reply, corpus_.Mutate(rpc::KeyOf(*request), drop));
    uint64_t num_answers = 0;
    if (!absl::SimpleAtoi(reply, &num_answers))
      return absl::DataLossError("a kept reply is damaged");
    response->set_num_answers(num_answers);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::MergeDatasets(grpc::ServerContext* context,
                                                  const v1::MergeDatasetsRequest* request,
                                                  v1::Dataset* response) {
  return handlers_.Run("Annotation.MergeDatasets", context, request, [&]() -> absl::Status {
    const ImportTurns::Turn turn = import_turns_.BeginDataset(request->output());
    WINNOW_ASSIGN_OR_RETURN(
        const storage::v1::Dataset merged,
        annotation::MergeDatasets(corpus_, {request->datasets().begin(), request->datasets().end()},
                                  request->output(), rpc::KeyOf(*request)));
    *response = ToApi(merged);
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
    WINNOW_ASSIGN_OR_RETURN(const PiecewiseFile upload, Receive(*context, *reader, uploads_));
    const ImportTurns::Turn turn = import_turns_.BeginSource(header.source());
    WINNOW_ASSIGN_OR_RETURN(
        const storage::v1::SourceImport imported,
        annotation::ImportSource(corpus_, header.source(), FormatOf(header.format()),
                                 header.request_id(), FileOf(upload, *context)));
    *response = ToApi(imported);
    return absl::OkStatus();
  });
}

grpc::Status AnnotationServiceImpl::ListSources(grpc::ServerContext* context,
                                                const v1::ListSourcesRequest* request,
                                                v1::ListSourcesResponse* response) {
  return handlers_.Run("Annotation.ListSources", context, request, [&] {
    return rpc::ListPage(
        *request, *response, *response->mutable_sources(),
        [&](absl::string_view after, size_t limit) {
          return corpus_.reader().ListSources(after, limit);
        },
        [](const storage::v1::Source& record) { return record.name(); },
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
    return corpus_.Change(rpc::KeyOf(*request), [&](corpus::Transaction& transaction) {
      return transaction.DropSource(request->name());
    });
  });
}

// Both.

grpc::Status AnnotationServiceImpl::EraseTexts(grpc::ServerContext* context,
                                               const v1::EraseTextsRequest* request,
                                               v1::EraseTextsResponse* response) {
  return handlers_.Run("Annotation.EraseTexts", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const std::set<uint64_t> keys, rpc::SplitKeysOf(request->texts()));
    const corpus::RequestKey key = rpc::KeyOf(*request);
    const absl::StatusOr<std::string> kept = corpus_.FindReply(key);
    if (kept.ok() && response->ParseFromString(*kept)) return absl::OkStatus();
    if (!absl::IsNotFound(kept.status())) return kept.status();

    WINNOW_ASSIGN_OR_RETURN(const corpus::ErasedTexts erased, corpus::EraseTexts(corpus_, keys));
    WINNOW_ASSIGN_OR_RETURN(const auto queues, corpus_.reader().ListQueues());
    for (const storage::v1::Queue& queue : queues) queues_.Close(queue.name());
    WINNOW_RETURN_IF_ERROR(compact_());
    WINNOW_ASSIGN_OR_RETURN(const auto snapshots, corpus_.reader().ListSnapshotLeases());
    *response = ToApi(erased, snapshots.size());
    return corpus_
        .Mutate(key,
                [&](corpus::Transaction&) -> absl::StatusOr<std::string> {
                  return response->SerializeAsString();
                })
        .status();
  });
}

}  // namespace winnow::annotation

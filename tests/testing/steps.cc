#include "tests/testing/steps.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/models/manifest.h"
#include "common/rpc/server.h"

namespace winnow::integration {
namespace {

using annotation::v1::AnnotationService;
using cli::Call;
using evaluation::v1::EvaluationService;
using training::v1::TrainingService;

template <typename Request, typename Stream>
void WriteChunks(absl::string_view content, Stream& stream) {
  for (size_t at = 0; at < content.size(); at += rpc::kChunkBytes) {
    Request part;
    part.set_chunk(std::string(content.substr(at, rpc::kChunkBytes)));
    if (!stream.Write(part)) return;
  }
}

}  // namespace

absl::StatusOr<std::string> ExampleLines(const std::string& file, size_t num_lines) {
  WINNOW_ASSIGN_OR_RETURN(const std::string content,
                          ReadFile(std::filesystem::path(WINNOW_SOURCE_DIR) / "examples" / file));
  std::vector<absl::string_view> lines = absl::StrSplit(content, '\n', absl::SkipEmpty());
  if (lines.size() < num_lines) {
    return absl::OutOfRangeError(
        absl::StrCat(file, " has ", lines.size(), " lines, not ", num_lines));
  }
  lines.resize(num_lines);
  return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
}

absl::StatusOr<annotation::v1::ImportDatasetResponse> ImportDataset(
    Session& session, const std::string& name, absl::string_view rows,
    annotation::v1::Coverage coverage) {
  grpc::ClientContext context;
  annotation::v1::ImportDatasetResponse response;
  const auto writer = session.annotation().ImportDataset(&context, &response);
  annotation::v1::ImportDatasetRequest request;
  request.mutable_header()->set_request_id(cli::NewRequestId());
  request.mutable_header()->set_dataset(name);
  request.mutable_header()->set_coverage(coverage);
  writer->Write(request);
  WriteChunks<annotation::v1::ImportDatasetRequest>(rows, *writer);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  return response;
}

absl::StatusOr<std::string> ExportDataset(Session& session, const std::string& name) {
  annotation::v1::ExportDatasetRequest request;
  request.set_dataset(name);
  grpc::ClientContext context;
  const auto reader = session.annotation().ExportDataset(&context, request);
  annotation::v1::ExportDatasetResponse part;
  std::string content;
  while (reader->Read(&part)) content += part.chunk();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  return content;
}

absl::StatusOr<std::vector<annotation::v1::LogEntry>> ListLog(Session& session,
                                                              const std::string& dataset) {
  annotation::v1::ListAnswersRequest request;
  request.set_dataset(dataset);
  std::vector<annotation::v1::LogEntry> entries;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(
        annotation::v1::ListAnswersResponse page,
        Call(session.annotation(), &AnnotationService::Stub::ListAnswers, request));
    for (annotation::v1::LogEntry& entry : *page.mutable_entries()) entries.push_back(entry);
    if (!page.has_more()) return entries;
    const annotation::v1::LogEntry& last = entries.back();
    request.set_after_revision(last.has_undo() ? last.undo().revision() : last.answer().revision());
  }
}

absl::StatusOr<annotation::v1::ImportSourceResponse> ImportSource(Session& session,
                                                                  const std::string& name,
                                                                  absl::string_view rows) {
  grpc::ClientContext context;
  annotation::v1::ImportSourceResponse response;
  const auto writer = session.annotation().ImportSource(&context, &response);
  annotation::v1::ImportSourceRequest request;
  request.mutable_header()->set_request_id(cli::NewRequestId());
  request.mutable_header()->set_source(name);
  request.mutable_header()->set_format(annotation::v1::SOURCE_FORMAT_JSONL);
  writer->Write(request);
  WriteChunks<annotation::v1::ImportSourceRequest>(rows, *writer);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  return response;
}

absl::StatusOr<annotation::v1::Queue> CreateTeachingQueue(Session& session, const std::string& name,
                                                          const std::string& model,
                                                          const std::string& source,
                                                          const std::string& dataset) {
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(cli::NewRequestId());
  annotation::v1::QueueSpec& spec = *request.mutable_spec();
  spec.set_name(name);
  spec.set_kind(annotation::v1::TASK_KIND_TEACH);
  spec.set_source(source);
  spec.set_dataset(dataset);
  spec.add_labels(kJobTitle);
  spec.set_model(model);
  WINNOW_RETURN_IF_ERROR(
      Call(session.annotation(), &AnnotationService::Stub::CreateQueue, request).status());
  return GetQueue(session, name);
}

absl::StatusOr<annotation::v1::Queue> GetQueue(Session& session, const std::string& name) {
  annotation::v1::GetQueueRequest request;
  request.set_name(name);
  request.set_wait(true);
  return Call(session.annotation(), &AnnotationService::Stub::GetQueue, request);
}

absl::StatusOr<std::vector<annotation::v1::Task>> Lease(Session& session, const std::string& queue,
                                                        uint32_t max_tasks) {
  annotation::v1::LeaseTasksRequest request;
  request.set_queue(queue);
  request.set_annotator("oracle");
  request.set_max_tasks(max_tasks);
  request.set_wait_for_learner(true);
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::LeaseTasksResponse response,
      Call(session.annotation(), &AnnotationService::Stub::LeaseTasks, request));
  return std::vector<annotation::v1::Task>(response.tasks().begin(), response.tasks().end());
}

absl::StatusOr<std::vector<annotation::v1::Task>> Teach(Session& session, const std::string& queue,
                                                        const cli::Gold& gold, size_t num_answers) {
  std::vector<annotation::v1::Task> tasks;
  while (tasks.size() < num_answers) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<annotation::v1::Task> leased,
                            Lease(session, queue, 1));
    if (leased.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("no question after ", tasks.size(), " answers"));
    }
    tasks.push_back(leased[0]);
    annotation::v1::SubmitAnswersRequest request;
    request.set_queue(queue);
    request.set_annotator("oracle");
    annotation::v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(cli::NewRequestId());
    answer.set_task_id(leased[0].task_id());
    answer.set_fencing_token(leased[0].fencing_token());
    answer.set_verdict(gold.Judge(leased[0].text(), leased[0].question().span()));
    WINNOW_ASSIGN_OR_RETURN(
        const annotation::v1::SubmitAnswersResponse response,
        Call(session.annotation(), &AnnotationService::Stub::SubmitAnswers, request));
    const auto& result = response.results(0);
    if (result.has_error()) {
      return absl::Status(static_cast<absl::StatusCode>(result.error().code()),
                          result.error().message());
    }
  }
  return tasks;
}

training::v1::TrainingSpec TrainingSpecOf(const std::string& dataset, const std::string& parent,
                                          const std::string& output) {
  training::v1::TrainingSpec spec;
  spec.add_datasets(dataset);
  spec.set_parent(parent);
  spec.set_output(output);
  spec.add_labels(kJobTitle);
  return spec;
}

absl::StatusOr<training::v1::TrainingReport> Train(Session& session,
                                                   const training::v1::TrainingSpec& spec) {
  training::v1::CreateTrainingJobRequest create;
  create.set_request_id(cli::NewRequestId());
  *create.mutable_spec() = spec;
  WINNOW_ASSIGN_OR_RETURN(
      training::v1::TrainingJob job,
      Call(session.training(), &TrainingService::Stub::CreateTrainingJob, create));
  training::v1::GetTrainingJobRequest watch;
  watch.set_id(job.id());
  grpc::ClientContext context;
  const auto reader = session.training().WatchTrainingJob(&context, watch);
  while (reader->Read(&job)) {
  }
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  if (job.state() == training::v1::JOB_STATE_SUCCEEDED) return job.report();
  return absl::Status(static_cast<absl::StatusCode>(job.error().code()), job.error().message());
}

absl::StatusOr<ModelFiles> ExportModel(Session& session, const std::string& name) {
  training::v1::ExportModelRequest request;
  request.set_name(name);
  grpc::ClientContext context;
  const auto reader = session.training().ExportModel(&context, request);
  training::v1::ExportModelResponse part;
  ModelFiles files;
  std::string file;
  while (reader->Read(&part)) {
    if (part.has_file()) file = part.file().name();
    files[file] += part.chunk();
  }
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  return files;
}

absl::StatusOr<training::v1::ModelVersion> ImportModel(Session& session, const std::string& model,
                                                       const ModelFiles& files) {
  grpc::ClientContext context;
  training::v1::ModelVersion version;
  const auto writer = session.training().ImportModel(&context, &version);
  training::v1::ImportModelRequest request;
  request.mutable_header()->set_request_id(cli::NewRequestId());
  request.mutable_header()->set_model(model);
  writer->Write(request);
  for (const auto& [name, content] : files) {
    request.mutable_file()->set_name(name);
    request.mutable_file()->set_size_bytes(content.size());
    writer->Write(request);
    WriteChunks<training::v1::ImportModelRequest>(content, *writer);
  }
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  return version;
}

ModelFiles CopyMadeLater(ModelFiles files, int64_t micros) {
  std::string& json = files[std::string(models::kManifestFile)];
  if (absl::StatusOr<models::Manifest> manifest = models::Manifest::Parse(json); manifest.ok()) {
    manifest->created_unix_micros += micros;
    json = manifest->ToJson();
  }
  return files;
}

absl::StatusOr<training::v1::Model> Promote(Session& session, const std::string& version) {
  training::v1::PromoteModelRequest request;
  request.set_request_id(cli::NewRequestId());
  request.set_version(version);
  return Call(session.training(), &TrainingService::Stub::PromoteModel, request);
}

absl::StatusOr<evaluation::v1::PredictResponse> Predict(Session& session, const std::string& model,
                                                        const std::vector<std::string>& texts) {
  evaluation::v1::PredictRequest request;
  request.set_model(model);
  for (const std::string& text : texts) request.add_texts(text);
  return Call(session.evaluation(), &EvaluationService::Stub::Predict, request);
}

}  // namespace winnow::integration

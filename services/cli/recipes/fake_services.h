// The three services in memory, as small as the recipes need them.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "winnow/access/v1/access.grpc.pb.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"
#include "winnow/training/v1/training.grpc.pb.h"

namespace winnow::cli {

// Knows whom it is told.
class FakeAccess final : public access::v1::AccessService::Service {
 public:
  grpc::Status WhoAmI(grpc::ServerContext*, const access::v1::WhoAmIRequest*,
                      access::v1::WhoAmIResponse* reply) override {
    reply->set_name(caller);
    reply->set_open(caller.empty());
    return grpc::Status::OK;
  }
  grpc::Status CreatePerson(grpc::ServerContext*, const access::v1::CreatePersonRequest* request,
                            access::v1::CreatePersonResponse* reply) override {
    reply->mutable_person()->set_name(request->name());
    reply->mutable_person()->set_role(request->role());
    reply->set_token("wnw_secret");
    return grpc::Status::OK;
  }
  grpc::Status UpdatePerson(grpc::ServerContext*, const access::v1::UpdatePersonRequest* request,
                            access::v1::Person* reply) override {
    updates.push_back(*request);
    reply->set_name(request->name());
    reply->set_role(request->role());
    reply->set_disabled(request->disabled());
    return grpc::Status::OK;
  }

  std::string caller;
  std::vector<access::v1::UpdatePersonRequest> updates;
};

// Hands out `tasks` in order, keeps what is answered and takes it back again.
class FakeAnnotation final : public annotation::v1::AnnotationService::Service {
 public:
  std::deque<annotation::v1::Task> tasks;
  std::vector<annotation::v1::NewAnswer> answers;
  std::vector<annotation::v1::LeaseTasksRequest> leases;
  annotation::v1::QueueSpec queue;
  // The log of each data set.
  std::map<std::string, std::vector<annotation::v1::LogEntry>> datasets;
  // Imported files by name, and the headers they came with.
  std::map<std::string, std::string> imported;
  annotation::v1::ImportDatasetRequest::Header header;
  // What ImportDataset replies, but for the name of the data set and the number of rows.
  annotation::v1::ImportDatasetResponse import_reply;
  annotation::v1::ExportDatasetRequest export_request;
  annotation::v1::MergeDatasetsRequest merge_request;
  // Refuses imports and exports when set.
  absl::Status refusal;
  // Rows of a source that repeat a text.
  uint64_t num_repeated = 0;
  int num_drops = 0;
  // Data sets and sources that are there, beside those with a log and the imported ones; and
  // sources that were removed.
  std::set<std::string> known_datasets = {"d", "d1", "d2", "gold"};
  std::set<std::string> sources = {"raw", "s"};
  // Of every data set.
  std::vector<std::string> labels;
  std::vector<std::string> dropped_sources;
  // Refuses CreateQueue when set.
  absl::Status queue_refusal;
  std::vector<annotation::v1::ReleaseTasksRequest> released;

  grpc::Status CreateQueue(grpc::ServerContext*, const annotation::v1::CreateQueueRequest* request,
                           annotation::v1::Queue* reply) override {
    if (!queue_refusal.ok()) return rpc::ToGrpc(queue_refusal);
    if (request->validate_only()) return grpc::Status::OK;
    queue = request->spec();
    *reply->mutable_spec() = queue;
    return grpc::Status::OK;
  }

  grpc::Status GetQueue(grpc::ServerContext*, const annotation::v1::GetQueueRequest*,
                        annotation::v1::Queue* reply) override {
    *reply->mutable_spec() = queue;
    reply->mutable_status()->set_state(annotation::v1::QUEUE_STATE_OPEN);
    reply->mutable_status()->set_num_answers(answers.size());
    reply->mutable_status()->set_num_hidden_candidates(17);
    return grpc::Status::OK;
  }

  grpc::Status LeaseTasks(grpc::ServerContext*, const annotation::v1::LeaseTasksRequest* request,
                          annotation::v1::LeaseTasksResponse* reply) override {
    leases.push_back(*request);
    if (tasks.empty()) {
      reply->mutable_no_task()->set_reason(annotation::v1::NO_TASK_REASON_EXHAUSTED);
      reply->mutable_no_task()->set_message("every candidate has been asked");
      return grpc::Status::OK;
    }
    leased_[tasks.front().task_id()] = tasks.front();
    *reply->add_tasks() = tasks.front();
    tasks.pop_front();
    return grpc::Status::OK;
  }

  grpc::Status SubmitAnswers(grpc::ServerContext*,
                             const annotation::v1::SubmitAnswersRequest* request,
                             annotation::v1::SubmitAnswersResponse* reply) override {
    for (const annotation::v1::NewAnswer& answer : request->answers()) {
      auto& result = *reply->add_results();
      if (lost_leases.contains(answer.task_id())) {
        result.mutable_error()->set_code(grpc::StatusCode::FAILED_PRECONDITION);
        result.mutable_error()->set_reason(common::v1::ERROR_REASON_LEASE_LOST);
        result.mutable_error()->set_message("somebody else has answered");
        continue;
      }
      answers.push_back(answer);
      result.mutable_stored()->set_revision(answers.size());
    }
    return grpc::Status::OK;
  }

  grpc::Status UndoAnswer(grpc::ServerContext*, const annotation::v1::UndoAnswerRequest* request,
                          annotation::v1::UndoAnswerResponse* reply) override {
    if (answers.empty() || (request->has_revision() && request->revision() != answers.size()))
      return {grpc::StatusCode::NOT_FOUND, "no such answer"};
    *reply->mutable_task() = leased_[answers.back().task_id()];
    answers.pop_back();
    return grpc::Status::OK;
  }

  grpc::Status ReleaseTasks(grpc::ServerContext*,
                            const annotation::v1::ReleaseTasksRequest* request,
                            annotation::v1::ReleaseTasksResponse*) override {
    released.push_back(*request);
    for (const auto& task : request->tasks()) tasks.push_front(leased_[task.task_id()]);
    return grpc::Status::OK;
  }

  // Two entries a page, so that clients have to turn pages.
  grpc::Status ListAnswers(grpc::ServerContext*, const annotation::v1::ListAnswersRequest* request,
                           annotation::v1::ListAnswersResponse* reply) override {
    const auto found = datasets.find(request->dataset());
    if (found == datasets.end()) return {grpc::StatusCode::NOT_FOUND, "no such data set"};
    for (const annotation::v1::LogEntry& entry : found->second) {
      const uint64_t revision =
          entry.has_undo() ? entry.undo().revision() : entry.answer().revision();
      if (revision <= request->after_revision()) continue;
      if (reply->entries_size() == 2) {
        reply->set_has_more(true);
        break;
      }
      *reply->add_entries() = entry;
    }
    return grpc::Status::OK;
  }

  grpc::Status ImportDataset(grpc::ServerContext*,
                             grpc::ServerReader<annotation::v1::ImportDatasetRequest>* reader,
                             annotation::v1::ImportDatasetResponse* reply) override {
    annotation::v1::ImportDatasetRequest request;
    reader->Read(&request);
    header = request.header();
    std::string content;
    while (reader->Read(&request)) content += request.chunk();
    if (!refusal.ok()) return rpc::ToGrpc(refusal);
    imported[header.dataset()] = content;
    *reply = import_reply;
    reply->set_dataset(header.dataset());
    reply->set_num_rows(2);
    return grpc::Status::OK;
  }

  grpc::Status ExportDataset(
      grpc::ServerContext*, const annotation::v1::ExportDatasetRequest* request,
      grpc::ServerWriter<annotation::v1::ExportDatasetResponse>* writer) override {
    export_request = *request;
    if (!refusal.ok()) return rpc::ToGrpc(refusal);
    annotation::v1::ExportDatasetResponse part;
    for (char c : imported[request->dataset()]) {
      part.set_chunk(std::string(1, c));
      writer->Write(part);
    }
    return grpc::Status::OK;
  }

  grpc::Status ImportSource(grpc::ServerContext*,
                            grpc::ServerReader<annotation::v1::ImportSourceRequest>* reader,
                            annotation::v1::ImportSourceResponse* reply) override {
    annotation::v1::ImportSourceRequest request;
    reader->Read(&request);
    const std::string name = request.header().source();
    std::string content;
    while (reader->Read(&request)) content += request.chunk();
    if (!refusal.ok()) return rpc::ToGrpc(refusal);
    imported[name] = content;
    reply->set_num_added(2);
    reply->set_num_duplicates(num_repeated);
    return grpc::Status::OK;
  }

  grpc::Status GetSource(grpc::ServerContext*, const annotation::v1::GetSourceRequest* request,
                         annotation::v1::Source* reply) override {
    if (!sources.contains(request->name()) && !imported.contains(request->name()))
      return {grpc::StatusCode::NOT_FOUND, "no such source"};
    reply->set_name(request->name());
    reply->set_num_examples(3);
    return grpc::Status::OK;
  }

  grpc::Status ListSources(grpc::ServerContext*, const annotation::v1::ListSourcesRequest*,
                           annotation::v1::ListSourcesResponse* reply) override {
    for (const std::string& name : sources) reply->add_sources()->set_name(name);
    return grpc::Status::OK;
  }

  grpc::Status DeleteSource(grpc::ServerContext*,
                            const annotation::v1::DeleteSourceRequest* request,
                            annotation::v1::DeleteSourceResponse*) override {
    dropped_sources.push_back(request->name());
    return grpc::Status::OK;
  }

  grpc::Status ListQueues(grpc::ServerContext*, const annotation::v1::ListQueuesRequest*,
                          annotation::v1::ListQueuesResponse* reply) override {
    *reply->add_queues()->mutable_spec() = queue;
    return grpc::Status::OK;
  }

  grpc::Status GetDataset(grpc::ServerContext*, const annotation::v1::GetDatasetRequest* request,
                          annotation::v1::Dataset* reply) override {
    if (!datasets.contains(request->name()) && !known_datasets.contains(request->name())) {
      return {grpc::StatusCode::NOT_FOUND, "no data set \"golf\". Did you mean \"gold\"?"};
    }
    reply->set_name(request->name());
    reply->set_num_answers(datasets[request->name()].size());
    *reply->mutable_labels() = {labels.begin(), labels.end()};
    return grpc::Status::OK;
  }

  grpc::Status MergeDatasets(grpc::ServerContext*,
                             const annotation::v1::MergeDatasetsRequest* request,
                             annotation::v1::Dataset* reply) override {
    merge_request = *request;
    reply->set_name(request->output());
    reply->set_num_answers(7);
    return grpc::Status::OK;
  }

  grpc::Status DeleteDataset(grpc::ServerContext*, const annotation::v1::DeleteDatasetRequest*,
                             annotation::v1::DeleteDatasetResponse*) override {
    ++num_drops;
    return grpc::Status::OK;
  }

  // Tasks that somebody else answers first.
  std::set<std::string> lost_leases;

 private:
  std::map<std::string, annotation::v1::Task> leased_;
};

// Models are files in memory; a training ends at once and makes the version "OUTPUT@1".
class FakeTraining final : public training::v1::TrainingService::Service {
 public:
  using Files = std::map<std::string, std::string>;
  // By "name@N".
  std::map<std::string, Files> versions;
  training::v1::TrainingSpec spec;
  training::v1::TrainingReport report;
  // Of the last MakeLexicon, which is refused when `lexicon_refusal` is set.
  uint64_t lexicon_seed = 0;
  absl::Status lexicon_refusal;
  // Of every model; names of those that there are not.
  std::vector<std::string> labels = {"job"};
  std::set<std::string> unknown;
  // Refuses CreateTrainingJob when set.
  absl::Status refusal;
  // The job fails with it when set.
  std::string job_error;

  grpc::Status ImportModel(grpc::ServerContext*,
                           grpc::ServerReader<training::v1::ImportModelRequest>* reader,
                           training::v1::ModelVersion* reply) override {
    training::v1::ImportModelRequest part;
    std::string model, file;
    bool validate_only = false;
    Files files;
    while (reader->Read(&part)) {
      if (part.has_header()) {
        model = part.header().model();
        validate_only = part.header().validate_only();
      }
      if (part.has_file()) files[file = part.file().name()] = "";
      if (part.part_case() == training::v1::ImportModelRequest::kChunk) files[file] += part.chunk();
    }
    for (const std::string& label : labels) reply->add_labels(label);
    const std::string name = absl::StrCat(model, "@1");
    if (!validate_only) versions[name] = files;
    if (versions.contains(name)) reply->set_name(name);
    return grpc::Status::OK;
  }

  grpc::Status ExportModel(grpc::ServerContext*, const training::v1::ExportModelRequest* request,
                           grpc::ServerWriter<training::v1::ExportModelResponse>* writer) override {
    for (const auto& [name, content] : versions[request->name()]) {
      training::v1::ExportModelResponse part;
      part.mutable_file()->set_name(name);
      part.mutable_file()->set_size_bytes(content.size() + missing_bytes);
      writer->Write(part);
      part.set_chunk(content);
      writer->Write(part);
    }
    return grpc::Status::OK;
  }

  // The lexicon is the file that was sent.
  grpc::Status MakeLexicon(grpc::ServerContext*,
                           grpc::ServerReader<training::v1::MakeLexiconRequest>* reader,
                           training::v1::MakeLexiconResponse* reply) override {
    training::v1::MakeLexiconRequest part;
    while (reader->Read(&part)) {
      if (part.has_header()) lexicon_seed = part.header().seed();
      reply->mutable_lexicon()->append(part.chunk());
    }
    return rpc::ToGrpc(lexicon_refusal);
  }

  grpc::Status GetModelVersion(grpc::ServerContext*,
                               const training::v1::GetModelVersionRequest* request,
                               training::v1::ModelVersion* reply) override {
    if (unknown.contains(request->name())) return {grpc::StatusCode::NOT_FOUND, "no such model"};
    reply->set_name(absl::StrContains(request->name(), '@') ? request->name()
                                                            : absl::StrCat(request->name(), "@7"));
    return grpc::Status::OK;
  }

  grpc::Status CreateTrainingJob(grpc::ServerContext*,
                                 const training::v1::CreateTrainingJobRequest* request,
                                 training::v1::TrainingJob* reply) override {
    if (!refusal.ok()) return rpc::ToGrpc(refusal);
    if (request->validate_only()) return grpc::Status::OK;
    spec = request->spec();
    reply->set_id("job-1");
    reply->set_state(training::v1::JOB_STATE_QUEUED);
    return grpc::Status::OK;
  }

  // WatchTrainingJob is not there, so clients have to poll.
  grpc::Status GetTrainingJob(grpc::ServerContext*, const training::v1::GetTrainingJobRequest*,
                              training::v1::TrainingJob* reply) override {
    reply->set_id("job-1");
    reply->mutable_progress()->set_phase(training::v1::TRAINING_PHASE_TRAINING);
    reply->mutable_progress()->set_num_done(1);
    reply->mutable_progress()->set_num_total(1);
    reply->set_state(job_error.empty() ? training::v1::JOB_STATE_SUCCEEDED
                                       : training::v1::JOB_STATE_FAILED);
    if (!job_error.empty()) {
      reply->mutable_error()->set_message(job_error);
      reply->mutable_error()->set_code(grpc::StatusCode::FAILED_PRECONDITION);
    }
    *reply->mutable_report() = report;
    reply->mutable_report()->set_model_version(absl::StrCat(spec.output(), "@1"));
    versions[reply->report().model_version()] = {{"manifest.json", "{}"},
                                                 {"model.bin", std::string(700'000, 'w')}};
    return grpc::Status::OK;
  }

  // Promised by an export, but not sent.
  size_t missing_bytes = 0;
};

// Every text gets the span [0, 1); a comparison is decided after `judgements_wanted` answers.
class FakeEvaluation final : public evaluation::v1::EvaluationService::Service {
 public:
  explicit FakeEvaluation(const FakeAnnotation& annotation) : annotation_(annotation) {}

  evaluation::v1::Comparison comparison;
  size_t judgements_wanted = 2;
  evaluation::v1::EvaluateResponse evaluation;
  evaluation::v1::MeasureAgreementRequest agreement_request;
  evaluation::v1::MeasureAgreementResponse agreement;
  // Refuses CreateComparison and MeasureAgreement when set.
  absl::Status refusal;

  grpc::Status PredictStream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<evaluation::v1::PredictResponse, evaluation::v1::PredictRequest>*
          stream) override {
    evaluation::v1::PredictRequest request;
    while (stream->Read(&request)) {
      evaluation::v1::PredictResponse reply;
      reply.set_model_version("m@1");
      for (int i = 0; i < request.texts_size(); ++i) {
        common::v1::Span& span = *reply.add_predictions()->add_spans();
        span.set_end(1);
        span.set_label("L");
        span.set_score(0.5);
      }
      stream->Write(reply);
    }
    return grpc::Status::OK;
  }

  grpc::Status Evaluate(grpc::ServerContext*, const evaluation::v1::EvaluateRequest*,
                        evaluation::v1::EvaluateResponse* reply) override {
    *reply = evaluation;
    return grpc::Status::OK;
  }

  grpc::Status MeasureAgreement(grpc::ServerContext*,
                                const evaluation::v1::MeasureAgreementRequest* request,
                                evaluation::v1::MeasureAgreementResponse* reply) override {
    if (!refusal.ok()) return rpc::ToGrpc(refusal);
    agreement_request = *request;
    *reply = agreement;
    return grpc::Status::OK;
  }

  grpc::Status CreateComparison(grpc::ServerContext*,
                                const evaluation::v1::CreateComparisonRequest* request,
                                evaluation::v1::Comparison* reply) override {
    if (!refusal.ok()) return rpc::ToGrpc(refusal);
    if (request->validate_only()) return grpc::Status::OK;
    *comparison.mutable_spec() = request->spec();
    comparison.set_queue(request->spec().name());
    return GetComparison(nullptr, nullptr, reply);
  }

  grpc::Status GetComparison(grpc::ServerContext*, const evaluation::v1::GetComparisonRequest*,
                             evaluation::v1::Comparison* reply) override {
    const bool decided = annotation_.answers.size() >= judgements_wanted;
    comparison.mutable_result()->set_verdict(decided ? evaluation::v1::COMPARISON_VERDICT_B
                                                     : evaluation::v1::COMPARISON_VERDICT_RUNNING);
    *reply = comparison;
    return grpc::Status::OK;
  }

 private:
  const FakeAnnotation& annotation_;
};

}  // namespace winnow::cli

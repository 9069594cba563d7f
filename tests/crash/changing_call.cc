// One call that changes something, made on services in this process, which may be told to die at
// one of its steps: changing_call DATA METHOD STEP. STEP counts the writes and renames from the
// beginning of the call, 0: do not die; one more than there are: die before the reply. Prints the
// number of steps, the reply, and all there is afterwards, without times and random ids. METHOD
// "Prepare" makes what the calls need.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/step.h"
#include "google/protobuf/message.h"
#include "services/standalone/standalone.h"
#include "tests/testing/steps.h"
#include "winnow/annotation/v1/snapshots.grpc.pb.h"

namespace winnow::integration {
namespace {

namespace fs = std::filesystem;
using access::v1::AccessService;
using annotation::v1::AnnotationService;
using annotation::v1::SnapshotService;
using cli::Call;
using evaluation::v1::EvaluationService;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using training::v1::TrainingService;
using Reply = absl::StatusOr<std::string>;

constexpr char kId[] = "00000000-0000-4000-8000-000000000001";
constexpr char kPerson[] = "oracle";

// Steps since the call began; negative before.
std::atomic<int64_t> num_steps = INT64_MIN;
int64_t die_at = 0;

void CountStep(absl::string_view) {
  if (++num_steps == die_at) kill(getpid(), SIGKILL);
}

// Takes out what no two runs have in common.
void Normalise(Message& message) {
  static const std::set<std::string> kVolatile = {
      "id",     "path",   "database_id", "request_id",    "spec_digest",
      "digest", "status", "progress",    "fencing_token", "size_bytes"};
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const bool is_time =
        is_message && field->message_type()->file()->package() == "google.protobuf";
    if (is_time || kVolatile.contains(field->name())) {
      message.GetReflection()->ClearField(&message, field);
    } else if (is_message && !field->is_map() && field->is_repeated()) {
      for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i)
        Normalise(*message.GetReflection()->MutableRepeatedMessage(&message, field, i));
    } else if (is_message && !field->is_map()) {
      Normalise(*message.GetReflection()->MutableMessage(&message, field));
    }
  }
}

template <typename Response>
Reply Show(absl::StatusOr<Response> response) {
  if (!response.ok()) return response.status();
  Normalise(*response);
  return response->ShortDebugString();
}

// The services, and the calls.
class Calls {
 public:
  explicit Calls(const fs::path& data)
      : data_(data),
        services_(*standalone::Standalone::Start({.data_dir = data})),
        session_(services_->channel()),
        snapshots_(SnapshotService::NewStub(services_->channel())) {}

  absl::Status Prepare();
  Reply Run(const std::string& method) {
    const auto call = calls_.find(method);
    if (call == calls_.end()) return absl::NotFoundError(method);
    return call->second();
  }
  // Before the call is counted.
  absl::Status GetReady(const std::string& method);
  Reply State(const std::string& method);

 private:
  template <typename Request>
  Request WithId() {
    Request request;
    request.set_request_id(kId);
    return request;
  }
  absl::Status Await(const std::function<absl::StatusOr<bool>()>& done) {
    while (true) {
      WINNOW_ASSIGN_OR_RETURN(const bool is_done, done());
      if (is_done) return absl::OkStatus();
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
  absl::StatusOr<training::v1::ListTrainingJobsResponse> ListJobs() {
    return cli::Call(session_.training(), &TrainingService::Stub::ListTrainingJobs, {});
  }
  absl::Status AwaitJobs() {
    return Await([&]() -> absl::StatusOr<bool> {
      WINNOW_ASSIGN_OR_RETURN(const auto list, ListJobs());
      for (const auto& job : list.jobs()) {
        if (job.state() < training::v1::JOB_STATE_SUCCEEDED) return false;
      }
      return true;
    });
  }
  absl::StatusOr<annotation::v1::LeaseTasksResponse> Leased() {
    annotation::v1::LeaseTasksResponse leased;
    WINNOW_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(data_ / "leased"));
    leased.ParseFromString(bytes);
    return leased;
  }

  Reply ImportDataset(const std::string& id, const std::string& name, const std::string& file,
                      size_t num_lines);
  Reply ImportSource(const std::string& id, const std::string& name, size_t num_lines);
  Reply ImportModel();
  Reply SubmitAnswers(uint64_t first_id);
  Reply CreateQueue(const std::string& id, const std::string& name, annotation::v1::TaskKind kind);
  Reply AddComparisons();
  Reply CreateTrainingJob(const std::string& id, const std::string& output, uint32_t epochs);
  Reply CancelTrainingJob();
  Reply CreateComparison(const std::string& id, const std::string& name, const std::string& source);
  absl::Status BeginLongComparison();
  absl::StatusOr<evaluation::v1::Comparison> GetLongComparison() {
    evaluation::v1::GetComparisonRequest request;
    request.set_name("long");
    return Call(session_.evaluation(), &EvaluationService::Stub::GetComparison, request);
  }

  const fs::path data_;
  const std::unique_ptr<standalone::Standalone> services_;
  Session session_;
  const std::unique_ptr<SnapshotService::Stub> snapshots_;
  const std::map<std::string, std::function<Reply()>> calls_ = {
      {"ImportDataset",
       [this] { return ImportDataset(kId, "base", "job_titles_raw_gold.jsonl", 9); }},
      {"DeleteDataset",
       [this] {
         auto request = WithId<annotation::v1::DeleteDatasetRequest>();
         request.set_name("spare");
         return Show(Call(session_.annotation(), &AnnotationService::Stub::DeleteDataset, request));
       }},
      {"MergeDatasets",
       [this] {
         auto request = WithId<annotation::v1::MergeDatasetsRequest>();
         request.add_datasets("little");
         request.add_datasets("spare");
         request.set_output("merged");
         return Show(Call(session_.annotation(), &AnnotationService::Stub::MergeDatasets, request));
       }},
      {"ImportSource", [this] { return ImportSource(kId, "fresh", 150); }},
      {"DeleteSource",
       [this] {
         auto request = WithId<annotation::v1::DeleteSourceRequest>();
         request.set_name("spare");
         return Show(Call(session_.annotation(), &AnnotationService::Stub::DeleteSource, request));
       }},
      {"UpdatePerson",
       [this] {
         access::v1::UpdatePersonRequest request;
         request.set_name("anna");
         request.set_role(access::v1::ROLE_REVIEWER);
         request.set_disabled(true);
         return Show(Call(session_.access(), &AccessService::Stub::UpdatePerson, request));
       }},
      {"RemovePerson",
       [this] {
         access::v1::RemovePersonRequest request;
         request.set_name("anna");
         return Show(Call(session_.access(), &AccessService::Stub::RemovePerson, request));
       }},
      {"CreateQueue", [this] { return CreateQueue(kId, "new", annotation::v1::TASK_KIND_TEACH); }},
      {"UpdateQueue",
       [this] {
         auto request = WithId<annotation::v1::UpdateQueueRequest>();
         request.set_name("teach");
         request.set_audit_share(0.5);
         return Show(Call(session_.annotation(), &AnnotationService::Stub::UpdateQueue, request));
       }},
      {"DeleteQueue",
       [this] {
         auto request = WithId<annotation::v1::DeleteQueueRequest>();
         request.set_name("compare");
         return Show(Call(session_.annotation(), &AnnotationService::Stub::DeleteQueue, request));
       }},
      {"AddComparisons", [this] { return AddComparisons(); }},
      {"SubmitAnswers", [this] { return SubmitAnswers(100); }},
      {"UndoAnswer",
       [this] {
         auto request = WithId<annotation::v1::UndoAnswerRequest>();
         request.set_queue("teach");
         request.set_annotator(kPerson);
         return Show(Call(session_.annotation(), &AnnotationService::Stub::UndoAnswer, request));
       }},
      {"CreateSnapshot",
       [this] {
         return Show(Call(*snapshots_, &SnapshotService::Stub::CreateSnapshot,
                          WithId<annotation::v1::CreateSnapshotRequest>()));
       }},
      {"RenewSnapshot",
       [this]() -> Reply {
         annotation::v1::RenewSnapshotRequest request;
         WINNOW_ASSIGN_OR_RETURN(*request.mutable_id(), ReadFile(data_ / "snapshot"));
         return Show(Call(*snapshots_, &SnapshotService::Stub::RenewSnapshot, request));
       }},
      {"ReleaseSnapshot",
       [this]() -> Reply {
         annotation::v1::ReleaseSnapshotRequest request;
         WINNOW_ASSIGN_OR_RETURN(*request.mutable_id(), ReadFile(data_ / "snapshot"));
         return Show(Call(*snapshots_, &SnapshotService::Stub::ReleaseSnapshot, request));
       }},
      {"CreateTrainingJob", [this] { return CreateTrainingJob(kId, "trained", 1); }},
      {"CancelTrainingJob", [this] { return CancelTrainingJob(); }},
      {"ImportModel", [this] { return ImportModel(); }},
      {"PromoteModel",
       [this] {
         auto request = WithId<training::v1::PromoteModelRequest>();
         request.set_version("jobs@1");
         return Show(Call(session_.training(), &TrainingService::Stub::PromoteModel, request));
       }},
      {"RollbackModel",
       [this] {
         auto request = WithId<training::v1::RollbackModelRequest>();
         request.set_model("jobs");
         return Show(Call(session_.training(), &TrainingService::Stub::RollbackModel, request));
       }},
      {"CreateComparison", [this] { return CreateComparison(kId, "new", "pool"); }},
      {"CancelComparison",
       [this]() -> Reply {
         evaluation::v1::CancelComparisonRequest request;
         request.set_name("long");
         const auto comparison =
             Call(session_.evaluation(), &EvaluationService::Stub::CancelComparison, request);
         // How far it has come is no two times the same.
         if (!comparison.ok()) return comparison.status();
         return comparison->spec().name();
       }},
      {"DeleteComparison",
       [this] {
         auto request = WithId<evaluation::v1::DeleteComparisonRequest>();
         request.set_name("ab");
         return Show(
             Call(session_.evaluation(), &EvaluationService::Stub::DeleteComparison, request));
       }},
  };
  // Waits for the long comparison.
  std::jthread waiting_;
};

Reply Calls::ImportDataset(const std::string& id, const std::string& name, const std::string& file,
                           size_t num_lines) {
  WINNOW_ASSIGN_OR_RETURN(const std::string rows, ExampleLines(file, num_lines));
  grpc::ClientContext context;
  annotation::v1::ImportDatasetResponse response;
  const auto writer = session_.annotation().ImportDataset(&context, &response);
  annotation::v1::ImportDatasetRequest request;
  request.mutable_header()->set_request_id(id);
  request.mutable_header()->set_dataset(name);
  request.mutable_header()->set_coverage(annotation::v1::COVERAGE_COMPLETE);
  writer->Write(request);
  request.set_chunk(rows);
  writer->Write(request);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  return Show<annotation::v1::ImportDatasetResponse>(response);
}

Reply Calls::ImportSource(const std::string& id, const std::string& name, size_t num_lines) {
  WINNOW_ASSIGN_OR_RETURN(const std::string rows, ExampleLines("job_titles_raw.jsonl", num_lines));
  grpc::ClientContext context;
  annotation::v1::ImportSourceResponse response;
  const auto writer = session_.annotation().ImportSource(&context, &response);
  annotation::v1::ImportSourceRequest request;
  request.mutable_header()->set_request_id(id);
  request.mutable_header()->set_source(name);
  request.mutable_header()->set_format(annotation::v1::SOURCE_FORMAT_JSONL);
  writer->Write(request);
  request.set_chunk(rows);
  writer->Write(request);
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  return Show<annotation::v1::ImportSourceResponse>(response);
}

Reply Calls::ImportModel() {
  WINNOW_ASSIGN_OR_RETURN(const ModelFiles files, ExportModel(session_, "jobs@1"));
  grpc::ClientContext context;
  training::v1::ModelVersion version;
  const auto writer = session_.training().ImportModel(&context, &version);
  training::v1::ImportModelRequest request;
  request.mutable_header()->set_request_id(kId);
  request.mutable_header()->set_model("copy");
  writer->Write(request);
  for (const auto& [name, content] : files) {
    request.mutable_file()->set_name(name);
    request.mutable_file()->set_size_bytes(content.size());
    writer->Write(request);
    request.set_chunk(content);
    writer->Write(request);
  }
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  return Show<training::v1::ModelVersion>(version);
}

Reply Calls::SubmitAnswers(uint64_t first_id) {
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::LeaseTasksResponse leased, Leased());
  annotation::v1::SubmitAnswersRequest request;
  request.set_queue("teach");
  request.set_annotator(kPerson);
  for (const annotation::v1::Task& task : leased.tasks()) {
    annotation::v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(absl::StrCat("0000000000000000", absl::Hex(++first_id, absl::kZeroPad16)));
    answer.set_task_id(task.task_id());
    answer.set_fencing_token(task.fencing_token());
    answer.set_verdict(common::v1::VERDICT_ACCEPT);
  }
  return Show(Call(session_.annotation(), &AnnotationService::Stub::SubmitAnswers, request));
}

Reply Calls::CreateQueue(const std::string& id, const std::string& name,
                         annotation::v1::TaskKind kind) {
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(id);
  annotation::v1::QueueSpec& spec = *request.mutable_spec();
  spec.set_name(name);
  spec.set_kind(kind);
  spec.set_dataset(absl::StrCat("answers_", name));
  if (kind == annotation::v1::TASK_KIND_TEACH) {
    spec.set_source("pool");
    spec.set_model("jobs");
    spec.add_labels(kJobTitle);
  }
  return Show(Call(session_.annotation(), &AnnotationService::Stub::CreateQueue, request));
}

Reply Calls::AddComparisons() {
  auto request = WithId<annotation::v1::AddComparisonsRequest>();
  request.set_queue("compare");
  for (const char* text : {"a nurse", "a cook"}) {
    annotation::v1::ComparisonTask& task = *request.add_tasks();
    task.set_text(text);
    task.mutable_comparison()->set_model_a("jobs@1");
    task.mutable_comparison()->set_model_b("other@1");
  }
  return Show(Call(session_.annotation(), &AnnotationService::Stub::AddComparisons, request));
}

Reply Calls::CreateTrainingJob(const std::string& id, const std::string& output, uint32_t epochs) {
  training::v1::CreateTrainingJobRequest request;
  request.set_request_id(id);
  *request.mutable_spec() = TrainingSpecOf("base", "blank:en", output);
  request.mutable_spec()->set_epochs(epochs);
  auto job = Call(session_.training(), &TrainingService::Stub::CreateTrainingJob, request);
  if (!job.ok()) return job.status();
  // The reply tells how it stands.
  job->clear_state();
  job->clear_report();
  return Show(std::move(job));
}

Reply Calls::CancelTrainingJob() {
  WINNOW_ASSIGN_OR_RETURN(const auto list, ListJobs());
  training::v1::CancelTrainingJobRequest request;
  request.set_id(list.jobs(0).id());
  auto job = Call(session_.training(), &TrainingService::Stub::CancelTrainingJob, request);
  if (!job.ok()) return job.status();
  return job->spec().output();
}

Reply Calls::CreateComparison(const std::string& id, const std::string& name,
                              const std::string& source) {
  evaluation::v1::CreateComparisonRequest request;
  request.set_request_id(id);
  evaluation::v1::ComparisonSpec& spec = *request.mutable_spec();
  spec.set_name(name);
  spec.set_model_a("jobs@1");
  spec.set_model_b("other@1");
  spec.set_source(source);
  spec.set_dataset("preferences");
  spec.add_labels(kJobTitle);
  return Show(Call(session_.evaluation(), &EvaluationService::Stub::CreateComparison, request));
}

absl::Status Calls::BeginLongComparison() {
  if (!absl::IsNotFound(GetLongComparison().status())) return absl::OkStatus();
  std::string words, rows;
  for (int i = 0; i < 1000; ++i) words += "Nurse wanted in Paris. ";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&rows, R"({"text": ")", words, i, "\"}\n");
  WINNOW_RETURN_IF_ERROR(integration::ImportSource(session_, "long", rows).status());
  waiting_ = std::jthread([this] { (void)CreateComparison(kId, "long", "long"); });
  return Await([&]() -> absl::StatusOr<bool> {
    const auto comparison = GetLongComparison();
    if (absl::IsNotFound(comparison.status())) return false;
    WINNOW_RETURN_IF_ERROR(comparison.status());
    return comparison->has_num_total();
  });
}

absl::Status Calls::Prepare() {
  for (const auto& [name, role] :
       {std::pair("root", access::v1::ROLE_ADMIN), std::pair("anna", access::v1::ROLE_ANNOTATOR)}) {
    access::v1::CreatePersonRequest request;
    request.set_name(name);
    request.set_role(role);
    WINNOW_RETURN_IF_ERROR(
        Call(session_.access(), &AccessService::Stub::CreatePerson, request).status());
  }
  const auto new_id = [] { return cli::NewRequestId(); };
  WINNOW_RETURN_IF_ERROR(ImportDataset(new_id(), "base", "job_titles_gold.jsonl", 60).status());
  WINNOW_RETURN_IF_ERROR(ImportDataset(new_id(), "little", "job_titles_gold.jsonl", 9).status());
  WINNOW_RETURN_IF_ERROR(ImportDataset(new_id(), "spare", "job_titles_gold.jsonl", 9).status());
  WINNOW_RETURN_IF_ERROR(ImportSource(new_id(), "pool", 60).status());
  WINNOW_RETURN_IF_ERROR(ImportSource(new_id(), "spare", 9).status());
  WINNOW_RETURN_IF_ERROR(Train(session_, TrainingSpecOf("base", "blank:en", "jobs")).status());
  WINNOW_RETURN_IF_ERROR(Train(session_, TrainingSpecOf("little", "blank:en", "other")).status());
  WINNOW_ASSIGN_OR_RETURN(ModelFiles files, ExportModel(session_, "jobs@1"));
  WINNOW_RETURN_IF_ERROR(
      integration::ImportModel(session_, "jobs", CopyMadeLater(std::move(files), 1)).status());
  WINNOW_RETURN_IF_ERROR(Promote(session_, "jobs@2").status());
  WINNOW_RETURN_IF_ERROR(CreateQueue(new_id(), "teach", annotation::v1::TASK_KIND_TEACH).status());
  WINNOW_RETURN_IF_ERROR(
      CreateQueue(new_id(), "compare", annotation::v1::TASK_KIND_COMPARE).status());
  WINNOW_RETURN_IF_ERROR(CreateComparison(new_id(), "ab", "pool").status());
  annotation::v1::CreateSnapshotRequest with_new_id;
  with_new_id.set_request_id(new_id());
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Snapshot snapshot,
                          Call(*snapshots_, &SnapshotService::Stub::CreateSnapshot, with_new_id));
  WINNOW_RETURN_IF_ERROR(WriteFileDurably(data_ / "snapshot", snapshot.id()));
  // An answer to undo, and tasks to answer.
  for (int i = 0; i < 2; ++i) {
    annotation::v1::LeaseTasksRequest lease;
    lease.set_queue("teach");
    lease.set_annotator(kPerson);
    lease.set_max_tasks(2);
    lease.mutable_ttl()->set_seconds(3600);
    WINNOW_ASSIGN_OR_RETURN(
        const annotation::v1::LeaseTasksResponse leased,
        Call(session_.annotation(), &AnnotationService::Stub::LeaseTasks, lease));
    WINNOW_RETURN_IF_ERROR(WriteFileDurably(data_ / "leased", leased.SerializeAsString()));
    if (i == 0) WINNOW_RETURN_IF_ERROR(SubmitAnswers(0).status());
  }
  return absl::OkStatus();
}

absl::Status Calls::GetReady(const std::string& method) {
  if (method == "CancelComparison") return BeginLongComparison();
  if (method != "CancelTrainingJob") return absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(CreateTrainingJob(kId, "endless", 1000).status());
  return Await([&]() -> absl::StatusOr<bool> {
    WINNOW_ASSIGN_OR_RETURN(const auto list, ListJobs());
    return list.jobs(0).state() != training::v1::JOB_STATE_QUEUED;
  });
}

Reply Calls::State(const std::string& method) {
  WINNOW_RETURN_IF_ERROR(AwaitJobs());
  std::vector<Reply> parts;
  parts.push_back(Show(Call(session_.access(), &AccessService::Stub::ListPeople, {})));
  AnnotationService::Stub& annotation = session_.annotation();
  WINNOW_ASSIGN_OR_RETURN(auto datasets,
                          Call(annotation, &AnnotationService::Stub::ListDatasets, {}));
  parts.push_back(Show<annotation::v1::ListDatasetsResponse>(datasets));
  for (const auto& dataset : datasets.datasets()) {
    WINNOW_ASSIGN_OR_RETURN(const std::string rows, ExportDataset(session_, dataset.name()));
    parts.push_back(absl::StrCat(rows.size(), " bytes in ", dataset.name()));
  }
  parts.push_back(Show(Call(annotation, &AnnotationService::Stub::ListSources, {})));
  parts.push_back(Show(Call(annotation, &AnnotationService::Stub::ListQueues, {})));
  WINNOW_ASSIGN_OR_RETURN(auto models,
                          Call(session_.training(), &TrainingService::Stub::ListModels, {}));
  for (const auto& model : models.models()) {
    std::map<std::string, uint64_t> aliases;
    for (const auto& [alias, number] : model.aliases()) aliases[alias] = number;
    std::string line = absl::StrCat(model.name(), " of ", model.num_versions());
    for (const auto& [alias, number] : aliases) absl::StrAppend(&line, " ", alias, " ", number);
    parts.push_back(line);
  }
  WINNOW_ASSIGN_OR_RETURN(const auto list, ListJobs());
  for (const auto& job : list.jobs())
    parts.push_back(absl::StrCat(job.spec().output(), " ", job.state(), " ",
                                 job.report().model_version(), " ", job.error().message()));
  parts.push_back(Show(Call(session_.evaluation(), &EvaluationService::Stub::ListComparisons, {})));
  if (method == "CancelComparison") {
    absl::StatusOr<evaluation::v1::Comparison> cancelled;
    WINNOW_RETURN_IF_ERROR(Await([&]() -> absl::StatusOr<bool> {
      WINNOW_ASSIGN_OR_RETURN(cancelled, GetLongComparison());
      return cancelled->state() >= evaluation::v1::COMPARISON_STATE_READY;
    }));
    parts.push_back(cancelled->error());
  }
  // Those of a job that was killed end with their lease.
  if (absl::EndsWith(method, "Snapshot")) {
    const fs::directory_iterator snapshots(data_ / "corpus" / "snapshots");
    parts.push_back(
        absl::StrCat(std::distance(fs::begin(snapshots), fs::end(snapshots)), " snapshots"));
  }
  if (method == "SubmitAnswers" || method == "UndoAnswer") {
    WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Queue queue, GetQueue(session_, "teach"));
    parts.push_back(absl::StrCat(queue.status().num_answers(), " answers, ",
                                 queue.status().num_leased(), " leases"));
  }
  std::string state;
  for (const Reply& part : parts) {
    WINNOW_RETURN_IF_ERROR(part.status());
    absl::StrAppend(&state, *part, "; ");
  }
  return state;
}

absl::Status Run(const std::string& data, const std::string& method) {
  Calls calls(data);
  if (method == "Prepare") return calls.Prepare();
  WINNOW_RETURN_IF_ERROR(calls.GetReady(method));
  num_steps = 0;
  WINNOW_ASSIGN_OR_RETURN(const std::string reply, calls.Run(method));
  WINNOW_ASSIGN_OR_RETURN(const std::string state, calls.State(method));
  const int64_t steps = num_steps;
  if (die_at > 0) kill(getpid(), SIGKILL);
  std::printf("steps %lld\nreply %s\nstate %s\n", static_cast<long long>(steps), reply.c_str(),
              state.c_str());
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::integration

int main(int argc, char** argv) {
  if (argc != 4 || !absl::SimpleAtoi(argv[3], &winnow::integration::die_at)) return 2;
  winnow::SetLogLevel(winnow::LogLevel::kError);
  winnow::SetStepHook(winnow::integration::CountStep);
  const absl::Status status = winnow::integration::Run(argv[1], argv[2]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::fflush(stderr);
  // Whatever lies on disk is what counts.
  _exit(status.ok() ? 0 : 1);
}

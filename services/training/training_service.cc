#include "services/training/training_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "common/rpc/convert.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "services/training/model_upload.h"
#include "services/training/training_spec.h"

namespace winnow::training {
namespace {

constexpr size_t kMaxPage = 1'000;
constexpr size_t kDefaultPage = 100;
constexpr absl::Duration kWatchInterval = absl::Milliseconds(500);

size_t PageSize(uint32_t asked) {
  return asked == 0 ? kDefaultPage : std::min<size_t>(asked, kMaxPage);
}

absl::StatusOr<v1::ModelVersion> Describe(const models::ModelStore& store,
                                          const models::VersionName& version, bool with_files) {
  WINNOW_ASSIGN_OR_RETURN(const models::Manifest manifest, store.GetManifest(version));
  v1::ModelVersion result;
  result.set_name(version.ToString());
  for (const std::string& label : manifest.labels) result.add_labels(label);
  *result.mutable_created() = rpc::ToTimestamp(absl::FromUnixMicros(manifest.created_unix_micros));
  uint64_t size_bytes = 0;
  for (const auto& [name, file] : manifest.files) size_bytes += file.size_bytes;
  result.set_size_bytes(size_bytes);
  WINNOW_ASSIGN_OR_RETURN(*result.mutable_digest(), store.GetDigest(version));
  const absl::StatusOr<std::string> lineage_json =
      store.ReadVersionFile(version, models::kLineageFile);
  if (lineage_json.ok()) {
    const absl::StatusOr<models::Lineage> lineage = models::Lineage::Parse(*lineage_json);
    if (lineage.ok()) result.set_parent(lineage->parent);
  }
  if (with_files) {
    if (lineage_json.ok()) result.set_lineage_json(*lineage_json);
    const absl::StatusOr<std::string> metrics =
        store.ReadVersionFile(version, models::kMetricsFile);
    if (metrics.ok()) result.set_metrics_json(*metrics);
  }
  return result;
}

absl::StatusOr<v1::Model> DescribeModel(const models::ModelStore& store, const std::string& name) {
  v1::Model model;
  model.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(const models::Aliases aliases, store.GetAliases(name));
  for (const auto& [alias, number] : aliases) (*model.mutable_aliases())[alias] = number;
  for (const uint64_t number : store.ListVersions(name)) {
    WINNOW_ASSIGN_OR_RETURN(*model.add_versions(),
                            Describe(store, {name, number}, /*with_files=*/false));
  }
  return model;
}

// Changes a model's aliases by `change`, which returns the model's name, once per request id.
template <typename Request, typename Change>
absl::Status ChangeOnce(JobStore& requests, const models::ModelStore& store, const Request& request,
                        const Change& change, v1::Model& response) {
  Request body = request;
  body.clear_request_id();
  const auto work = [&]() -> absl::StatusOr<std::string> {
    WINNOW_ASSIGN_OR_RETURN(const std::string name, change());
    WINNOW_ASSIGN_OR_RETURN(const v1::Model model, DescribeModel(store, name));
    return model.SerializeAsString();
  };
  const std::string scope = Request::descriptor()->full_name();
  WINNOW_ASSIGN_OR_RETURN(const std::string reply,
                          requests.Once(request.request_id(),
                                        absl::StrCat(scope, "\n", body.SerializeAsString()), work));
  response.ParseFromString(reply);
  return absl::OkStatus();
}

template <typename Work>
grpc::Status Reply(const Work& work) {
  return rpc::ToGrpc(work());
}

}  // namespace

grpc::Status TrainingServiceImpl::CreateTrainingJob(grpc::ServerContext*,
                                                    const v1::CreateTrainingJobRequest* request,
                                                    v1::TrainingJob* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_RETURN_IF_ERROR(CheckSpec(request->spec()));
    WINNOW_ASSIGN_OR_RETURN(*response, jobs_.Create(*request));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::GetTrainingJob(grpc::ServerContext*,
                                                 const v1::GetTrainingJobRequest* request,
                                                 v1::TrainingJob* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(*response, jobs_.Get(request->id()));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::WatchTrainingJob(grpc::ServerContext* context,
                                                   const v1::GetTrainingJobRequest* request,
                                                   grpc::ServerWriter<v1::TrainingJob>* writer) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(v1::TrainingJob job, jobs_.Get(request->id()));
    std::string sent;
    while (!context->IsCancelled()) {
      if (job.SerializeAsString() != sent) {
        if (!writer->Write(job)) return absl::CancelledError("the client went away");
        sent = job.SerializeAsString();
      }
      if (HasEnded(job)) return absl::OkStatus();
      WINNOW_ASSIGN_OR_RETURN(job, jobs_.WaitForChange(job, kWatchInterval));
    }
    return absl::CancelledError("the watch was cancelled");
  });
}

grpc::Status TrainingServiceImpl::CancelTrainingJob(grpc::ServerContext*,
                                                    const v1::CancelTrainingJobRequest* request,
                                                    v1::TrainingJob* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(*response, jobs_.Cancel(request->id()));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ListTrainingJobs(grpc::ServerContext*,
                                                   const v1::ListTrainingJobsRequest* request,
                                                   v1::ListTrainingJobsResponse* response) {
  return Reply([&]() -> absl::Status {
    const size_t size = PageSize(request->page_size());
    WINNOW_ASSIGN_OR_RETURN(std::vector<v1::TrainingJob> jobs,
                            jobs_.List(request->page_token(), size));
    if (jobs.size() == size) response->set_next_page_token(jobs.back().id());
    for (v1::TrainingJob& job : jobs) *response->add_jobs() = std::move(job);
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ListModels(grpc::ServerContext*,
                                             const v1::ListModelsRequest* request,
                                             v1::ListModelsResponse* response) {
  return Reply([&]() -> absl::Status {
    const models::ModelStore& store = publisher_.store();
    const size_t size = PageSize(request->page_size());
    for (const std::string& name : store.ListModels()) {
      if (name <= request->page_token()) continue;
      if (static_cast<size_t>(response->models_size()) == size) {
        response->set_next_page_token(response->models().rbegin()->name());
        break;
      }
      WINNOW_ASSIGN_OR_RETURN(*response->add_models(), DescribeModel(store, name));
    }
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::GetModelVersion(grpc::ServerContext*,
                                                  const v1::GetModelVersionRequest* request,
                                                  v1::ModelVersion* response) {
  return Reply([&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const models::VersionName version,
                            publisher_.store().Resolve(request->name()));
    WINNOW_ASSIGN_OR_RETURN(*response, Describe(publisher_.store(), version, /*with_files=*/true));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ImportModel(grpc::ServerContext*,
                                              grpc::ServerReader<v1::ImportModelRequest>* reader,
                                              v1::ModelVersion* response) {
  return Reply([&]() -> absl::Status {
    ModelUpload upload;
    v1::ImportModelRequest part;
    while (reader->Read(&part)) WINNOW_RETURN_IF_ERROR(upload.Add(part));
    WINNOW_ASSIGN_OR_RETURN(models::Files files, upload.Finish());
    WINNOW_ASSIGN_OR_RETURN(const models::VersionName version,
                            publisher_.Import(upload.model(), std::move(files)));
    WINNOW_ASSIGN_OR_RETURN(*response, Describe(publisher_.store(), version, /*with_files=*/false));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ExportModel(grpc::ServerContext*,
                                              const v1::ExportModelRequest* request,
                                              grpc::ServerWriter<v1::ExportModelResponse>* writer) {
  return Reply([&]() -> absl::Status {
    const models::ModelStore& store = publisher_.store();
    WINNOW_ASSIGN_OR_RETURN(const models::VersionName version, store.Resolve(request->name()));
    WINNOW_ASSIGN_OR_RETURN(const models::Manifest manifest, store.GetManifest(version));
    std::vector<std::string> names = {std::string(models::kManifestFile)};
    for (const auto& [name, file] : manifest.files) names.push_back(name);
    for (const std::string& name : names) {
      WINNOW_ASSIGN_OR_RETURN(const std::string content, store.ReadVersionFile(version, name));
      v1::ExportModelResponse part;
      part.mutable_file()->set_name(name);
      part.mutable_file()->set_size_bytes(content.size());
      bool written = writer->Write(part);
      for (size_t at = 0; written && at < content.size(); at += rpc::kChunkBytes) {
        part.set_chunk(content.substr(at, rpc::kChunkBytes));
        written = writer->Write(part);
      }
      if (!written) return absl::CancelledError("the client went away");
    }
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::PromoteModel(grpc::ServerContext*,
                                               const v1::PromoteModelRequest* request,
                                               v1::Model* response) {
  return Reply([&] {
    const auto promote = [&]() -> absl::StatusOr<std::string> {
      WINNOW_ASSIGN_OR_RETURN(const models::VersionName version,
                              publisher_.store().Resolve(request->version()));
      WINNOW_RETURN_IF_ERROR(publisher_.Promote(version).status());
      return version.model;
    };
    return ChangeOnce(requests_, publisher_.store(), *request, promote, *response);
  });
}

grpc::Status TrainingServiceImpl::RollbackModel(grpc::ServerContext*,
                                                const v1::RollbackModelRequest* request,
                                                v1::Model* response) {
  return Reply([&] {
    const auto roll_back = [&]() -> absl::StatusOr<std::string> {
      WINNOW_RETURN_IF_ERROR(publisher_.Rollback(request->model()).status());
      return request->model();
    };
    return ChangeOnce(requests_, publisher_.store(), *request, roll_back, *response);
  });
}

}  // namespace winnow::training

#include "services/training/training_service.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "common/rpc/convert.h"
#include "common/rpc/page.h"
#include "common/rpc/request_key.h"
#include "common/rpc/server.h"
#include "common/rpc/split_keys.h"
#include "common/text/utf8.h"
#include "services/training/api.h"
#include "services/training/lexicon_of_vectors.h"
#include "services/training/model_upload.h"
#include "services/training/spec_check.h"
#include "services/training/training_jobs.h"

namespace winnow::training {
namespace {

// How soon a watcher that went away is noticed.
constexpr absl::Duration kWatchInterval = absl::Milliseconds(100);

absl::StatusOr<v1::ModelVersion> Describe(const models::ModelStore& store,
                                          const models::VersionName& version, bool with_files) {
  WINNOW_ASSIGN_OR_RETURN(const models::Manifest manifest, store.GetManifest(version));
  v1::ModelVersion result;
  result.set_name(version.ToString());
  for (const std::string& label : manifest.labels) result.add_labels(label);
  *result.mutable_create_time() =
      rpc::ToTimestamp(absl::FromUnixMicros(manifest.created_unix_micros));
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

// For lists, in which a damaged item hides no other: it has its name, and why.
template <typename Message>
Message OrProblem(absl::StatusOr<Message> described, const std::string& name) {
  if (described.ok()) return *std::move(described);
  LogEvent(LogLevel::kError, "damaged", {{"name", name}, {"error", described.status().message()}});
  Message damaged;
  damaged.set_name(name);
  damaged.set_problem(text::ReplaceInvalidUtf8(described.status().message()));
  return damaged;
}

v1::Model ToModel(const models::ModelStore& store, const std::string& name,
                  const models::Aliases& aliases) {
  v1::Model model;
  model.set_name(name);
  for (const auto& [alias, number] : aliases) (*model.mutable_aliases())[alias] = number;
  model.set_num_versions(store.ListVersions(name).size());
  return model;
}

absl::StatusOr<v1::Model> DescribeModel(const models::ModelStore& store, const std::string& name) {
  WINNOW_ASSIGN_OR_RETURN(const models::Aliases aliases, store.GetAliases(name));
  return ToModel(store, name, aliases);
}

// NotFound (UNKNOWN_MODEL) unless the model has a version.
absl::StatusOr<std::vector<uint64_t>> FindVersions(const models::ModelStore& store,
                                                   const std::string& model) {
  std::vector<uint64_t> numbers = store.ListVersions(model);
  if (!numbers.empty()) return numbers;
  const absl::Status unknown = store.Resolve(model).status();
  return unknown.ok() ? absl::NotFoundError(absl::StrCat("no model \"", model, "\"")) : unknown;
}

// Tells one import from another.
std::string DigestOf(const std::string& model, const models::Files& files) {
  std::string digest = absl::StrCat(model, "\n");
  for (const auto& [name, content] : files)
    absl::StrAppend(&digest, name, " ", Sha256Hex(content), "\n");
  return digest;
}

// What an import would give: the version that has these files already, or their labels.
absl::Status CheckImport(models::ModelPublisher& publisher, const std::string& model,
                         models::Files files, v1::ModelVersion& response) {
  WINNOW_ASSIGN_OR_RETURN(const models::CheckedImport checked,
                          publisher.CheckImport(model, std::move(files)));
  if (checked.version.has_value()) {
    WINNOW_ASSIGN_OR_RETURN(response,
                            Describe(publisher.store(), *checked.version, /*with_files=*/false));
    return absl::OkStatus();
  }
  for (const std::string& label : checked.labels) response.add_labels(label);
  return absl::OkStatus();
}

// Changes a model's aliases by `change`, once per request id. It is passed whom to announce the
// aliases to (ModelPublisher), and returns the model's name.
template <typename Request, typename Change>
absl::Status ChangeOnce(kv::Once& requests, const models::ModelStore& store, const Request& request,
                        const std::string& name, const Change& change, v1::Model& response) {
  const kv::RequestKey key = rpc::KeyOf(request);
  const auto work = [&](kv::Batch&) -> absl::StatusOr<std::string> {
    const auto announce = [&](const models::Aliases& aliases) {
      return requests.Plan(key, ToModel(store, name, aliases).SerializeAsString());
    };
    WINNOW_ASSIGN_OR_RETURN(const models::Aliases aliases, change(announce));
    return ToModel(store, name, aliases).SerializeAsString();
  };
  WINNOW_ASSIGN_OR_RETURN(const std::string reply, requests.Run(key, work));
  response.ParseFromString(reply);
  return absl::OkStatus();
}

}  // namespace

grpc::Status TrainingServiceImpl::CreateTrainingJob(grpc::ServerContext* context,
                                                    const v1::CreateTrainingJobRequest* request,
                                                    v1::TrainingJob* response) {
  return handlers_.Run("Training.CreateTrainingJob", context, request, [&]() -> absl::Status {
    const storage::v1::TrainingSpec spec = SpecOf(request->spec());
    const storage::v1::TrainingFiles files = FilesOf(request->spec());
    WINNOW_RETURN_IF_ERROR(CheckSpec(spec, files));
    if (request->validate_only()) return absl::OkStatus();
    // The digest of the key is the job's spec_digest.
    WINNOW_ASSIGN_OR_RETURN(
        const storage::v1::Job job,
        jobs_.Create(rpc::MakeRequestKey("Training.CreateTrainingJob", request->request_id(),
                                         request->spec().SerializeAsString()),
                     {std::string(KindOf(spec, files)), spec.SerializeAsString(),
                      files.SerializeAsString()}));
    *response = ToApi(job);
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::GetTrainingJob(grpc::ServerContext* context,
                                                 const v1::GetTrainingJobRequest* request,
                                                 v1::TrainingJob* response) {
  return handlers_.Run("Training.GetTrainingJob", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Job job, jobs_.Get(request->id()));
    *response = ToApi(job);
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::WatchTrainingJob(grpc::ServerContext* context,
                                                   const v1::GetTrainingJobRequest* request,
                                                   grpc::ServerWriter<v1::TrainingJob>* writer) {
  return handlers_.Run("Training.WatchTrainingJob", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(storage::v1::Job job, jobs_.Get(request->id()));
    std::string sent;
    while (!context->IsCancelled()) {
      const v1::TrainingJob message = ToApi(job);
      std::string bytes = message.SerializeAsString();
      if (bytes != sent) {
        if (!writer->Write(message)) return absl::CancelledError("the client went away");
        sent = std::move(bytes);
      }
      if (jobs::HasEnded(job)) return absl::OkStatus();
      WINNOW_ASSIGN_OR_RETURN(job, jobs_.WaitForChange(job, kWatchInterval));
    }
    return absl::CancelledError("the watch was cancelled");
  });
}

grpc::Status TrainingServiceImpl::CancelTrainingJob(grpc::ServerContext* context,
                                                    const v1::CancelTrainingJobRequest* request,
                                                    v1::TrainingJob* response) {
  return handlers_.Run("Training.CancelTrainingJob", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Job job, jobs_.Cancel(request->id()));
    *response = ToApi(job);
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ListTrainingJobs(grpc::ServerContext* context,
                                                   const v1::ListTrainingJobsRequest* request,
                                                   v1::ListTrainingJobsResponse* response) {
  return handlers_.Run("Training.ListTrainingJobs", context, request, [&]() -> absl::Status {
    return rpc::ListPage(
        *request, *response, *response->mutable_jobs(),
        [&](absl::string_view after, size_t limit) {
          return jobs_.List(std::string(after), limit);
        },
        [](const storage::v1::Job& job) { return job.id(); },
        [](const storage::v1::Job& job) { return absl::StatusOr<v1::TrainingJob>(ToApi(job)); });
  });
}

grpc::Status TrainingServiceImpl::MakeLexicon(grpc::ServerContext* context,
                                              grpc::ServerReader<v1::MakeLexiconRequest>* reader,
                                              v1::MakeLexiconResponse* response) {
  return handlers_.Run("Training.MakeLexicon", context, [&]() -> absl::Status {
    v1::MakeLexiconRequest part;
    if (!reader->Read(&part) || !part.has_header())
      return absl::InvalidArgumentError("the first message of the stream must be the header");
    const uint64_t seed = part.header().seed();
    const auto next_piece = [&]() -> absl::StatusOr<std::string> {
      // An empty piece would be taken for the end.
      while (reader->Read(&part)) {
        if (!part.chunk().empty()) return part.chunk();
      }
      if (context->IsCancelled()) return absl::CancelledError("the upload broke off");
      return std::string();
    };
    WINNOW_ASSIGN_OR_RETURN(*response->mutable_lexicon(), LexiconOfVectors(next_piece, seed, [&] {
      return context->IsCancelled();
    }));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ListModels(grpc::ServerContext* context,
                                             const v1::ListModelsRequest* request,
                                             v1::ListModelsResponse* response) {
  return handlers_.Run("Training.ListModels", context, request, [&]() -> absl::Status {
    const models::ModelStore& store = publisher_.store();
    const auto list = [&](absl::string_view after, size_t) {
      std::vector<std::string> names = store.ListModels();
      std::erase_if(names, [&](const std::string& name) { return name <= after; });
      return absl::StatusOr<std::vector<std::string>>(std::move(names));
    };
    return rpc::ListPage(
        *request, *response, *response->mutable_models(), list,
        [](const std::string& name) { return name; },
        [&](const std::string& name) {
          return absl::StatusOr<v1::Model>(OrProblem(DescribeModel(store, name), name));
        });
  });
}

grpc::Status TrainingServiceImpl::GetModel(grpc::ServerContext* context,
                                           const v1::GetModelRequest* request,
                                           v1::Model* response) {
  return handlers_.Run("Training.GetModel", context, request, [&]() -> absl::Status {
    WINNOW_RETURN_IF_ERROR(FindVersions(publisher_.store(), request->name()).status());
    WINNOW_ASSIGN_OR_RETURN(*response, DescribeModel(publisher_.store(), request->name()));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ListModelVersions(grpc::ServerContext* context,
                                                    const v1::ListModelVersionsRequest* request,
                                                    v1::ListModelVersionsResponse* response) {
  return handlers_.Run("Training.ListModelVersions", context, request, [&]() -> absl::Status {
    const models::ModelStore& store = publisher_.store();
    const auto list = [&](absl::string_view after,
                          size_t) -> absl::StatusOr<std::vector<uint64_t>> {
      uint64_t last = 0;
      if (!after.empty() && !absl::SimpleAtoi(after, &last))
        return absl::InvalidArgumentError("page_token is damaged");
      WINNOW_ASSIGN_OR_RETURN(std::vector<uint64_t> numbers, FindVersions(store, request->model()));
      std::erase_if(numbers, [&](uint64_t number) { return number <= last; });
      return numbers;
    };
    return rpc::ListPage(
        *request, *response, *response->mutable_versions(), list,
        [](uint64_t number) { return absl::StrCat(number); },
        [&](uint64_t number) {
          const models::VersionName version{request->model(), number};
          return absl::StatusOr<v1::ModelVersion>(
              OrProblem(Describe(store, version, /*with_files=*/false), version.ToString()));
        });
  });
}

grpc::Status TrainingServiceImpl::GetModelVersion(grpc::ServerContext* context,
                                                  const v1::GetModelVersionRequest* request,
                                                  v1::ModelVersion* response) {
  return handlers_.Run("Training.GetModelVersion", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const models::VersionName version,
                            publisher_.store().Resolve(request->name()));
    WINNOW_ASSIGN_OR_RETURN(*response, Describe(publisher_.store(), version, /*with_files=*/true));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ImportModel(grpc::ServerContext* context,
                                              grpc::ServerReader<v1::ImportModelRequest>* reader,
                                              v1::ModelVersion* response) {
  return handlers_.Run("Training.ImportModel", context, [&]() -> absl::Status {
    ModelUpload upload;
    v1::ImportModelRequest part;
    std::string request_id;
    bool validate_only = false;
    while (reader->Read(&part)) {
      if (part.has_header()) {
        request_id = part.header().request_id();
        validate_only = part.header().validate_only();
      }
      WINNOW_RETURN_IF_ERROR(AddPart(part, upload));
    }
    if (context->IsCancelled()) return absl::CancelledError("the upload broke off");
    WINNOW_ASSIGN_OR_RETURN(models::Files files, upload.Finish());
    if (validate_only) return CheckImport(publisher_, upload.model(), std::move(files), *response);
    const kv::RequestKey key =
        rpc::MakeRequestKey("Training.ImportModel", request_id, DigestOf(upload.model(), files));
    const auto import = [&](kv::Batch&) -> absl::StatusOr<std::string> {
      WINNOW_ASSIGN_OR_RETURN(const models::VersionName version,
                              publisher_.Import(upload.model(), std::move(files)));
      LogEvent(LogLevel::kInfo, "version_imported", {{"version", version.ToString()}});
      return version.ToString();
    };
    WINNOW_ASSIGN_OR_RETURN(const std::string name, requests_.Run(key, import));
    WINNOW_ASSIGN_OR_RETURN(const models::VersionName version, publisher_.store().Resolve(name));
    WINNOW_ASSIGN_OR_RETURN(*response, Describe(publisher_.store(), version, /*with_files=*/false));
    return absl::OkStatus();
  });
}

grpc::Status TrainingServiceImpl::ExportModel(grpc::ServerContext* context,
                                              const v1::ExportModelRequest* request,
                                              grpc::ServerWriter<v1::ExportModelResponse>* writer) {
  return handlers_.Run("Training.ExportModel", context, request, [&]() -> absl::Status {
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

grpc::Status TrainingServiceImpl::PromoteModel(grpc::ServerContext* context,
                                               const v1::PromoteModelRequest* request,
                                               v1::Model* response) {
  return handlers_.Run("Training.PromoteModel", context, request, [&]() -> absl::Status {
    const auto promote =
        [&](models::ModelPublisher::Announce announce) -> absl::StatusOr<models::Aliases> {
      WINNOW_ASSIGN_OR_RETURN(const models::VersionName version,
                              publisher_.store().Resolve(request->version()));
      WINNOW_ASSIGN_OR_RETURN(models::Aliases aliases, publisher_.Promote(version, announce));
      LogEvent(LogLevel::kInfo, "version_promoted", {{"version", version.ToString()}});
      return aliases;
    };
    WINNOW_ASSIGN_OR_RETURN(const models::Reference reference,
                            models::Reference::Parse(request->version()));
    return ChangeOnce(requests_, publisher_.store(), *request, reference.model, promote, *response);
  });
}

grpc::Status TrainingServiceImpl::RollbackModel(grpc::ServerContext* context,
                                                const v1::RollbackModelRequest* request,
                                                v1::Model* response) {
  return handlers_.Run("Training.RollbackModel", context, request, [&] {
    const auto roll_back =
        [&](models::ModelPublisher::Announce announce) -> absl::StatusOr<models::Aliases> {
      WINNOW_ASSIGN_OR_RETURN(models::Aliases aliases,
                              publisher_.Rollback(request->model(), announce));
      const auto serving = aliases.find(std::string(models::kServing));
      if (serving != aliases.end())
        LogEvent(LogLevel::kInfo, "model_rolled_back",
                 {{"model", request->model()}, {"serving", serving->second}});
      return aliases;
    };
    return ChangeOnce(requests_, publisher_.store(), *request, request->model(), roll_back,
                      *response);
  });
}

grpc::Status TrainingServiceImpl::EraseTexts(grpc::ServerContext* context,
                                             const v1::EraseTextsRequest* request,
                                             v1::EraseTextsResponse* response) {
  return handlers_.Run("Training.EraseTexts", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const std::set<uint64_t> keys, rpc::SplitKeysOf(request->texts()));
    const auto erase = [&](kv::Batch&) -> absl::StatusOr<std::string> {
      WINNOW_ASSIGN_OR_RETURN(const auto erased, publisher_.EraseFromReplays(keys));
      v1::EraseTextsResponse reply;
      for (const auto& [version, num_examples] : erased) {
        v1::EraseTextsResponse::Version& item = *reply.add_versions();
        item.set_name(version.ToString());
        item.set_num_examples(num_examples);
      }
      return reply.SerializeAsString();
    };
    WINNOW_ASSIGN_OR_RETURN(const std::string reply, requests_.Run(rpc::KeyOf(*request), erase));
    response->ParseFromString(reply);
    return absl::OkStatus();
  });
}

absl::Status FinishRequests(kv::Once& requests, models::ModelPublisher& publisher) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<kv::Once::PlannedRequest> unfinished,
                          requests.Unfinished());
  for (const kv::Once::PlannedRequest& request : unfinished) {
    v1::Model model;
    if (!model.ParseFromString(request.plan))
      return absl::DataLossError("the plan of a request is damaged");
    const auto finish = [&](kv::Batch&) -> absl::StatusOr<std::string> {
      models::Aliases aliases;
      for (const auto& [alias, number] : model.aliases()) aliases[alias] = number;
      WINNOW_RETURN_IF_ERROR(publisher.SetAliases(model.name(), aliases));
      LogEvent(LogLevel::kInfo, "request_finished",
               {{"method", request.key.method}, {"model", model.name()}});
      return request.plan;
    };
    WINNOW_RETURN_IF_ERROR(requests.Run(request.key, finish).status());
  }
  return absl::OkStatus();
}

}  // namespace winnow::training

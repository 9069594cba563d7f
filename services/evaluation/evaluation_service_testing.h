// The evaluation service as its tests call it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/kv/memory_store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/models/training_keys.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "common/text/split_key.h"
#include "gtest/gtest.h"
#include "services/evaluation/evaluation_service.h"
#include "services/evaluation/fake_annotation_service.h"
#include "services/evaluation/testing.h"

namespace winnow::evaluation {

// The service behind a real server, with a model store, and annotation behind another server.
class EvaluationTest : public testing::Test {
 protected:
  EvaluationTest()
      : root_(MakeRoot()),
        annotation_(root_ / "corpus"),
        publisher_(*models::ModelPublisher::Open(root_ / "models")) {
    annotation_server_ = *rpc::Server::Start({}, annotation_.services());
    annotation_stub_ =
        annotation::v1::AnnotationService::NewStub(annotation_server_->InProcessChannel());
    snapshot_stub_ =
        annotation::v1::SnapshotService::NewStub(annotation_server_->InProcessChannel());
    models_ = std::make_unique<models::ModelCache>(&publisher_->store(), absl::Milliseconds(5));
    Restart(root_ / "corpus");
  }
  ~EvaluationTest() override {
    server_.reset();
    comparisons_.reset();
    annotation_server_.reset();
    models_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  // The service again, over the same database.
  void Restart(const std::filesystem::path& corpus_root) {
    server_.reset();
    service_.reset();
    comparisons_.reset();
    client_ =
        std::make_unique<AnnotationServiceClient>(*annotation_stub_, *snapshot_stub_, corpus_root);
    comparisons_ = *Comparisons::Open(*models_, publisher_->store(), database_, *client_, clock_);
    service_ = std::make_unique<EvaluationServiceImpl>(*models_, publisher_->store(), *client_,
                                                       *comparisons_);
    server_ = *rpc::Server::Start({}, {service_.get()});
    stub_ = v1::EvaluationService::NewStub(server_->InProcessChannel());
  }

  // Publishes and promotes. The keys of `trained_on` go into the version; nothing is known of it
  // without.
  std::string Publish(const std::string& name, const std::shared_ptr<const ner::Model>& model,
                      const std::vector<std::string>* trained_on) {
    models::Files files = {{std::string(models::kModelFile), model->Serialize()}};
    if (trained_on != nullptr) {
      models::TrainingKeys keys;
      for (const std::string& text : *trained_on) keys.push_back(text::SplitKey(text));
      files[std::string(models::kTrainingKeysFile)] = models::SerializeTrainingKeys(keys);
    }
    const models::VersionName version = *publisher_->Publish(name, absl::UnixEpoch(), files);
    EXPECT_TRUE(publisher_->Promote(version).ok());
    return version.ToString();
  }
  std::string Publish(const std::string& name, const std::shared_ptr<const ner::Model>& model,
                      const std::vector<std::string>& trained_on = {}) {
    return Publish(name, model, &trained_on);
  }

  // Calls the service; the status is as a client sees it.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::EvaluationService::Stub::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    Response response;
    const absl::Status status = rpc::FromGrpc((stub_.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  const std::filesystem::path root_;
  FakeAnnotationService annotation_;
  std::unique_ptr<models::ModelPublisher> publisher_;
  FakeClock clock_;
  kv::MemoryStore database_;
  std::unique_ptr<rpc::Server> annotation_server_;
  std::unique_ptr<annotation::v1::AnnotationService::Stub> annotation_stub_;
  std::unique_ptr<annotation::v1::SnapshotService::Stub> snapshot_stub_;
  std::unique_ptr<models::ModelCache> models_;
  std::unique_ptr<AnnotationServiceClient> client_;
  std::unique_ptr<Comparisons> comparisons_;
  std::unique_ptr<EvaluationServiceImpl> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::EvaluationService::Stub> stub_;

 private:
  static std::filesystem::path MakeRoot() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    const auto root = std::filesystem::path(testing::TempDir()) /
                      absl::StrCat("winnow_evaluation_", info->name(), "_", getpid());
    std::filesystem::remove_all(root);
    return root;
  }
};

}  // namespace winnow::evaluation

#include "services/training/training_service.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/jobs/job_store.h"
#include "common/jobs/testing.h"
#include "common/kv/memory_store.h"
#include "common/measure/testing.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/training_jobs.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kFirst[] = "00000000-0000-0000-0000-000000000001";
constexpr char kSecond[] = "00000000-0000-0000-0000-000000000002";

using Stub = v1::TrainingService::Stub;

// The service over a fake training.
class TrainingServiceTest : public testing::Test {
 protected:
  TrainingServiceTest() {
    root_ = std::filesystem::path(testing::TempDir()) /
            absl::StrCat("winnow_training_service_", getpid());
    std::filesystem::remove_all(root_);
    publisher_ = *models::ModelPublisher::Open(root_);
    jobs::JobKind training{
        std::string(kTrainingKind), {}, [this](const std::string&, jobs::JobContext& context) {
          storage::v1::TrainingFiles files;
          files.ParseFromString(*context.ReadInput());
          trained_with_ = files.patterns();
          storage::v1::TrainingReport report;
          report.set_model_version("jobs@1");
          return report.SerializeAsString();
        }};
    runner_ = *jobs::JobRunner::Start(store_, once_, clock_,
                                      {training, pool_.kind(std::string(kPoolKind))});
    service_ = std::make_unique<TrainingServiceImpl>(*runner_, once_, *publisher_);
    server_ = *rpc::Server::Start({}, {service_.get()});
    stub_ = v1::TrainingService::NewStub(server_->InProcessChannel());
    pool_.End("");
  }
  ~TrainingServiceTest() override {
    server_.reset();
    runner_.reset();
    std::filesystem::remove_all(root_);
  }

  static v1::CreateTrainingJobRequest Request(const std::string& id, const std::string& patterns) {
    v1::CreateTrainingJobRequest request;
    request.set_request_id(id);
    v1::TrainingSpec& spec = *request.mutable_spec();
    spec.add_datasets("d");
    spec.set_parent("blank:en");
    spec.set_output("jobs");
    spec.add_labels("job");
    spec.set_patterns(patterns);
    return request;
  }
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    return (stub_.get()->*method)(&context, request, &response);
  }
  grpc::Status Create(const v1::CreateTrainingJobRequest& request, v1::TrainingJob& job) {
    return Call(&Stub::CreateTrainingJob, request, job);
  }
  v1::TrainingJob WaitForEnd(const std::string& id) {
    storage::v1::Job job = *runner_->Get(id);
    while (!jobs::HasEnded(job)) job = *runner_->WaitForChange(job, absl::Seconds(1));
    v1::GetTrainingJobRequest request;
    request.set_id(id);
    v1::TrainingJob ended;
    EXPECT_TRUE(Call(&Stub::GetTrainingJob, request, ended).ok());
    return ended;
  }
  void Publish() {
    ASSERT_TRUE(
        publisher_
            ->Publish("jobs", absl::UnixEpoch(), {{"model.bin", measure::GoodModel()->Serialize()}})
            .ok());
  }

  std::filesystem::path root_;
  std::unique_ptr<models::ModelPublisher> publisher_;
  FakeClock clock_;
  kv::MemoryStore database_;
  jobs::JobStore store_{database_};
  kv::Once once_{database_, clock_, RequestLog()};
  jobs::FakeWork pool_;
  std::string trained_with_;
  std::unique_ptr<jobs::JobRunner> runner_;
  std::unique_ptr<TrainingServiceImpl> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<Stub> stub_;
};

constexpr char kPatterns[] = R"({"label":"job","pattern":"nurse"})";

TEST_F(TrainingServiceTest, AJobRunsWithItsPatternsAndDoesNotTellThem) {
  v1::TrainingJob created, again;
  ASSERT_TRUE(Create(Request(kFirst, kPatterns), created).ok());
  EXPECT_EQ(created.spec().patterns(), "");
  EXPECT_EQ(created.spec_digest(),
            Sha256Hex(Request(kFirst, kPatterns).spec().SerializeAsString()));
  const v1::TrainingJob ended = WaitForEnd(created.id());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.report().model_version(), "jobs@1");
  EXPECT_EQ(ended.spec().patterns(), "");
  EXPECT_EQ(ended.spec_digest(), created.spec_digest());
  EXPECT_EQ(trained_with_, kPatterns);
  EXPECT_TRUE(absl::IsNotFound(store_.GetInput(created.id()).status())) << "it keeps the file";
  ASSERT_TRUE(Create(Request(kFirst, kPatterns), again).ok());
  EXPECT_EQ(again.id(), created.id());
  EXPECT_EQ(Create(Request(kFirst, R"({"label":"job","pattern":"cook"})"), again).error_code(),
            grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(TrainingServiceTest, APoolAloneIsAnotherKindOfJob) {
  v1::CreateTrainingJobRequest request;
  request.set_request_id(kFirst);
  request.mutable_spec()->set_pool("ads");
  v1::TrainingJob job;
  ASSERT_TRUE(Create(request, job).ok());
  EXPECT_EQ(WaitForEnd(job.id()).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(pool_.started(), ElementsAre(job.id()));
}

TEST_F(TrainingServiceTest, JobsAreListedNewestFirstPageByPage) {
  std::vector<std::string> ids(3);
  for (std::string& id : ids) {
    v1::TrainingJob job;
    ASSERT_TRUE(Create(Request(rpc::NewRequestId(), ""), job).ok());
    id = job.id();
  }
  v1::ListTrainingJobsRequest request;
  request.set_page_size(2);
  v1::ListTrainingJobsResponse page;
  ASSERT_TRUE(Call(&Stub::ListTrainingJobs, request, page).ok());
  ASSERT_THAT(page.jobs(), SizeIs(2));
  EXPECT_EQ(page.jobs(0).id(), ids[2]);
  EXPECT_EQ(page.jobs(1).id(), ids[1]);
  request.set_page_token(page.next_page_token());
  page.Clear();
  ASSERT_TRUE(Call(&Stub::ListTrainingJobs, request, page).ok());
  ASSERT_THAT(page.jobs(), SizeIs(1));
  EXPECT_EQ(page.jobs(0).id(), ids[0]);
}

TEST_F(TrainingServiceTest, ATokenOfAnotherListIsRefused) {
  v1::ListTrainingJobsRequest request;
  request.set_page_token("job-1");
  v1::ListTrainingJobsResponse page;
  EXPECT_EQ(Call(&Stub::ListTrainingJobs, request, page).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TrainingServiceTest, VersionsAreListedPageByPage) {
  for (int i = 0; i < 11; ++i) Publish();
  std::vector<std::string> names;
  v1::ListModelVersionsRequest request;
  request.set_model("jobs");
  request.set_page_size(4);
  do {
    v1::ListModelVersionsResponse page;
    ASSERT_TRUE(Call(&Stub::ListModelVersions, request, page).ok());
    EXPECT_LE(page.versions_size(), 4);
    for (const v1::ModelVersion& version : page.versions()) names.push_back(version.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  ASSERT_THAT(names, SizeIs(11));
  EXPECT_EQ(names.front(), "jobs@1");
  EXPECT_EQ(names.back(), "jobs@11");

  v1::GetModelRequest get;
  get.set_name("jobs");
  v1::Model model;
  ASSERT_TRUE(Call(&Stub::GetModel, get, model).ok());
  EXPECT_EQ(model.num_versions(), 11u);
  get.set_name("job");
  EXPECT_EQ(Call(&Stub::GetModel, get, model).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(TrainingServiceTest, ADamagedVersionOrModelHidesNoOther) {
  Publish();
  Publish();
  const std::filesystem::path broken = root_ / "broken" / "1";
  std::filesystem::create_directories(broken);
  ASSERT_TRUE(WriteFileAtomically(root_ / "broken" / "aliases.json", "no json").ok());
  ASSERT_TRUE(
      WriteFileAtomically(root_ / "jobs" / "1" / "manifest.json", std::string(100'000, '[')).ok());

  v1::ListModelsResponse models;
  ASSERT_TRUE(Call(&Stub::ListModels, v1::ListModelsRequest(), models).ok());
  ASSERT_THAT(models.models(), SizeIs(2));
  EXPECT_EQ(models.models(0).name(), "broken");
  EXPECT_THAT(models.models(0).problem(), HasSubstr("aliases.json"));
  EXPECT_EQ(models.models(1).problem(), "");

  v1::ListModelVersionsRequest request;
  request.set_model("jobs");
  v1::ListModelVersionsResponse versions;
  ASSERT_TRUE(Call(&Stub::ListModelVersions, request, versions).ok());
  ASSERT_THAT(versions.versions(), SizeIs(2));
  EXPECT_EQ(versions.versions(0).name(), "jobs@1");
  EXPECT_THAT(versions.versions(0).problem(), HasSubstr("jobs@1: manifest.json: is nested deeper"));
  EXPECT_EQ(versions.versions(1).problem(), "");
  EXPECT_THAT(versions.versions(1).labels(), SizeIs(2));
}

TEST_F(TrainingServiceTest, VectorsBecomeALexicon) {
  const auto make = [&](const std::vector<std::string>& pieces) {
    grpc::ClientContext context;
    v1::MakeLexiconResponse response;
    const auto writer = stub_->MakeLexicon(&context, &response);
    v1::MakeLexiconRequest request;
    request.mutable_header()->set_seed(1);
    writer->Write(request);
    for (const std::string& piece : pieces) {
      request.set_chunk(piece);
      writer->Write(request);
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    EXPECT_EQ(response.lexicon().empty(), !status.ok());
    return status.error_code();
  };
  EXPECT_EQ(make({"nurse 1 0\nwai", "", "ter 1 0.1\nLondon 0 1\n"}), grpc::StatusCode::OK);
  EXPECT_EQ(make({"nurse 1 0\nwaiter 1\n"}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(make({}), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TrainingServiceTest, AnAliasIsMovedOncePerRequest) {
  Publish();
  Publish();
  const auto promote = [&](const std::string& id, const std::string& version) {
    v1::PromoteModelRequest request;
    request.set_request_id(id);
    request.set_version(version);
    v1::Model model;
    EXPECT_TRUE(Call(&Stub::PromoteModel, request, model).ok());
    return model.aliases().at("serving");
  };
  EXPECT_EQ(promote(kFirst, "jobs@1"), 1u);
  EXPECT_EQ(promote(kSecond, "jobs@2"), 2u);
  EXPECT_EQ(promote(kFirst, "jobs@1"), 1u) << "the reply of the first time";
  EXPECT_EQ(publisher_->store().Resolve("jobs")->number, 2u);
  // The same id counts anew for another method.
  v1::RollbackModelRequest request;
  request.set_request_id(kFirst);
  request.set_model("jobs");
  v1::Model model;
  ASSERT_TRUE(Call(&Stub::RollbackModel, request, model).ok());
  EXPECT_EQ(model.aliases().at("serving"), 1u);
}

}  // namespace
}  // namespace winnow::training

#include "common/rpc/handlers.h"

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/rpc/errors.h"
#include "common/rpc/testing.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"
#include "winnow/training/v1/training.grpc.pb.h"

namespace winnow::rpc {
namespace {

namespace eval = winnow::evaluation::v1;
namespace train = winnow::training::v1;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::StartsWith;

absl::Status StatusFor(const std::string& name) {
  if (name == "refused") return absl::InvalidArgumentError("secret text");
  if (name == "broken") return absl::InternalError("the disk is full");
  return absl::OkStatus();
}

// One service with methods of both APIs: Predict is answered later from another thread,
// GetComparison at once by the callback API, the rest is sync.
using CallbackMethods = eval::EvaluationService::WithCallbackMethod_Predict<
    eval::EvaluationService::WithCallbackMethod_GetComparison<eval::EvaluationService::Service>>;

class MixedService final : public CallbackMethods {
 public:
  explicit MixedService(const Handlers& handlers) : handlers_(handlers) {}
  ~MixedService() override {
    for (std::thread& thread : threads_) thread.join();
  }

  grpc::ServerUnaryReactor* Predict(grpc::CallbackServerContext* context,
                                    const eval::PredictRequest* request,
                                    eval::PredictResponse* response) override {
    return handlers_.Run("Evaluation.Predict", context, request, [&](Responder responder) {
      if (request->model() == "forgotten") return;
      MutexLock lock(mutex_);
      threads_.emplace_back([=, responder = std::move(responder)]() mutable {
        response->set_model_version(request->model());
        responder.Finish(StatusFor(request->model()));
      });
    });
  }

  grpc::ServerUnaryReactor* GetComparison(grpc::CallbackServerContext* context,
                                          const eval::GetComparisonRequest* request,
                                          eval::Comparison* response) override {
    return handlers_.Run("Evaluation.GetComparison", context, request, [&] {
      response->set_version_a(request->name());
      return StatusFor(request->name());
    });
  }

  grpc::Status Evaluate(grpc::ServerContext* context, const eval::EvaluateRequest* request,
                        eval::EvaluateResponse* response) override {
    return handlers_.Run("Evaluation.Evaluate", context, request, [&] {
      response->mutable_figure()->set_model_version(request->model());
      return StatusFor(request->model());
    });
  }

  grpc::Status PredictStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<eval::PredictResponse, eval::PredictRequest>* stream) override {
    return handlers_.Run("Evaluation.PredictStream", context, [&] {
      eval::PredictRequest request;
      while (stream->Read(&request)) stream->Write({});
      return absl::OkStatus();
    });
  }

  grpc::Status CreateComparison(grpc::ServerContext* context,
                                const eval::CreateComparisonRequest* request,
                                eval::Comparison*) override {
    return handlers_.Run("Evaluation.CreateComparison", context, request, [&] {
      return WithReason(absl::AlreadyExistsError("secret text"), "REQUEST_ID_REUSED");
    });
  }

 private:
  const Handlers handlers_;
  Mutex mutex_;
  std::vector<std::thread> threads_ WINNOW_GUARDED_BY(mutex_);
};

// The two other kinds of streams.
class StreamService final : public train::TrainingService::Service {
 public:
  explicit StreamService(const Handlers& handlers) : handlers_(handlers) {}

  grpc::Status WatchTrainingJob(grpc::ServerContext* context,
                                const train::GetTrainingJobRequest* request,
                                grpc::ServerWriter<train::TrainingJob>* writer) override {
    return handlers_.Run("Training.WatchTrainingJob", context, request, [&] {
      writer->Write({});
      return StatusFor(request->id());
    });
  }

  grpc::Status ImportModel(grpc::ServerContext* context,
                           grpc::ServerReader<train::ImportModelRequest>* reader,
                           train::ModelVersion* response) override {
    return handlers_.Run("Training.ImportModel", context, [&] {
      train::ImportModelRequest part;
      int parts = 0;
      while (reader->Read(&part)) ++parts;
      response->set_name(absl::StrCat(parts));
      return absl::OkStatus();
    });
  }

 private:
  const Handlers handlers_;
};

class HandlersTest : public testing::Test {
 protected:
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(grpc::Status (eval::EvaluationService::Stub::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const std::type_identity_t<Request>& request) {
    grpc::ClientContext context;
    Response response;
    const absl::Status status =
        FromGrpc((evaluation_.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<eval::PredictResponse> Predict(const std::string& model) {
    eval::PredictRequest request;
    request.set_model(model);
    return Call(&eval::EvaluationService::Stub::Predict, request);
  }

  // "Method CODE" to the number of calls counted.
  std::map<std::string, double> Counts() const {
    std::map<std::string, double> counts;
    for (const metrics::Family& family : registry_.Read()) {
      if (family.name != "winnow_rpc_calls_total") continue;
      for (const metrics::Sample& sample : family.samples)
        counts[absl::StrCat(sample.labels[1].second, " ", sample.labels[0].second)] = sample.value;
    }
    return counts;
  }

  CapturedLog log_;
  FakeClock clock_;
  metrics::Registry registry_;
  Handlers handlers_{registry_, {.clock = &clock_}};
  MixedService mixed_{handlers_};
  StreamService streams_{handlers_};
  TestServer server_{{&mixed_, &streams_}};
  std::unique_ptr<eval::EvaluationService::Stub> evaluation_ =
      eval::EvaluationService::NewStub(server_.channel());
  std::unique_ptr<train::TrainingService::Stub> training_ =
      train::TrainingService::NewStub(server_.channel());
};

TEST_F(HandlersTest, BothApisServeInOneService) {
  EXPECT_EQ(Predict("jobs@1")->model_version(), "jobs@1");
  eval::GetComparisonRequest get;
  get.set_name("ab");
  EXPECT_EQ(Call(&eval::EvaluationService::Stub::GetComparison, get)->version_a(), "ab");
  eval::EvaluateRequest evaluate;
  evaluate.set_model("jobs@2");
  evaluate.set_dataset("gold");
  EXPECT_EQ(Call(&eval::EvaluationService::Stub::Evaluate, evaluate)->figure().model_version(),
            "jobs@2");
  EXPECT_TRUE(log_.records().empty());
  const std::map<std::string, double> counts = {
      {"Evaluate OK", 1}, {"GetComparison OK", 1}, {"Predict OK", 1}};
  EXPECT_EQ(Counts(), counts);
}

TEST_F(HandlersTest, StreamsOfAllKindsAreCounted) {
  grpc::ClientContext both_context;
  const auto both = evaluation_->PredictStream(&both_context);
  both->Write({});
  eval::PredictResponse predicted;
  EXPECT_TRUE(both->Read(&predicted));
  both->WritesDone();
  EXPECT_TRUE(both->Finish().ok());

  grpc::ClientContext watch_context;
  train::GetTrainingJobRequest refused;
  refused.set_id("refused");
  const auto watch = training_->WatchTrainingJob(&watch_context, refused);
  train::TrainingJob job;
  EXPECT_TRUE(watch->Read(&job));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);

  grpc::ClientContext import_context;
  train::ModelVersion version;
  const auto import = training_->ImportModel(&import_context, &version);
  import->Write({});
  import->Write({});
  import->WritesDone();
  EXPECT_TRUE(import->Finish().ok());
  EXPECT_EQ(version.name(), "2");

  const std::map<std::string, double> counts = {
      {"ImportModel OK", 1}, {"PredictStream OK", 1}, {"WatchTrainingJob INVALID_ARGUMENT", 1}};
  EXPECT_EQ(Counts(), counts);
}

TEST_F(HandlersTest, ARefusalIsLoggedWithoutWhatWasSaid) {
  eval::CreateComparisonRequest request;
  request.set_request_id("123e4567-e89b-12d3-a456-426614174000");
  const absl::Status status =
      Call(&eval::EvaluationService::Stub::CreateComparison, request).status();
  EXPECT_EQ(status.message(), "secret text");
  ASSERT_EQ(log_.records().size(), 1u);
  const LogRecord record = log_.records()[0];
  EXPECT_EQ(record.level, LogLevel::kInfo);
  EXPECT_EQ(record.event, "call_refused");
  EXPECT_EQ(FieldOf(record, "method"), "winnow.evaluation.v1.EvaluationService/CreateComparison");
  EXPECT_EQ(FieldOf(record, "code"), "ALREADY_EXISTS");
  EXPECT_EQ(FieldOf(record, "reason"), "REQUEST_ID_REUSED");
  EXPECT_EQ(FieldOf(record, "request_id"), request.request_id());
  EXPECT_THAT(FieldOf(record, "caller"), StartsWith("ipv4:127.0.0.1:"));
  EXPECT_EQ(FieldOf(record, "ms"), "0");
  EXPECT_EQ(FieldOf(record, "message"), "");
}

TEST_F(HandlersTest, ANameThatCanBeNoneIsRefusedBeforeTheHandlerRuns) {
  eval::GetComparisonRequest request;
  request.set_name("../broken");
  const absl::Status status = Call(&eval::EvaluationService::Stub::GetComparison, request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Violations::Of(status), ElementsAre(Field(&Violation::where, "name")));
}

TEST_F(HandlersTest, AFaultOfTheServerIsAnError) {
  EXPECT_EQ(Predict("broken").status(), absl::InternalError("the disk is full"));
  ASSERT_EQ(log_.records().size(), 1u);
  EXPECT_EQ(log_.records()[0].level, LogLevel::kError);
  EXPECT_EQ(log_.records()[0].event, "call_failed");
  EXPECT_EQ(FieldOf(log_.records()[0], "message"), "the disk is full");
  EXPECT_EQ(Counts().at("Predict INTERNAL"), 1);
}

TEST_F(HandlersTest, AForgottenCallIsAnswered) {
  EXPECT_EQ(Predict("forgotten").status().code(), absl::StatusCode::kInternal);
}

TEST_F(HandlersTest, ACallWhoseDeadlineIsOverDoesNotRun) {
  clock_.Advance(absl::Hours(24 * 365 * 100));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  eval::PredictRequest request;
  request.set_model("broken");
  eval::PredictResponse response;
  EXPECT_EQ(evaluation_->Predict(&context, request, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(Counts().at("Predict DEADLINE_EXCEEDED"), 1);
  // Without a deadline there is nothing to miss.
  EXPECT_TRUE(Predict("jobs").ok());
}

TEST_F(HandlersTest, LatencyIsObservedPerMethod) {
  ASSERT_TRUE(Predict("jobs").ok());
  const std::vector<metrics::Family> families = registry_.Read();
  ASSERT_EQ(families[1].name, "winnow_rpc_seconds");
  EXPECT_EQ(families[1].samples.size(), std::size(kMethods));
  for (const metrics::Sample& sample : families[1].samples)
    EXPECT_EQ(sample.value, sample.labels[0].second == "Predict" ? 1 : 0);
}

// A call of PredictStream that is under way.
class OpenCall {
 public:
  explicit OpenCall(eval::EvaluationService::Stub& stub) : stream_(stub.PredictStream(&context_)) {
    eval::PredictResponse response;
    EXPECT_TRUE(stream_->Write({}) && stream_->Read(&response));
  }
  ~OpenCall() {
    stream_->WritesDone();
    EXPECT_TRUE(stream_->Finish().ok());
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<eval::PredictRequest, eval::PredictResponse>> stream_;
};

TEST(Handlers, CallsBeyondWhatASyncServerTakesAreToldWhenToComeBack) {
  metrics::Registry registry;
  MixedService service{Handlers(registry, {.max_sync_calls = 2})};
  TestServer server({&service});
  const auto stub = eval::EvaluationService::NewStub(server.channel());
  eval::EvaluateRequest request;
  request.set_model("jobs");
  request.set_dataset("gold");
  const auto evaluate = [&] {
    grpc::ClientContext context;
    eval::EvaluateResponse response;
    return FromGrpc(stub->Evaluate(&context, request, &response));
  };
  const OpenCall first(*stub);
  {
    const OpenCall second(*stub);
    const absl::Status refused = evaluate();
    EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
    EXPECT_TRUE(RetryAfterOf(refused).has_value()) << refused;
    // The callback API takes no thread.
    grpc::ClientContext context;
    eval::Comparison comparison;
    eval::GetComparisonRequest get;
    get.set_name("ab");
    EXPECT_TRUE(stub->GetComparison(&context, get, &comparison).ok());
  }
  EXPECT_TRUE(evaluate().ok());
}

TEST(Handlers, CountNothingWithoutARegistry) {
  MixedService service{Handlers()};
  TestServer server({&service});
  const auto stub = eval::EvaluationService::NewStub(server.channel());
  grpc::ClientContext context;
  eval::EvaluateRequest request;
  request.set_model("jobs");
  request.set_dataset("gold");
  eval::EvaluateResponse response;
  EXPECT_TRUE(stub->Evaluate(&context, request, &response).ok());
}

}  // namespace
}  // namespace winnow::rpc

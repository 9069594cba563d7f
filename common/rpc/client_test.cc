#include "common/rpc/client.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "common/rpc/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::rpc {
namespace {

namespace pb = winnow::evaluation::v1;
using Stub = pb::EvaluationService::Stub;

// Answers with the statuses of `replies` in turn, then with OK.
class MoodyService final : public pb::EvaluationService::Service {
 public:
  grpc::Status Predict(grpc::ServerContext* context, const pb::PredictRequest*,
                       pb::PredictResponse* response) override {
    const auto token = context->client_metadata().find("authorization");
    if (token != context->client_metadata().end())
      response->set_model_version(std::string(token->second.data(), token->second.size()));
    return Next();
  }
  grpc::Status CreateComparison(grpc::ServerContext*, const pb::CreateComparisonRequest*,
                                pb::Comparison*) override {
    return Next();
  }

  std::vector<absl::Status> replies;
  size_t num_calls = 0;

 private:
  grpc::Status Next() {
    return ToGrpc(num_calls++ < replies.size() ? replies[num_calls - 1] : absl::OkStatus());
  }
};

class ClientTest : public testing::Test {
 protected:
  Client::Options Options() {
    Client::Options options;
    options.seed = 1;
    options.sleep = [this](absl::Duration wait) { waits_.push_back(wait); };
    return options;
  }

  MoodyService service_;
  TestServer server_{{&service_}};
  std::unique_ptr<Stub> stub_ = pb::EvaluationService::NewStub(server_.channel());
  std::vector<absl::Duration> waits_;
};

TEST_F(ClientTest, TriesAgainWhileTheServerIsUnavailable) {
  service_.replies = {absl::UnavailableError("a"), absl::UnavailableError("b")};
  Client client(Options());
  EXPECT_TRUE(client.Call(*stub_, &Stub::Predict, {}).ok());
  EXPECT_EQ(service_.num_calls, 3u);
  ASSERT_EQ(waits_.size(), 2u);
  EXPECT_GE(waits_[0], absl::Milliseconds(100));
  EXPECT_LE(waits_[0], absl::Milliseconds(200));
  EXPECT_GE(waits_[1], absl::Milliseconds(200));
  EXPECT_LE(waits_[1], absl::Milliseconds(400));
}

TEST_F(ClientTest, TriesAgainWhenAServerThatStopsCancels) {
  service_.replies = {absl::CancelledError("")};
  Client client(Options());
  EXPECT_TRUE(client.Call(*stub_, &Stub::Predict, {}).ok());
  EXPECT_EQ(service_.num_calls, 2u);
}

TEST_F(ClientTest, GivesUpAfterTheLastTry) {
  service_.replies.assign(9, WithReason(absl::UnavailableError("away"), "QUEUE_OPENING"));
  Client client(Options());
  const absl::Status status = client.Call(*stub_, &Stub::Predict, {}).status();
  EXPECT_EQ(status.message(), "away");
  EXPECT_EQ(ReasonOf(status), "QUEUE_OPENING");
  EXPECT_EQ(service_.num_calls, 5u);
}

TEST_F(ClientTest, OtherFailuresAreNotRepeated) {
  service_.replies = {absl::NotFoundError("no such model")};
  Client client(Options());
  EXPECT_EQ(client.Call(*stub_, &Stub::Predict, {}).status(), absl::NotFoundError("no such model"));
  EXPECT_EQ(service_.num_calls, 1u);
}

TEST_F(ClientTest, AChangeIsRepeatedOnlyUnderItsRequestId) {
  Client client(Options());
  service_.replies = {absl::UnavailableError("a")};
  pb::CreateComparisonRequest request;
  EXPECT_FALSE(client.Call(*stub_, &Stub::CreateComparison, request).ok());
  service_.replies.assign(2, absl::UnavailableError("a"));
  request.set_request_id("123e4567-e89b-12d3-a456-426614174000");
  EXPECT_TRUE(client.Call(*stub_, &Stub::CreateComparison, request).ok());
  EXPECT_EQ(service_.num_calls, 3u);
}

TEST_F(ClientTest, WaitsAsLongAsTheServerAsks) {
  service_.replies = {WithRetryAfter(absl::UnavailableError("opening"), absl::Seconds(7))};
  Client client(Options());
  EXPECT_TRUE(client.Call(*stub_, &Stub::Predict, {}).ok());
  EXPECT_THAT(waits_, testing::ElementsAre(absl::Seconds(7)));
}

TEST_F(ClientTest, DoesNotWaitBeyondTheDeadline) {
  service_.replies = {WithRetryAfter(absl::UnavailableError("opening"), absl::Hours(1))};
  Client client(Options());
  EXPECT_EQ(client.Call(*stub_, &Stub::Predict, {}).status().message(), "opening");
  EXPECT_TRUE(waits_.empty());
}

TEST_F(ClientTest, EveryTryCarriesTheMetadata) {
  service_.replies = {absl::UnavailableError("a")};
  Client::Options options = Options();
  options.prepare = [](grpc::ClientContext& context) {
    context.AddMetadata("authorization", "Bearer x");
  };
  Client client(options);
  EXPECT_EQ(client.Call(*stub_, &Stub::Predict, {})->model_version(), "Bearer x");
}

TEST(Client, WaitsForAServerThatStartsLater) {
  MoodyService service;
  // A port that was free a moment ago.
  int port = 0;
  {
    auto server = Server::Start({.address = "127.0.0.1:0"}, {&service});
    ASSERT_TRUE(server.ok());
    port = (*server)->port();
  }
  const std::string address = absl::StrCat("127.0.0.1:", port);
  const auto stub = pb::EvaluationService::NewStub(*Connect(address));
  Client::Options once;
  once.retry.max_tries = 1;
  Client client(once);
  EXPECT_EQ(client.Call(*stub, &Stub::Predict, {}).status().code(), absl::StatusCode::kUnavailable);
  absl::StatusOr<pb::PredictResponse> response;
  std::thread caller(
      [&] { response = client.Call(*stub, &Stub::Predict, {}, {.wait_for_ready = true}); });
  auto server = Server::Start({.address = address}, {&service});
  ASSERT_TRUE(server.ok()) << server.status();
  caller.join();
  EXPECT_TRUE(response.ok()) << response.status();
}

TEST(Client, MakesRequestIdsThatServersTake) {
  EXPECT_TRUE(CheckRequestId(NewRequestId()).ok());
  EXPECT_NE(NewRequestId(), NewRequestId());
}

TEST(WaitBeforeRetry, DoublesUpToALimit) {
  const RetryPolicy policy{.first_wait = absl::Seconds(1), .max_wait = absl::Seconds(5)};
  const absl::Status status = absl::UnavailableError("x");
  EXPECT_EQ(WaitBeforeRetry(policy, 1, status, 1), absl::Seconds(1));
  EXPECT_EQ(WaitBeforeRetry(policy, 1, status, 0), absl::Milliseconds(500));
  EXPECT_EQ(WaitBeforeRetry(policy, 3, status, 1), absl::Seconds(4));
  EXPECT_EQ(WaitBeforeRetry(policy, 30, status, 1), absl::Seconds(5));
}

}  // namespace
}  // namespace winnow::rpc

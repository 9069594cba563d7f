#include "common/rpc/server.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/testing.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::rpc {
namespace {

namespace pb = winnow::evaluation::v1;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// Answers a call to Predict when it is told to.
class WaitingService final : public pb::EvaluationService::Service {
 public:
  grpc::Status Predict(grpc::ServerContext*, const pb::PredictRequest*,
                       pb::PredictResponse* response) override {
    if (num_started++ == 0) started.Notify();
    go_on.WaitForNotification();
    response->set_model_version("jobs@1");
    return grpc::Status::OK;
  }

  absl::Notification started, go_on;
  std::atomic<int> num_started = 0;
};

// Reads streams of requests to their ends, when it is told to.
class ReadingService final : public pb::EvaluationService::Service {
 public:
  grpc::Status PredictStream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<pb::PredictResponse, pb::PredictRequest>* stream) override {
    pb::PredictRequest request;
    for (size_t num_read = 0; stream->Read(&request);) {
      if (num_read++ > 0) continue;
      started.DecrementCount();
      if (waits) go_on.WaitForNotification();
    }
    return grpc::Status::OK;
  }

  std::atomic<bool> waits = false;
  absl::BlockingCounter started{17};
  absl::Notification go_on;
};

class IdleService final : public pb::EvaluationService::Service {};

TEST(Server, PortInUseIsAStatus) {
  IdleService first, second;
  auto server = Server::Start({.address = "127.0.0.1:0"}, {&first});
  ASSERT_TRUE(server.ok());
  const std::string address = absl::StrCat("127.0.0.1:", (*server)->port());
  const absl::Status status = Server::Start({.address = address}, {&second}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(address));
}

TEST(Server, InProcessChannelNeedsNoPort) {
  IdleService service;
  auto server = Server::Start({}, {&service});
  ASSERT_TRUE(server.ok());
  EXPECT_EQ((*server)->port(), 0);
  auto stub = pb::EvaluationService::NewStub((*server)->InProcessChannel());
  grpc::ClientContext context;
  pb::PredictResponse response;
  EXPECT_EQ(stub->Predict(&context, {}, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST(Server, ShutdownLetsACallInFlightFinish) {
  WaitingService service;
  TestServer server({&service});
  auto stub = pb::EvaluationService::NewStub(server.channel());
  grpc::Status status;
  pb::PredictResponse response;
  std::thread caller([&] {
    grpc::ClientContext context;
    status = stub->Predict(&context, {}, &response);
  });
  service.started.WaitForNotification();
  std::thread ender([&] { server.server().Shutdown(absl::Seconds(30)); });
  // New calls are refused once the shutdown has begun, one that comes in that very moment too.
  grpc::StatusCode refusal = grpc::StatusCode::UNIMPLEMENTED;
  while (refusal == grpc::StatusCode::UNIMPLEMENTED) {
    grpc::ClientContext context;
    pb::EvaluateResponse ignored;
    refusal = stub->Evaluate(&context, {}, &ignored).error_code();
  }
  EXPECT_THAT(refusal, AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED));
  service.go_on.Notify();
  ender.join();
  caller.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model_version(), "jobs@1");
}

TEST(Server, CallsBeyondTheThreadsAreRefusedNotQueued) {
  WaitingService service;
  auto server = Server::Start({.address = "127.0.0.1:0", .max_threads = 4}, {&service});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub =
      pb::EvaluationService::NewStub(*Connect(absl::StrCat("127.0.0.1:", (*server)->port())));
  std::vector<std::thread> callers;
  std::atomic<int> num_answered = 0, num_refused = 0;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      pb::PredictResponse response;
      const grpc::Status status = stub->Predict(&context, {}, &response);
      if (status.ok()) ++num_answered;
      if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) ++num_refused;
    });
  }
  while (num_refused < 4) std::this_thread::yield();
  service.go_on.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_GE(num_answered, 1);
  EXPECT_EQ(num_answered + num_refused, 8);
}

TEST(Server, StreamsThatWaitHoldLittle) {
  ReadingService service;
  auto server =
      Server::Start({.address = "127.0.0.1:0", .max_transport_bytes = 16 << 20}, {&service});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub =
      pb::EvaluationService::NewStub(*Connect(absl::StrCat("127.0.0.1:", (*server)->port())));
  const auto send = [&](int num_pieces) {
    grpc::ClientContext context;
    const auto stream = stub->PredictStream(&context);
    pb::PredictRequest piece;
    piece.add_texts(std::string(kChunkBytes, 'x'));
    for (int i = 0; i < num_pieces && stream->Write(piece); ++i) {
    }
    stream->WritesDone();
    const grpc::Status status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  };
  // gRPC sees that the connection is fast.
  send(500);
  service.waits = true;
  std::vector<std::thread> senders;
  for (int i = 0; i < 16; ++i) senders.emplace_back(send, 20);
  service.started.Wait();
  service.go_on.Notify();
  for (std::thread& sender : senders) sender.join();
}

TEST(Server, ACompressedMessageIsRefusedBeforeItIsUnpacked) {
  WaitingService service;
  TestServer server({&service});
  auto stub = pb::EvaluationService::NewStub(server.channel());
  pb::PredictRequest request;
  request.add_texts(std::string(8 << 20, 'x'));
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    pb::PredictResponse response;
    EXPECT_EQ(stub->Predict(&context, request, &response).error_code(),
              grpc::StatusCode::UNIMPLEMENTED);
  }
  EXPECT_FALSE(service.started.HasBeenNotified());
}

TEST(Server, ListensOnASocketInTheFileSystem) {
  const std::string address = absl::StrCat("unix:", testing::TempDir(), "/server_test.sock");
  WaitingService service;
  service.go_on.Notify();
  for (int i = 0; i < 2; ++i) {
    auto server = Server::Start({.address = address}, {&service});
    ASSERT_TRUE(server.ok()) << server.status();
    const auto stub = pb::EvaluationService::NewStub(*Connect(address));
    grpc::ClientContext context;
    pb::PredictResponse response;
    const grpc::Status status = stub->Predict(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

}  // namespace
}  // namespace winnow::rpc

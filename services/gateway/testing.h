// A gateway before services that do as tests need.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/access/testing.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "common/rpc/testing.h"
#include "gtest/gtest.h"
#include "services/gateway/gateway.h"
#include "services/gateway/http/testing.h"
#include "winnow/access/v1/access.grpc.pb.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::gateway {

inline constexpr char kGoodToken[] = "wnw_good";

// Knows anna, by kGoodToken, until she is revoked.
class FakeAccess final : public access::v1::AccessService::Service {
 public:
  grpc::Status WhoAmI(grpc::ServerContext* context, const access::v1::WhoAmIRequest*,
                      access::v1::WhoAmIResponse* response) override {
    if (is_open) {
      response->set_open(true);
      return grpc::Status::OK;
    }
    const auto found = context->client_metadata().find("authorization");
    const std::string token = found == context->client_metadata().end()
                                  ? ""
                                  : std::string(found->second.data(), found->second.size());
    if (token != absl::StrCat("Bearer ", kGoodToken) || is_revoked) {
      return rpc::ToGrpc(WithReason(absl::UnauthenticatedError("nobody has this token"),
                                    token.empty() ? "NO_TOKEN" : "UNKNOWN_TOKEN"));
    }
    response->set_name("anna");
    response->set_role(access::v1::ROLE_ANNOTATOR);
    return grpc::Status::OK;
  }

  std::atomic<bool> is_open = false;
  std::atomic<bool> is_revoked = false;
};

// GetQueue gives the queue asked for, after as long as there is left of "wait"; WatchQueue gives
// as many as its name says and then waits for its end; ExportDataset sends without end;
// ImportDataset counts bytes, and refuses the data set "refused" at once.
class FakeAnnotation final : public annotation::v1::AnnotationService::Service {
 public:
  grpc::Status GetQueue(grpc::ServerContext* context,
                        const annotation::v1::GetQueueRequest* request,
                        annotation::v1::Queue* response) override {
    if (request->wait()) return WaitForEnd(*context);
    if (request->name().empty()) {
      Violations violations;
      violations.Add("name", "must not be empty");
      return rpc::ToGrpc(violations.ToStatus("the request is refused"));
    }
    response->mutable_spec()->set_name(request->name());
    response->mutable_spec()->set_source(std::string(2000, 's'));
    return grpc::Status::OK;
  }

  grpc::Status WatchQueue(grpc::ServerContext* context,
                          const annotation::v1::WatchQueueRequest* request,
                          grpc::ServerWriter<annotation::v1::Queue>* writer) override {
    annotation::v1::Queue queue;
    for (int i = 0; i < std::atoi(request->name().c_str()); ++i) {
      queue.mutable_spec()->set_name(absl::StrCat(i));
      writer->Write(queue);
    }
    return WaitForEnd(*context);
  }

  grpc::Status ExportDataset(
      grpc::ServerContext*, const annotation::v1::ExportDatasetRequest* request,
      grpc::ServerWriter<annotation::v1::ExportDatasetResponse>* writer) override {
    annotation::v1::ExportDatasetResponse piece;
    piece.set_chunk(std::string(rpc::kChunkBytes, 'x'));
    for (int i = 0; request->dataset() == "endless" || i < 3; ++i) {
      if (!writer->Write(piece)) {
        ++num_cancelled;
        break;
      }
      sent_bytes += piece.chunk().size();
    }
    if (request->dataset() == "broken")
      return {grpc::StatusCode::DATA_LOSS, "the disk is broken: 100 %"};
    return grpc::Status::OK;
  }

  grpc::Status ImportDataset(grpc::ServerContext*,
                             grpc::ServerReader<annotation::v1::ImportDatasetRequest>* reader,
                             annotation::v1::ImportDatasetResponse* response) override {
    annotation::v1::ImportDatasetRequest request;
    while (reader->Read(&request)) {
      if (request.header().dataset() == "refused")
        return {grpc::StatusCode::ALREADY_EXISTS, "it is there"};
      response->set_num_rows(response->num_rows() + request.chunk().size());
      if (!request.has_header()) ++num_chunks;
    }
    return grpc::Status::OK;
  }

  std::atomic<int> num_waiting = 0;
  std::atomic<int> num_cancelled = 0;
  std::atomic<int> num_chunks = 0;
  std::atomic<size_t> sent_bytes = 0;

 private:
  grpc::Status WaitForEnd(const grpc::ServerContext& context) {
    ++num_waiting;
    while (!context.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --num_waiting;
    ++num_cancelled;
    return grpc::Status::CANCELLED;
  }
};

// Waits for something that other threads do.
template <typename Condition>
testing::AssertionResult Eventually(const Condition& condition) {
  for (int i = 0; i < 1'000; ++i) {
    if (condition()) return testing::AssertionSuccess();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return testing::AssertionFailure() << "not within 10 s";
}

class GatewayTest : public access::AccessTest {
 protected:
  GatewayTest() : services_({&access_, &annotation_}) { StartGateway(); }

  void StartGateway(size_t max_connections = 100) {
    gateway_.reset();
    const auto channel = *rpc::Connect(absl::StrCat("127.0.0.1:", services_.server().port()),
                                       {.own_connection = true, .is_gateway = true});
    auto gateway = Gateway::Start({.address = "127.0.0.1:0",
                                   .web_files = directory() / "web",
                                   .data_dir = directory() / "gateway",
                                   .max_connections = max_connections},
                                  {channel, channel, channel}, registry_);
    EXPECT_TRUE(gateway.ok()) << gateway.status();
    gateway_ = *std::move(gateway);
  }

  http::Reply Ask(absl::string_view request) {
    http::TestClient client(gateway_->port());
    client.Send(request);
    return client.Read();
  }

  FakeAccess access_;
  FakeAnnotation annotation_;
  rpc::TestServer services_;
  metrics::Registry registry_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace winnow::gateway

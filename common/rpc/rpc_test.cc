#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::rpc {
namespace {

namespace pb = winnow::evaluation::v1;
using ::testing::HasSubstr;

// Refuses everything, as a service refuses bad input.
class RefusingService final : public pb::EvaluationService::Service {
 public:
  grpc::Status Predict(grpc::ServerContext*, const pb::PredictRequest*,
                       pb::PredictResponse*) override {
    Violations violations;
    violations.Add("texts", "is empty");
    violations.Add("model", "is empty");
    return ToGrpc(violations.ToStatus("bad request"));
  }
};

TEST(Errors, StatusSurvivesTheWire) {
  RefusingService service;
  auto server = Server::Start({.address = "127.0.0.1:0"}, {&service});
  ASSERT_TRUE(server.ok()) << server.status();
  auto stub =
      pb::EvaluationService::NewStub(Connect(absl::StrCat("127.0.0.1:", (*server)->port())));
  grpc::ClientContext context;
  pb::PredictResponse response;
  const absl::Status status = FromGrpc(stub->Predict(&context, {}, &response));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_INPUT");
  EXPECT_THAT(std::string(status.message()), HasSubstr("model: is empty"));
}

TEST(Errors, PlainStatusKeepsCodeAndMessage) {
  const absl::Status status = FromGrpc(ToGrpc(absl::NotFoundError("no such thing")));
  EXPECT_EQ(status, absl::NotFoundError("no such thing"));
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
}

TEST(Server, PortInUseIsAStatus) {
  RefusingService first, second;
  auto server = Server::Start({.address = "127.0.0.1:0"}, {&first});
  ASSERT_TRUE(server.ok());
  const std::string address = absl::StrCat("127.0.0.1:", (*server)->port());
  const absl::Status status = Server::Start({.address = address}, {&second}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(address));
}

TEST(Server, InProcessChannelNeedsNoPort) {
  RefusingService service;
  auto server = Server::Start({}, {&service});
  ASSERT_TRUE(server.ok());
  EXPECT_EQ((*server)->port(), 0);
  auto stub = pb::EvaluationService::NewStub((*server)->InProcessChannel());
  grpc::ClientContext context;
  pb::PredictResponse response;
  EXPECT_EQ(stub->Predict(&context, {}, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace winnow::rpc

#include "common/rpc/errors.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/testing.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "winnow/common/v1/common.pb.h"
#include "winnow/common/v1/status_details.pb.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::rpc {
namespace {

namespace pb = winnow::evaluation::v1;
using ::testing::HasSubstr;

// Answers everything with one status.
class RefusingService final : public pb::EvaluationService::Service {
 public:
  explicit RefusingService(absl::Status status) : status_(std::move(status)) {}
  grpc::Status Predict(grpc::ServerContext*, const pb::PredictRequest*,
                       pb::PredictResponse*) override {
    return ToGrpc(status_);
  }

 private:
  const absl::Status status_;
};

// `status` as a client of a real server sees it.
absl::Status OverTheWire(const absl::Status& status) {
  RefusingService service(status);
  TestServer server({&service});
  const auto stub = pb::EvaluationService::NewStub(server.channel());
  grpc::ClientContext context;
  pb::PredictResponse response;
  return FromGrpc(stub->Predict(&context, {}, &response));
}

absl::Status WithProblems(int count, const std::string& what) {
  Violations violations;
  for (int i = 0; i < count; ++i) violations.Add(absl::StrCat("line ", i, ": spans[0].end"), what);
  return violations.ToStatus("cannot import titles.jsonl");
}

TEST(Errors, StatusSurvivesTheWire) {
  Violations violations;
  violations.Add("texts", "is empty");
  violations.Add("model", "is empty");
  const absl::Status sent = violations.ToStatus("bad request");
  const absl::Status status = OverTheWire(sent);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_INPUT");
  EXPECT_EQ(status.message(), sent.message());
  const std::vector<Violation> listed = Violations::Of(status);
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[1].where, "model");
  EXPECT_EQ(listed[1].what, "is empty");
  EXPECT_EQ(Violations::CountOf(status), 2u);
}

TEST(Errors, PlainStatusKeepsCodeAndMessage) {
  const absl::Status status = FromGrpc(ToGrpc(absl::NotFoundError("no such thing")));
  EXPECT_EQ(status, absl::NotFoundError("no such thing"));
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
}

TEST(Errors, ReasonAndDelaySurviveTheWire) {
  const absl::Status status = OverTheWire(WithRetryAfter(
      WithReason(absl::UnavailableError("opening"), "QUEUE_OPENING"), absl::Milliseconds(1500)));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "QUEUE_OPENING");
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(1500));
  EXPECT_TRUE(Violations::Of(status).empty());
}

TEST(Errors, ManyViolationsArriveAsFarAsThereIsRoom) {
  for (const char* what : {"is 9, beyond the text's 5 characters", "ist größer als «größter»"}) {
    const absl::Status status = OverTheWire(WithProblems(50, what));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    const std::vector<Violation> listed = Violations::Of(status);
    ASSERT_GT(listed.size(), 8u);
    ASSERT_LT(listed.size(), 50u);
    EXPECT_EQ(listed.back().what, what);
    EXPECT_EQ(Violations::CountOf(status), 50u);
    EXPECT_THAT(std::string(status.message()), HasSubstr("(50 problems)"));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("and ", 50 - listed.size(), " more")));
  }
}

TEST(Errors, NoStatusIsTooLongForTheWire) {
  // Lengths around which characters of two and three bytes are cut.
  for (int length = 8'000; length < 8'003; ++length) {
    const absl::Status status = OverTheWire(WithProblems(3, std::string(length, 'x')));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Violations::Of(status).size(), 3u);
    std::string message(length % 3, 'x');
    for (int i = 0; i < length; ++i) message += "…";
    const absl::Status plain =
        OverTheWire(WithReason(absl::InternalError(message), "CORRUPT_MODEL"));
    EXPECT_EQ(plain.code(), absl::StatusCode::kInternal);
    EXPECT_EQ(ReasonOf(plain), "CORRUPT_MODEL");
    EXPECT_THAT(std::string(plain.message()), HasSubstr("……..."));
  }
}

TEST(Errors, DetailsAreThoseOfGoogleRpc) {
  const grpc::Status sent = ToGrpc(
      WithRetryAfter(WithProblems(50, "is 9, beyond the text's 5 characters"), absl::Seconds(2)));
  winnow::common::v1::StatusDetails details;
  ASSERT_TRUE(details.ParseFromString(sent.error_details()));
  EXPECT_EQ(details.code(), 3);
  EXPECT_EQ(details.message(), sent.error_message());
  ASSERT_EQ(details.details_size(), 3);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
  winnow::common::v1::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(details.details(0).value()));
  EXPECT_EQ(info.reason(), "INVALID_INPUT");
  EXPECT_EQ(info.domain(), "winnow");
  EXPECT_EQ(details.details(1).type_url(), "type.googleapis.com/google.rpc.BadRequest");
  winnow::common::v1::BadRequest bad_request;
  ASSERT_TRUE(bad_request.ParseFromString(details.details(1).value()));
  EXPECT_EQ(info.metadata().at("violations_left_out"),
            absl::StrCat(50 - bad_request.field_violations_size()));
  EXPECT_EQ(details.details(2).type_url(), "type.googleapis.com/google.rpc.RetryInfo");
}

}  // namespace
}  // namespace winnow::rpc

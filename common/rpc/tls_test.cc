#include "common/rpc/tls.h"

#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/testing_certificates.h"
#include "gmock/gmock.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "gtest/gtest.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::rpc {
namespace {

namespace v1 = evaluation::v1;
using ::testing::HasSubstr;

// Tells the name in the caller's certificate.
class NameService final : public v1::EvaluationService::Service {
 public:
  grpc::Status Predict(grpc::ServerContext* context, const v1::PredictRequest*,
                       v1::PredictResponse* response) override {
    const auto names = context->auth_context()->FindPropertyValues(GRPC_X509_CN_PROPERTY_NAME);
    if (!names.empty()) response->set_model_version({names[0].data(), names[0].size()});
    return grpc::Status::OK;
  }
};

class TlsTest : public testing::Test {
 protected:
  ~TlsTest() override { std::filesystem::remove_all(directory_); }

  void Serve(const TlsFiles& files) {
    auto server = Server::Start({.address = "127.0.0.1:0", .tls = files}, {&service_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  // The name that the server saw.
  absl::StatusOr<std::string> Call(const TlsFiles& files) {
    WINNOW_ASSIGN_OR_RETURN(const auto channel,
                            Connect(absl::StrCat("127.0.0.1:", server_->port()), {.tls = files}));
    Client::Options once;
    once.retry.max_tries = 1;
    const auto stub = v1::EvaluationService::NewStub(channel);
    WINNOW_ASSIGN_OR_RETURN(const v1::PredictResponse response,
                            Client(once).Call(*stub, &v1::EvaluationService::Stub::Predict, {},
                                              {.timeout = absl::Seconds(10)}));
    return response.model_version();
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) /
      absl::StrCat("winnow_tls_", testing::UnitTest::GetInstance()->current_test_info()->name(),
                   "_", getpid());
  TestAuthority authority_{directory_ / "ours"};
  TestAuthority other_authority_{directory_ / "others"};
  NameService service_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, AServerIsBelievedThatTheAuthorityVouchesFor) {
  TlsFiles files = authority_.Issue("server", "winnow.test");
  files.authority.clear();
  Serve(files);
  EXPECT_EQ(*Call({.authority = authority_.file()}), "");
  EXPECT_TRUE(absl::IsUnavailable(Call({.authority = other_authority_.file()}).status()));
  EXPECT_FALSE(Call({}).ok()) << "not encrypted";
}

TEST_F(TlsTest, ACallerIsKnownByACertificateThatTheAuthorityVouchesFor) {
  Serve(authority_.Issue("server", "winnow.test"));
  EXPECT_EQ(*Call(authority_.Issue("training", "training.winnow.test")), "training.winnow.test");
  EXPECT_EQ(*Call({.authority = authority_.file()}), "") << "it need not show one";
  TlsFiles stranger = other_authority_.Issue("stranger", "training.winnow.test");
  stranger.authority = authority_.file();
  EXPECT_FALSE(Call(stranger).ok());
}

TEST_F(TlsTest, ARenewedCertificateIsUsedWithoutARestart) {
  TlsFiles files = authority_.Issue("server", "old.winnow.test");
  files.authority.clear();
  Serve(files);
  ASSERT_TRUE(Call({.authority = authority_.file()}).ok());
  // Another authority's: whoever trusts that one alone gets through as soon as it is used.
  const TlsFiles renewed = other_authority_.Issue("server", "new.winnow.test");
  std::filesystem::copy_file(renewed.key, files.key,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(renewed.certificate, files.certificate,
                             std::filesystem::copy_options::overwrite_existing);
  while (!Call({.authority = other_authority_.file()}).ok()) absl::SleepFor(absl::Milliseconds(50));
}

TEST_F(TlsTest, EverythingThatIsWrongWithTheFilesIsTold) {
  const TlsFiles good = authority_.Issue("server", "winnow.test");
  const absl::Status status =
      ServerTls({.certificate = good.key, .key = "/nonexistent", .authority = "/nowhere"}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Violations::Of(status), testing::SizeIs(3)) << status;
  EXPECT_THAT(ServerTls({.certificate = good.certificate}).status().message(),
              HasSubstr("one of them is missing"));
  EXPECT_FALSE(ServerTls({.authority = good.authority}).ok());
  EXPECT_FALSE(ClientTls({.key = good.key, .authority = good.authority}).ok());
  EXPECT_FALSE(Connect("127.0.0.1:1", {.tls = {good.certificate, good.key, ""}}).ok());
}

}  // namespace
}  // namespace winnow::rpc

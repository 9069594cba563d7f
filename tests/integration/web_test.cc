// Browsers, through the program that people start: sign-in, calls and streams of real services.
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/gateway/http/testing.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::integration {
namespace {

namespace v1 = annotation::v1;
using http::Get;
using http::Post;
using http::Reply;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr char kAnnotation[] = "/rpc/winnow.annotation.v1.AnnotationService/";

// One message of a stream of the Connect protocol; all that are sent here are short.
std::string Enclose(const std::string& message) {
  return absl::StrCat(std::string(3, '\0'), std::string(1, static_cast<char>(message.size() >> 8)),
                      std::string(1, static_cast<char>(message.size() & 0xff)), message);
}

// Those of a body, the last of which tells how it ended.
std::vector<std::string> Messages(const std::string& body) {
  std::vector<std::string> messages;
  for (size_t at = 0; at + 5 <= body.size();) {
    size_t length = 0;
    for (size_t i = 1; i < 5; ++i) length = length << 8 | static_cast<uint8_t>(body[at + i]);
    messages.push_back(body.substr(at + 5, length));
    at += 5 + length;
  }
  return messages;
}

class WebTest : public testing::Test {
 protected:
  void SetUp() override { Serve(); }

  void Serve() {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto url = server_->process().AwaitLine("in the browser: ");
    ASSERT_TRUE(url.ok()) << url.status();
    // "http://127.0.0.1:40707/"
    const std::string port = url->substr(url->rfind(':') + 1);
    ASSERT_TRUE(absl::SimpleAtoi(port.substr(0, port.find('/')), &port_)) << *url;
  }
  // The new person's token.
  std::string Add(const std::string& name, const std::string& role, const std::string& admin = "") {
    std::vector<std::string> words = {"people",          "add", name, "--role", role, "--server",
                                      server_->address()};
    if (!admin.empty()) words.insert(words.end(), {"--token", admin});
    const Finished finished = RunToEnd("winnow", words);
    EXPECT_EQ(finished.exit_code, 0) << finished;
    return finished.out.substr(0, finished.out.find('\n'));
  }
  Reply Ask(absl::string_view request) {
    http::TestClient client(port_);
    client.Send(request);
    return client.Read();
  }
  // The header with the cookie of a person.
  std::string SignIn(const std::string& token) {
    const Reply reply = Ask(Post("/session", "application/json", json{{"token", token}}.dump()));
    EXPECT_EQ(reply.status, 200) << reply.body;
    const std::string cookie = reply.headers.at("set-cookie");
    return absl::StrCat("Cookie: ", cookie.substr(0, cookie.find(';')), "\r\n");
  }
  Reply Call(absl::string_view method, const json& request, const std::string& headers = "") {
    return Ask(
        Post(absl::StrCat(kAnnotation, method), "application/json", request.dump(), headers));
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
  int port_ = 0;
};

TEST_F(WebTest, CallsAreThoseOfWhoeverHasSignedIn) {
  EXPECT_EQ(Ask(Get("/session")).body, R"({"name":"","role":"admin","open":true})");
  EXPECT_EQ(Call("ListQueues", json::object()).status, 200);

  const std::string admin = Add("root", "admin");
  const std::string anna = SignIn(Add("anna", "annotator", admin));
  // It is closed now, to the gateway in the same process, too.
  EXPECT_EQ(Ask(Get("/session")).status, 401);
  EXPECT_EQ(Call("ListQueues", json::object()).status, 401);
  EXPECT_EQ(json::parse(Ask(Get("/session", anna)).body)["role"], "annotator");
  EXPECT_EQ(Call("ListQueues", json::object(), anna).status, 200);
  const Reply wrong_role = Call("ListDatasets", json::object(), anna);
  EXPECT_EQ(wrong_role.status, 403);
  EXPECT_EQ(json::parse(wrong_role.body)["code"], "permission_denied");

  // Kept over a kill; ended by the admin.
  server_->Kill();
  Serve();
  EXPECT_EQ(Call("ListQueues", json::object(), anna).status, 200);
  const Finished disabled = RunToEnd(
      "winnow", {"people", "disable", "anna", "--token", admin, "--server", server_->address()});
  EXPECT_EQ(disabled.exit_code, 0) << disabled;
  EXPECT_EQ(Call("ListQueues", json::object(), anna).status, 401);
}

TEST_F(WebTest, EveryMessageOfAStreamArrives) {
  std::string rows;
  for (int i = 0; i < 20'000; ++i)
    rows += json{{"text", absl::StrCat("row ", i)}, {"answer", "accept"}}.dump() + "\n";
  v1::ImportDatasetRequest part;
  part.mutable_header()->set_request_id(cli::NewRequestId());
  part.mutable_header()->set_dataset("rows");
  part.mutable_header()->set_coverage(v1::COVERAGE_BINARY);
  part.mutable_header()->set_allow_no_spans(true);
  std::string body = Enclose(part.SerializeAsString());
  for (size_t at = 0; at < rows.size(); at += 10'000) {
    part.set_chunk(rows.substr(at, 10'000));
    body += Enclose(part.SerializeAsString());
  }
  const Reply imported =
      Ask(Post(absl::StrCat(kAnnotation, "ImportDataset"), "application/connect+proto", body));
  EXPECT_EQ(Messages(imported.body).back(), "{}");

  v1::ExportDatasetRequest request;
  request.set_dataset("rows");
  for (int i = 0; i < 20; ++i) {
    const Reply exported =
        Ask(Post(absl::StrCat(kAnnotation, "ExportDataset"), "application/connect+proto",
                 Enclose(request.SerializeAsString())));
    std::vector<std::string> messages = Messages(exported.body);
    ASSERT_EQ(messages.back(), "{}") << i;
    messages.pop_back();
    std::string file;
    for (const std::string& message : messages) {
      v1::ExportDatasetResponse response;
      ASSERT_TRUE(response.ParseFromString(message));
      file += response.chunk();
    }
    ASSERT_EQ(file, rows) << i;
  }
}

TEST_F(WebTest, ManyCallsGetTheirReplies) {
  http::TestClient client(port_);
  for (int i = 0; i < 2'000; ++i) {
    client.Send(Post("/rpc/winnow.access.v1.AccessService/WhoAmI", "application/json", "{}"));
    ASSERT_EQ(client.Read().body, R"({"open":true})") << i;
  }
}

TEST_F(WebTest, TellsHealth) {
  const Reply health = Ask(Get("/healthz"));
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, "ok\n");
  EXPECT_THAT(Ask(Get("/metrics")).body,
              HasSubstr("winnow_gateway_requests_total{route=\"health\",status=\"200\"} 1"));
}

TEST_F(WebTest, APortIsGivenUpOrRefused) {
  // Somebody's, and one that may be chosen.
  absl::StatusOr<std::unique_ptr<WinnowServer>> first = absl::UnknownError("not tried");
  std::string taken;
  for (int port = 20'000 + getpid() % 10'000; !first.ok() && port < 32'768; ++port) {
    taken = absl::StrCat("127.0.0.1:", port);
    first = WinnowServer::Start(scratch_ / "first", {"--web", taken});
  }
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(RunToEnd("winnow", {"serve", "--data", scratch_ / "other", "--listen", "127.0.0.1:0",
                                  "--web", taken}),
              testing::Field(&Finished::err, HasSubstr("--web: cannot listen on " + taken)));
  EXPECT_THAT(RunToEnd("winnow", {"serve", "--data", scratch_ / "other", "--listen", "127.0.0.1:0",
                                  "--web", "0.0.0.0:0"}),
              testing::Field(&Finished::err, HasSubstr("--web 0.0.0.0:0 is not loopback")));
  EXPECT_THAT(RunToEnd("winnow", {"serve", "--data", scratch_ / "other", "--web", "nonsense"}),
              testing::Field(&Finished::err, HasSubstr("--web: is 'nonsense', must be")));
}

TEST_F(WebTest, AGatewayRunsApart) {
  const auto start = [&](const std::string& listen) {
    return std::make_unique<ChildProcess>(std::vector<std::string>{
        Program("winnow-gateway"), "--listen=" + listen, "--server=" + server_->address(),
        "--data=" + (scratch_ / "gateway")});
  };
  auto gateway = start("127.0.0.1:0");
  const auto url = gateway->AwaitLine("url=http://127.0.0.1:");
  ASSERT_TRUE(url.ok()) << url.status();
  ASSERT_TRUE(absl::SimpleAtoi(url->substr(0, url->find('/')), &port_));
  EXPECT_EQ(Call("ListQueues", json::object()).status, 200);
  const std::string anna = SignIn(Add("anna", "admin"));
  EXPECT_EQ(Call("ListQueues", json::object()).status, 401);
  EXPECT_EQ(Call("ListQueues", json::object(), anna).status, 200);

  // The services go and come back.
  const std::string address = server_->address();
  server_->Kill();
  EXPECT_EQ(Call("ListQueues", json::object(), anna).status, 503);
  EXPECT_EQ(Ask(Get("/healthz")).status, 503);
  gateway->Signal(SIGTERM);
  EXPECT_EQ(gateway->Wait().value_or(-1), 0);
}

}  // namespace
}  // namespace winnow::integration

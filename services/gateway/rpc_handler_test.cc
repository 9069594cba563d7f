#include "services/gateway/rpc_handler.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/gateway/protocol.h"
#include "services/gateway/testing.h"
#include "winnow/common/v1/status_details.pb.h"

namespace winnow::gateway {
namespace {

namespace v1 = annotation::v1;
using http::Post;
using http::Reply;
using http::TestClient;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kService[] = "/rpc/winnow.annotation.v1.AnnotationService/";

std::string Path(absl::string_view method) { return absl::StrCat(kService, method); }

// The envelopes of a body: flags, then the message.
std::vector<std::pair<int, std::string>> Envelopes(const std::string& body) {
  std::vector<std::pair<int, std::string>> envelopes;
  for (size_t at = 0; at + 5 <= body.size();) {
    size_t length = 0;
    for (size_t i = 1; i < 5; ++i) length = length << 8 | static_cast<uint8_t>(body[at + i]);
    envelopes.emplace_back(static_cast<uint8_t>(body[at]), body.substr(at + 5, length));
    at += 5 + length;
  }
  return envelopes;
}

class RpcHandlerTest : public GatewayTest {
 protected:
  Reply Json(absl::string_view method, absl::string_view body, absl::string_view more = "") {
    return Ask(Post(Path(method), "application/json", body, more));
  }
  Reply Stream(absl::string_view method, absl::string_view message) {
    return Ask(Post(Path(method), "application/connect+json", Enclose(0, message)));
  }
  std::string Uploaded(const std::vector<std::string>& messages) {
    std::string body;
    for (const std::string& message : messages) body += Enclose(0, message);
    return body;
  }
};

TEST_F(RpcHandlerTest, CarriesUnaryCallsInJson) {
  const Reply reply = Json("GetQueue", R"({"name": "titles"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-type"), "application/json");
  EXPECT_EQ(json::parse(reply.body)["spec"]["name"], "titles");
}

TEST_F(RpcHandlerTest, CarriesUnaryCallsInBinary) {
  v1::GetQueueRequest request;
  request.set_name("titles");
  const Reply reply = Ask(Post(Path("GetQueue"), "application/proto", request.SerializeAsString()));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-type"), "application/proto");
  v1::Queue queue;
  ASSERT_TRUE(queue.ParseFromString(reply.body));
  EXPECT_EQ(queue.spec().name(), "titles");
}

TEST_F(RpcHandlerTest, PacksLongReplies) {
  const Reply reply = Json("GetQueue", R"({"name": "titles"})", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(reply.headers.at("content-encoding"), "gzip");
  EXPECT_LT(reply.body.size(), 200u);
}

TEST_F(RpcHandlerTest, TellsErrorsWithTheirDetails) {
  const Reply reply = Json("GetQueue", "{}");
  EXPECT_EQ(reply.status, 400);
  const json error = json::parse(reply.body);
  EXPECT_EQ(error["code"], "invalid_argument");
  EXPECT_THAT(error["message"], HasSubstr("must not be empty"));
  ASSERT_EQ(error["details"].size(), 2u);
  EXPECT_EQ(error["details"][0]["type"], "google.rpc.ErrorInfo");
  std::string bytes;
  common::v1::ErrorInfo info;
  ASSERT_TRUE(absl::Base64Unescape(error["details"][0]["value"].get<std::string>(), &bytes));
  ASSERT_TRUE(info.ParseFromString(bytes));
  EXPECT_EQ(info.reason(), "INVALID_INPUT");
  EXPECT_EQ(error["details"][1]["type"], "google.rpc.BadRequest");
}

TEST_F(RpcHandlerTest, RefusesWhatIsNoRequest) {
  for (const char* body : {"", "[]", "{", R"({"nome": "x"})", R"({"name": 3, "wait": "perhaps"})",
                           "\"\\ud800\"", "{\"name\": \"\xff\xfe\"}"}) {
    SCOPED_TRACE(body);
    const Reply reply = Json("GetQueue", body);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(json::parse(reply.body)["code"], "invalid_argument");
  }
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(Json("GetQueue", deep).status, 400);
}

TEST_F(RpcHandlerTest, RefusesOtherMethodsAndTypes) {
  EXPECT_EQ(Json("Nothing", "{}").status, 404);
  EXPECT_EQ(json::parse(Json("Nothing", "{}").body)["code"], "unimplemented");
  // Not one for browsers, and none of ours.
  for (const char* path : {"/rpc/winnow.annotation.v1.SnapshotService/CreateSnapshot",
                           "/rpc/grpc.health.v1.Health/Check", "/rpc/", "/rpc/../healthz"})
    EXPECT_EQ(Ask(Post(path, "application/json", "{}")).status, 404) << path;
  EXPECT_EQ(Ask(Post(Path("GetQueue"), "text/plain", "{}")).status, 415);
  EXPECT_EQ(Ask(Post(Path("GetQueue"), "application/connect+json", "{}")).status, 415);
  EXPECT_EQ(Json("WatchQueue", "{}").status, 415);
  EXPECT_EQ(Ask(http::Get(Path("GetQueue"))).status, 405);
}

TEST_F(RpcHandlerTest, SaysThatBrowsersCannotStreamBothWays) {
  const Reply reply = Stream("Annotate", "{}");
  EXPECT_EQ(reply.status, 200);
  const auto envelopes = Envelopes(reply.body);
  ASSERT_EQ(envelopes.size(), 1u);
  EXPECT_EQ(envelopes[0].first, kConnectEnd);
  EXPECT_EQ(json::parse(envelopes[0].second)["error"]["code"], "unimplemented");
}

TEST_F(RpcHandlerTest, RefusesLongUnaryCalls) {
  const Reply reply =
      Json("GetQueue", absl::StrCat(R"({"name": ")", std::string(kMaxRequestBytes, 'x'), "\"}"));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(json::parse(reply.body)["code"], "resource_exhausted");
}

TEST_F(RpcHandlerTest, StreamsReplies) {
  const Reply reply = Stream("ExportDataset", R"({"dataset": "titles"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-type"), "application/connect+json");
  const auto envelopes = Envelopes(reply.body);
  ASSERT_EQ(envelopes.size(), 4u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(envelopes[i].first, 0);
    EXPECT_GT(json::parse(envelopes[i].second)["chunk"].get<std::string>().size(), 300'000u);
  }
  EXPECT_EQ(envelopes[3], (std::pair<int, std::string>(kConnectEnd, "{}")));
}

TEST_F(RpcHandlerTest, StreamsErrorsAfterReplies) {
  const auto envelopes = Envelopes(Stream("ExportDataset", R"({"dataset": "broken"})").body);
  ASSERT_EQ(envelopes.size(), 4u);
  EXPECT_EQ(json::parse(envelopes[3].second)["error"]["code"], "data_loss");
}

TEST_F(RpcHandlerTest, SpeaksGrpcWeb) {
  const Reply unary =
      Ask(Post(Path("GetQueue"), "application/grpc-web+proto", Enclose(0, "\x0a\x01q")));
  EXPECT_EQ(unary.headers.at("content-type"), "application/grpc-web+proto");
  auto envelopes = Envelopes(unary.body);
  ASSERT_EQ(envelopes.size(), 2u);
  v1::Queue queue;
  EXPECT_TRUE(queue.ParseFromString(envelopes[0].second));
  EXPECT_EQ(queue.spec().name(), "q");
  EXPECT_EQ(envelopes[1], (std::pair<int, std::string>(kGrpcWebTrailers, "grpc-status: 0\r\n")));

  v1::ExportDatasetRequest request;
  request.set_dataset("broken");
  envelopes = Envelopes(Ask(Post(Path("ExportDataset"), "application/grpc-web+proto",
                                 Enclose(0, request.SerializeAsString())))
                            .body);
  ASSERT_EQ(envelopes.size(), 4u);
  EXPECT_EQ(envelopes[3].second,
            "grpc-status: 15\r\ngrpc-message: the disk is broken: 100 %25\r\n");
}

TEST_F(RpcHandlerTest, RefusesStreamsThatAreNoEnvelopes) {
  const std::string message = R"({"dataset": "titles"})";
  const std::string bodies[] = {
      "",
      "xyz",
      message,
      Enclose(0, message).substr(0, 20),
      Enclose(0, message) + Enclose(0, message),
      Enclose(0, message) + "x",
      Enclose(kCompressed, message),
      Enclose(kConnectEnd, message),
      Enclose(0x40, message),
      std::string("\x00\xff\xff\xff\xff", 5) + message,
      Enclose(0, "{"),
  };
  for (const std::string& body : bodies) {
    SCOPED_TRACE(absl::CHexEscape(body));
    const Reply reply = Ask(Post(Path("ExportDataset"), "application/connect+json", body));
    EXPECT_EQ(reply.status, 200);
    const auto envelopes = Envelopes(reply.body);
    ASSERT_EQ(envelopes.size(), 1u);
    EXPECT_EQ(envelopes[0].first, kConnectEnd);
    EXPECT_TRUE(json::parse(envelopes[0].second).contains("error"));
  }
}

TEST_F(RpcHandlerTest, PassesUploadsOnAsTheyCome) {
  TestClient client(gateway_->port());
  const std::string header = Enclose(0, R"({"header": {"dataset": "titles"}})");
  const std::string chunk = Enclose(0, R"({"chunk": "YWJj"})");
  client.Send(absl::StrCat("POST ", Path("ImportDataset"),
                           " HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                           "Content-Type: application/connect+json\r\nContent-Length: ",
                           header.size() + 3 * chunk.size(), "\r\n\r\n"));
  client.Send(header + chunk + chunk);
  EXPECT_TRUE(Eventually([&] { return annotation_.num_chunks == 2; }));
  client.Send(chunk);
  const auto envelopes = Envelopes(client.Read().body);
  ASSERT_EQ(envelopes.size(), 2u);
  EXPECT_EQ(json::parse(envelopes[0].second)["numRows"], "9");
  EXPECT_EQ(envelopes[1].second, "{}");
}

TEST_F(RpcHandlerTest, CarriesLongUploads) {
  v1::ImportDatasetRequest message;
  message.set_chunk(std::string(1 << 20, 'x'));
  std::string body;
  for (int i = 0; i < 40; ++i) body += Enclose(0, message.SerializeAsString());
  const auto envelopes =
      Envelopes(Ask(Post(Path("ImportDataset"), "application/connect+proto", body)).body);
  ASSERT_EQ(envelopes.size(), 2u);
  v1::ImportDatasetResponse response;
  ASSERT_TRUE(response.ParseFromString(envelopes[0].second));
  EXPECT_EQ(response.num_rows(), uint64_t{40} << 20);
}

TEST_F(RpcHandlerTest, TellsThatAnUploadIsRefusedWhileItIsSent) {
  v1::ImportDatasetRequest message;
  message.mutable_header()->set_dataset("refused");
  std::string body = Enclose(0, message.SerializeAsString());
  message.set_chunk(std::string(1 << 20, 'x'));
  for (int i = 0; i < 30; ++i) body += Enclose(0, message.SerializeAsString());
  const auto envelopes =
      Envelopes(Ask(Post(Path("ImportDataset"), "application/connect+proto", body)).body);
  ASSERT_EQ(envelopes.size(), 1u);
  EXPECT_EQ(json::parse(envelopes[0].second)["error"]["code"], "already_exists");
}

TEST_F(RpcHandlerTest, BreaksOffAnUploadThatIsCutShort) {
  for (const std::string& body :
       {Uploaded({R"({"header": {}})"}) + "xy", Uploaded({R"({"header": {}})", "no json"})}) {
    const auto envelopes =
        Envelopes(Ask(Post(Path("ImportDataset"), "application/connect+json", body)).body);
    ASSERT_EQ(envelopes.size(), 1u);
    EXPECT_EQ(json::parse(envelopes[0].second)["error"]["code"], "invalid_argument");
  }
}

TEST_F(RpcHandlerTest, EndsCallsAtTheirDeadline) {
  const Reply reply =
      Json("GetQueue", R"({"name": "x", "wait": true})", "Connect-Timeout-Ms: 100\r\n");
  EXPECT_EQ(reply.status, 504);
  EXPECT_EQ(json::parse(reply.body)["code"], "deadline_exceeded");
  for (const char* timeout : {"soon", "-1", "99999999999", ""}) {
    const int status =
        Json("GetQueue", R"({"name": "x"})", absl::StrCat("Connect-Timeout-Ms: ", timeout, "\r\n"))
            .status;
    EXPECT_EQ(status, *timeout == '\0' ? 200 : 400) << timeout;
  }
}

TEST_F(RpcHandlerTest, CancelsTheCallsOfThoseWhoLeave) {
  {
    TestClient waiting(gateway_->port());
    waiting.Send(Post(Path("GetQueue"), "application/json", R"({"wait": true})"));
    TestClient watching(gateway_->port());
    watching.Send(
        Post(Path("WatchQueue"), "application/connect+json", Enclose(0, R"({"name": "2"})")));
    EXPECT_EQ(watching.ReadHead().status, 200);
    EXPECT_FALSE(watching.ReadChunk().empty());
    EXPECT_TRUE(Eventually([&] { return annotation_.num_waiting == 2; }));
  }
  EXPECT_TRUE(Eventually([&] { return annotation_.num_waiting == 0; }));
  EXPECT_EQ(annotation_.num_cancelled, 2);
}

TEST_F(RpcHandlerTest, HoldsBackAStreamForASlowReader) {
  TestClient slow(gateway_->port(), /*receive_buffer=*/64 << 10);
  slow.Send(Post(Path("ExportDataset"), "application/connect+proto",
                 Enclose(0,
                         "\x0a\x07"
                         "endless")));
  EXPECT_EQ(slow.ReadHead().status, 200);
  EXPECT_TRUE(Eventually([&] { return annotation_.sent_bytes > 0; }));
  // It comes to rest: what is under way lies in the buffers of sockets and streams.
  size_t before = 1;
  EXPECT_TRUE(Eventually([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return std::exchange(before, annotation_.sent_bytes.load()) == annotation_.sent_bytes;
  }));
  EXPECT_LT(annotation_.sent_bytes, size_t{16} << 20);
  slow.Close();
  EXPECT_TRUE(Eventually([&] { return annotation_.num_cancelled == 1; }));
}

TEST_F(RpcHandlerTest, SaysThatTheServicesAreAway) {
  services_.server().Shutdown(absl::ZeroDuration());
  const Reply reply = Json("GetQueue", R"({"name": "x"})");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(json::parse(reply.body)["code"], "unavailable");
}

TEST_F(RpcHandlerTest, AnswersManyAtATime) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      TestClient client(gateway_->port());
      for (int j = 0; j < 200; ++j) {
        const std::string name = absl::StrCat("queue", j);
        client.Send(Post(Path("GetQueue"), "application/json", json{{"name", name}}.dump()));
        good += json::parse(client.Read().body)["spec"]["name"] == name;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8 * 200);
}

TEST_F(RpcHandlerTest, StopsWhileStreamsAreOpen) {
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<TestClient>(gateway_->port()));
    clients.back()->Send(
        Post(Path("WatchQueue"), "application/connect+json", Enclose(0, R"({"name": "1"})")));
  }
  EXPECT_TRUE(Eventually([&] { return annotation_.num_waiting == 20; }));
  gateway_->Stop(absl::Milliseconds(50));
  EXPECT_TRUE(Eventually([&] { return annotation_.num_waiting == 0; }));
}

}  // namespace
}  // namespace winnow::gateway

#include "services/gateway/http/server.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/http/testing.h"

namespace winnow::http {
namespace {

using ::testing::HasSubstr;

constexpr size_t kMaxBody = 1000;

// GET tells the path, POST the body, /pieces how many bytes there were, /big sends a lot.
class ServerTest : public ::testing::Test {
 protected:
  void Start(const Limits& limits = {}, size_t max_connections = 100) {
    auto server = Server::Start(
        {.address = "127.0.0.1:0", .max_connections = max_connections, .limits = limits},
        [this](Exchange& exchange) { return Answer(exchange); }, registry_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  Awaitable<void> Answer(Exchange& exchange) {
    const Request& request = exchange.request();
    Response response{.headers = {{"Content-Type", "text/plain"}}};
    if (request.path == "/throws") throw std::runtime_error("on purpose");
    if (request.path == "/big") {
      co_await exchange.Begin(response);
      bool heard = true;
      while (heard) heard = co_await exchange.Write(std::string(kPieceBytes, 'x'));
      ++big_ended_;
      co_return;
    }
    if (request.path == "/pieces") {
      size_t bytes = 0;
      while (true) {
        const absl::StatusOr<std::string> piece = co_await exchange.ReadPiece();
        if (!piece.ok()) response.status = 400;
        if (!piece.ok() || piece->empty()) break;
        bytes += piece->size();
      }
      response.body = absl::StrCat(bytes);
    } else if (request.method == "POST") {
      const absl::StatusOr<std::string> body = co_await exchange.ReadBody(kMaxBody);
      if (!body.ok()) response.status = absl::IsResourceExhausted(body.status()) ? 413 : 400;
      response.body = body.ok() ? *body : std::string(body.status().message());
    } else {
      response.body = absl::StrCat(request.path, "?", request.query);
    }
    if (request.path == "/long") response.body = std::string(100'000, 'a');
    co_await exchange.Send(std::move(response));
  }

  Reply Ask(absl::string_view bytes) {
    TestClient client(server_->port());
    client.Send(bytes);
    return client.Read();
  }

  metrics::Registry registry_;
  std::atomic<int> big_ended_{0};
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  Start();
  TestClient client(server_->port());
  client.Send(Get("/a?b=c"));
  EXPECT_EQ(client.Read().body, "/a?b=c");
  // Also when they come together.
  client.Send(Post("/", "text/plain", "first") + Post("/", "text/plain", "second"));
  EXPECT_EQ(client.Read().body, "first");
  EXPECT_EQ(client.Read().body, "second");
}

TEST_F(ServerTest, ReadsBodiesInChunks) {
  Start();
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\n\r\n")
                .body,
            "abcdefg");
}

TEST_F(ServerTest, PassesLongBodiesOnInPieces) {
  Start();
  const std::string body(5'000'000, 'b');
  EXPECT_EQ(Ask(Post("/pieces", "text/plain", body)).body, "5000000");
}

TEST_F(ServerTest, AnswersHeadWithoutBody) {
  Start();
  TestClient client(server_->port());
  client.Send("HEAD /abc HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const Reply head = client.ReadHead();
  EXPECT_EQ(head.headers.at("content-length"), "5");
  client.Send(Get("/next"));
  EXPECT_EQ(client.Read().body, "/next?");
}

TEST_F(ServerTest, PacksLongTextsForThoseWhoTakeIt) {
  Start();
  const Reply packed = Ask(Get("/long", "Accept-Encoding: br, gzip\r\n"));
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 1000u);
  const Reply plain = Ask(Get("/long", "Accept-Encoding: gzip;q=0\r\n"));
  EXPECT_EQ(plain.headers.count("content-encoding"), 0u);
  EXPECT_EQ(plain.body.size(), 100'000u);
}

TEST_F(ServerTest, SaysContinueToThoseWhoWaitForIt) {
  Start();
  TestClient client(server_->port());
  client.Send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadHead().status, 100);
  client.Send("ok");
  EXPECT_EQ(client.Read().body, "ok");
}

TEST_F(ServerTest, RefusesABodyThatIsTooLong) {
  Start();
  // By its length, before a byte of it; and where none is told.
  const Reply told = Ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(told.status, 413);
  EXPECT_EQ(told.headers.at("connection"), "close");
  EXPECT_EQ(Ask(absl::StrCat("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n",
                             "\r\nfff\r\n", std::string(0xfff, 'x'), "\r\n"))
                .status,
            413);
  // The refusal arrives although the client goes on sending.
  EXPECT_EQ(Ask(Post("/", "text/plain", std::string(20'000'000, 'x'))).status, 413);
  EXPECT_EQ(
      Ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551615\r\n\r\n")
          .status,
      413);
}

struct Malformed {
  const char* name;
  std::string request;
  int status = 400;
};

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
  Start();
  const std::string host = "Host: localhost\r\n";
  const Malformed all[] = {
      {"two framings", "POST / HTTP/1.1\r\n" + host +
                           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"two framings, the other way round",
       "POST / HTTP/1.1\r\n" + host +
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"two lengths",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
      {"list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5, 6\r\n\r\nhello!"},
      {"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n"},
      {"length with sign", "POST / HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\nhello"},
      {"bare LF", "GET / HTTP/1.1\nHost: localhost\n\n"},
      {"bare CR", "GET / HTTP/1.1\r\nHost: local\rhost\r\n\r\n"},
      {"NUL in a header", std::string("GET / HTTP/1.1\r\nHost: localhost\r\nA: b\0c\r\n\r\n", 48)},
      {"space before the colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n"},
      {"no name", "GET / HTTP/1.1\r\n" + host + ": value\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n"},
      {"space in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n"},
      {"proxy's target", "GET http://localhost/ HTTP/1.1\r\n" + host + "\r\n"},
      {"old version", "GET / HTTP/1.0\r\n" + host + "\r\n", 505},
      {"no version", "GET /\r\n\r\n"},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n"},
      {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"chunk without length",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"},
      {"chunk that is longer than it says",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"},
      {"length of a chunk that overflows", "POST / HTTP/1.1\r\n" + host +
                                               "Transfer-Encoding: chunked\r\n\r\n"
                                               "fffffffffffffffff\r\nabc\r\n"},
      {"one header of 20 KB",
       "GET / HTTP/1.1\r\n" + host + "A: " + std::string(20'000, 'a') + "\r\n\r\n", 431},
      {"target of 20 KB", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n",
       431},
  };
  for (const Malformed& malformed : all) {
    SCOPED_TRACE(malformed.name);
    TestClient client(server_->port());
    client.Send(malformed.request);
    client.EndSending();
    EXPECT_EQ(client.Read().status, malformed.status);
    // What follows is not taken for another request.
    EXPECT_TRUE(client.IsClosedWithin(5'000));
  }
}

TEST_F(ServerTest, RefusesHeadersThatNeverEnd) {
  Start();
  TestClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n");
  int sent = 0;
  while (sent < 100'000 && client.Send("A: b\r\n")) ++sent;
  EXPECT_EQ(client.Read().status, 431);
}

TEST_F(ServerTest, EndsWithThoseWhoAreSlowToAsk) {
  Limits limits;
  limits.head = limits.body = limits.stall = absl::Milliseconds(300);
  limits.rest = absl::Milliseconds(600);
  Start(limits);
  TestClient silent(server_->port());
  TestClient slow_head(server_->port());
  slow_head.Send("GET / HT");
  TestClient slow_body(server_->port());
  slow_body.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhel");
  TestClient waits_to_continue(server_->port());
  waits_to_continue.Send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 10\r\n\r\n");
  TestClient idle(server_->port());
  idle.Send(Get("/"));
  EXPECT_EQ(idle.Read().status, 200);
  for (TestClient* client : {&silent, &slow_head, &slow_body, &waits_to_continue, &idle})
    EXPECT_TRUE(client->IsClosedWithin(10'000));
}

TEST_F(ServerTest, EndsWithThoseWhoDoNotRead) {
  Limits limits;
  limits.stall = absl::Milliseconds(300);
  Start(limits);
  TestClient client(server_->port(), /*receive_buffer=*/4096);
  client.Send(Get("/big"));
  for (int i = 0; i < 200 && big_ended_ == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(big_ended_, 1);
}

TEST_F(ServerTest, TellsThoseBeyondTheLimitToComeBack) {
  Start({}, /*max_connections=*/3);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<TestClient>(server_->port()));
    clients.back()->Send(Get("/"));
    EXPECT_EQ(clients.back()->Read().status, 200);
  }
  for (int i = 0; i < 50; ++i) {
    TestClient further(server_->port());
    const Reply refusal = further.Read();
    EXPECT_EQ(refusal.status, 503);
    EXPECT_EQ(refusal.headers.at("retry-after"), "5");
  }
  // The others are still served, and so is somebody new when one has left.
  clients[0]->Send(Get("/x"));
  EXPECT_EQ(clients[0]->Read().status, 200);
  clients.pop_back();
  Reply reply;
  for (int i = 0; i < 100 && reply.status != 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reply = Ask(Get("/"));
  }
  EXPECT_EQ(reply.status, 200);
}

TEST_F(ServerTest, GoesOnWhenAHandlerFails) {
  Start();
  EXPECT_EQ(Ask(Get("/throws")).status, 500);
  EXPECT_EQ(Ask(Get("/")).status, 200);
}

TEST_F(ServerTest, StopsWithClientsThatRestAndThatRead) {
  Start();
  TestClient resting(server_->port());
  resting.Send(Get("/"));
  EXPECT_EQ(resting.Read().status, 200);
  TestClient reading(server_->port());
  reading.Send(Get("/big"));
  EXPECT_EQ(reading.ReadHead().status, 200);
  server_->Stop(absl::Milliseconds(100));
  EXPECT_EQ(big_ended_, 1);
  EXPECT_TRUE(resting.IsClosedWithin(5'000));
}

TEST_F(ServerTest, SaysThatThePortIsTaken) {
  Start();
  const auto second = Server::Start(
      {.address = absl::StrCat("127.0.0.1:", server_->port())},
      [](Exchange&) -> Awaitable<void> { co_return; }, registry_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace winnow::http

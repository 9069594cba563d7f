#include "common/oidc/fetch.h"

#include <thread>

#include "absl/time/clock.h"
#include "common/oidc/testing_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

using ::testing::HasSubstr;

TEST(FetchTest, OnlyEncryptedUnlessItIsThisMachine) {
  for (const char* address :
       {"https://issuer.example/realm", "https://192.0.2.1:8443/", "http://localhost:8080/a",
        "http://127.0.0.1/", "http://127.1.2.3:99", "http://[::1]:80/keys"}) {
    EXPECT_TRUE(CheckAddress(address).ok()) << CheckAddress(address);
  }
  for (const char* address :
       {"", "issuer.example", "/etc/keys.json", "http://issuer.example/", "http://192.0.2.1/",
        "http://127.0.0.1.issuer.example/", "http://127.0.0.1@issuer.example/",
        "http://localhost.example/", "http://[::2]/", "file:///etc/passwd", "ftp://localhost/"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckAddress(address))) << address;
  }
}

TEST(FetchTest, GivesTheBody) {
  TestServer server;
  server.Put("/keys", "the keys");
  EXPECT_EQ(*Fetch(server.address() + "/keys"), "the keys");
}

TEST(FetchTest, NoOtherReplyWillDo) {
  TestServer server;
  server.Put("/elsewhere", "moved");
  server.Put("/moved", "", 302);
  server.Put("/failed", "the keys", 500);
  for (const auto& [path, why] :
       {std::pair{"/moved", "302"}, std::pair{"/failed", "500"}, std::pair{"/nothing", "404"}}) {
    const auto fetched = Fetch(server.address() + path);
    EXPECT_TRUE(absl::IsUnavailable(fetched.status())) << fetched.status();
    EXPECT_THAT(fetched.status().message(), HasSubstr(why));
  }
  EXPECT_EQ(server.num_requests("/elsewhere"), 0);
}

TEST(FetchTest, KeepsItsLimits) {
  TestServer server;
  const FetchLimits limits = {.max_bytes = 1'000, .timeout = absl::Milliseconds(50)};
  server.Put("/fits", std::string(1'000, 'a'));
  EXPECT_EQ(Fetch(server.address() + "/fits", {}, {.max_bytes = 1'000})->size(), 1'000u);
  server.Put("/large", std::string(1'001, 'a'));
  EXPECT_THAT(Fetch(server.address() + "/large", {}, {.max_bytes = 1'000}).status().message(),
              HasSubstr("larger than 1000 bytes"));
  server.PutNoReply("/silent");
  EXPECT_TRUE(absl::IsUnavailable(Fetch(server.address() + "/silent", {}, limits).status()));
}

TEST(FetchTest, NobodyThereIsAnError) {
  std::string address;
  {
    const TestServer server;
    address = server.address();
  }
  EXPECT_TRUE(absl::IsUnavailable(Fetch(address + "/keys").status()));
}

TEST(FetchTest, EndsWhenItIsTold) {
  TestServer server;
  server.PutNoReply("/silent");
  std::stop_source stop;
  std::thread stopper([&] {
    while (server.num_requests("/silent") == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const auto fetched =
      Fetch(server.address() + "/silent", stop.get_token(), {.timeout = absl::Minutes(10)});
  stopper.join();
  EXPECT_TRUE(absl::IsUnavailable(fetched.status())) << fetched.status();
}

}  // namespace
}  // namespace winnow::oidc

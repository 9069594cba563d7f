#include "common/rpc/listen_address.h"

#include "gtest/gtest.h"

namespace winnow::rpc {
namespace {

TEST(ListenAddress, OnlyLoopbackIsListenedOnWithoutBeingAsked) {
  for (const char* address : {"127.0.0.1:7801", "127.9.9.9:0", "localhost:7801", "[::1]:7801"})
    EXPECT_TRUE(CheckListenAddress(address, {}).ok()) << CheckListenAddress(address, {});
  for (const char* address : {"0.0.0.0:7801", "[::]:7801", "192.0.2.1:7801", ":7801", "7801"}) {
    EXPECT_EQ(CheckListenAddress(address, {}).code(), absl::StatusCode::kInvalidArgument)
        << address;
    EXPECT_TRUE(CheckListenAddress(address, {.insecure = true}).ok());
  }
}

TEST(ListenAddress, ANameThatLooksLikeLoopbackIsNone) {
  for (const char* address : {"127.evil.example:7801", "localhost.evil.example:7801"}) {
    EXPECT_EQ(CheckListenAddress(address, {}).code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST(ListenAddress, TlsAndPeopleOpenItToOthersAndNeitherAloneDoes) {
  const std::string address = "0.0.0.0:7801";
  EXPECT_TRUE(CheckListenAddress(address, {.encrypted = true, .closed = true}).ok());
  EXPECT_FALSE(CheckListenAddress(address, {.encrypted = true}).ok());
  EXPECT_FALSE(CheckListenAddress(address, {.closed = true}).ok());
}

TEST(ListenAddress, ASocketInTheFileSystemIsGuardedByIt) {
  EXPECT_TRUE(CheckListenAddress("unix:/run/winnow.sock", {}).ok());
}

}  // namespace
}  // namespace winnow::rpc

// A real server on a free loopback port, for tests.
#pragma once

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "gtest/gtest.h"

namespace winnow::rpc {

// Serves as long as it lives. Thread-safe. The services must outlive it.
class TestServer {
 public:
  explicit TestServer(const std::vector<grpc::Service*>& services) {
    auto server = Server::Start({.address = "127.0.0.1:0"}, services);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = *Connect(absl::StrCat("127.0.0.1:", server_->port()));
  }

  Server& server() { return *server_; }
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }

 private:
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace winnow::rpc

// A web server for tests.
#pragma once

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace winnow::oidc {

// On a free port of loopback; one connection after the other. Thread-safe.
class TestServer {
 public:
  TestServer();
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // "http://127.0.0.1:PORT".
  std::string address() const;
  // What stands at "/path" from now on. Elsewhere is nothing (404).
  void Put(const std::string& path, const std::string& body, int code = 200);
  // There everybody waits until the server ends.
  void PutNoReply(const std::string& path);
  // How often somebody asked for it.
  int num_requests(const std::string& path) const;

 private:
  struct Page {
    std::string body;
    int code = 404;
    bool replies = true;
  };

  void Serve();
  void Answer(int connection);

  int listener_;
  int port_;
  mutable Mutex mutex_;
  std::map<std::string, Page> pages_ WINNOW_GUARDED_BY(mutex_);
  std::map<std::string, int> requests_ WINNOW_GUARDED_BY(mutex_);
  // Of the thread alone.
  std::vector<int> waiting_;
  std::thread thread_;
};

}  // namespace winnow::oidc

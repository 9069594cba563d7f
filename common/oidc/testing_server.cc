#include "common/oidc/testing_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace winnow::oidc {
namespace {

void Must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

TestServer::TestServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address = reinterpret_cast<sockaddr*>(&where);
  socklen_t size = sizeof where;
  Must(bind(listener_, address, size) == 0 && listen(listener_, 16) == 0);
  Must(getsockname(listener_, address, &size) == 0);
  port_ = ntohs(where.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

TestServer::~TestServer() {
  // accept() fails from now on.
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::string TestServer::address() const { return absl::StrCat("http://127.0.0.1:", port_); }

void TestServer::Put(const std::string& path, const std::string& body, int code) {
  MutexLock lock(mutex_);
  pages_[path] = {body, code};
}

void TestServer::PutNoReply(const std::string& path) {
  MutexLock lock(mutex_);
  pages_[path] = {.replies = false};
}

int TestServer::num_requests(const std::string& path) const {
  MutexLock lock(mutex_);
  const auto found = requests_.find(path);
  return found == requests_.end() ? 0 : found->second;
}

void TestServer::Serve() {
  while (true) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) break;
    Answer(connection);
  }
  for (const int connection : waiting_) close(connection);
}

void TestServer::Answer(int connection) {
  std::string request;
  char bytes[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = recv(connection, bytes, sizeof bytes, 0);
    if (got <= 0) break;
    request.append(bytes, static_cast<size_t>(got));
  }
  // "GET /path HTTP/1.1".
  const std::vector<std::string> words = absl::StrSplit(request, absl::MaxSplits(' ', 2));
  Page page;
  if (words.size() == 3) {
    MutexLock lock(mutex_);
    ++requests_[words[1]];
    const auto found = pages_.find(words[1]);
    if (found != pages_.end()) page = found->second;
  }
  if (!page.replies) {
    waiting_.push_back(connection);
    return;
  }
  const std::string reply = absl::StrCat(
      "HTTP/1.1 ", page.code, " ?\r\nLocation: /elsewhere\r\nContent-Length: ", page.body.size(),
      "\r\nConnection: close\r\n\r\n", page.body);
  send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
  close(connection);
}

}  // namespace winnow::oidc

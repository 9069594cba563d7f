// A client of HTTP for tests, which says what it is told to, right or wrong.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace winnow::http {

struct Reply {
  // 0 when the server has closed the connection instead.
  int status = 0;
  // Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

// One connection to a port of 127.0.0.1. Not thread-safe.
class TestClient {
 public:
  // `receive_buffer` in bytes; 0: the system's default.
  explicit TestClient(int port, int receive_buffer = 0) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer != 0)
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~TestClient() { Close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void Close() {
    if (socket_ >= 0) close(std::exchange(socket_, -1));
  }
  // Says that nothing more will be sent.
  void EndSending() { shutdown(socket_, SHUT_WR); }

  // False when the server does not take it.
  bool Send(absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(sent);
    }
    return true;
  }

  // The head alone; what follows is read by ReadChunk.
  Reply ReadHead() {
    Reply reply;
    if (!ReadUntil("\r\n\r\n")) return reply;
    const size_t end = bytes_.find("\r\n\r\n");
    const std::vector<std::string> lines = absl::StrSplit(bytes_.substr(0, end), "\r\n");
    bytes_.erase(0, end + 4);
    EXPECT_TRUE(absl::StartsWith(lines[0], "HTTP/1.1 ")) << lines[0];
    EXPECT_TRUE(absl::SimpleAtoi(lines[0].substr(9, 3), &reply.status)) << lines[0];
    for (size_t i = 1; i < lines.size(); ++i) {
      const std::pair<std::string, std::string> field =
          absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
      reply.headers[absl::AsciiStrToLower(field.first)] = field.second;
    }
    return reply;
  }

  // The next chunk of a body in chunks; empty at its end, or when the connection has ended.
  std::string ReadChunk() {
    if (!ReadUntil("\r\n")) return "";
    const size_t end = bytes_.find("\r\n");
    const size_t size = std::strtoul(bytes_.c_str(), nullptr, 16);
    if (!ReadBytes(end + 2 + size + 2)) return "";
    std::string chunk = bytes_.substr(end + 2, size);
    bytes_.erase(0, end + 2 + size + 2);
    return chunk;
  }

  // A whole reply.
  Reply Read() {
    Reply reply = ReadHead();
    if (reply.headers.count("transfer-encoding") != 0) {
      for (std::string chunk = ReadChunk(); !chunk.empty(); chunk = ReadChunk())
        reply.body += chunk;
    } else if (reply.headers.count("content-length") != 0) {
      size_t length = 0;
      EXPECT_TRUE(absl::SimpleAtoi(reply.headers["content-length"], &length));
      EXPECT_TRUE(ReadBytes(length));
      reply.body = bytes_.substr(0, length);
      bytes_.erase(0, length);
    }
    return reply;
  }

  // Whether the server closes the connection within this time, whatever it sends before.
  bool IsClosedWithin(int milliseconds) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    while (std::chrono::steady_clock::now() < give_up) {
      if (!Receive(50)) return true;
    }
    return false;
  }

 private:
  static constexpr int kPatience = 20'000;

  // False when the connection has ended; true also when nothing has come in time.
  bool Receive(int milliseconds) {
    pollfd readable{socket_, POLLIN, 0};
    if (poll(&readable, 1, milliseconds) == 0) return true;
    char buffer[16 << 10];
    const ssize_t received = recv(socket_, buffer, sizeof buffer, 0);
    if (received <= 0) return false;
    bytes_.append(buffer, received);
    return true;
  }
  bool ReadUntil(const std::string& end) {
    while (!absl::StrContains(bytes_, end)) {
      const size_t before = bytes_.size();
      if (!Receive(kPatience) || bytes_.size() == before) return false;
    }
    return true;
  }
  bool ReadBytes(size_t number) {
    while (bytes_.size() < number) {
      const size_t before = bytes_.size();
      if (!Receive(kPatience) || bytes_.size() == before) return false;
    }
    return true;
  }

  int socket_;
  // What has come and was not read.
  std::string bytes_;
};

// A request with a body, of our own origin.
inline std::string Post(absl::string_view path, absl::string_view type, absl::string_view body,
                        absl::string_view more_headers = "") {
  return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n",
                      "Content-Type: ", type, "\r\nContent-Length: ", body.size(), "\r\n",
                      more_headers, "\r\n", body);
}

inline std::string Get(absl::string_view path, absl::string_view more_headers = "") {
  return absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n", more_headers, "\r\n");
}

}  // namespace winnow::http

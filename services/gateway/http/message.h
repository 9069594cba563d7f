// A request of HTTP/1.1 and the reply to it, as those see them who answer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace winnow::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Without its body, which is read from the Exchange.
struct Request {
  std::string method;
  // As it was sent, up to the first '?': nothing is decoded.
  std::string path;
  std::string query;
  // Names in lower case; of one that was sent twice the values, joined by ", ".
  Headers headers;
  // Of the peer, an IP address; empty when it has gone.
  std::string address;
  // By TLS.
  bool encrypted = false;

  // Empty when there is none. `name` is in lower case.
  absl::string_view Header(absl::string_view name) const;
};

struct Response {
  int status = 200;
  // Without those of the connection: Content-Length, Transfer-Encoding, Connection and Date.
  Headers headers;
  std::string body;
};

// How the body ends.
enum class Length { kKnown, kChunked };

// The first line and the headers, to the empty line.
std::string FormatHead(const Response& response, Length length, bool close, absl::Time now);

// Whether a list of codings, the value of Accept-Encoding, has this one with a weight above 0.
bool AcceptsEncoding(absl::string_view accepted, absl::string_view coding);

}  // namespace winnow::http

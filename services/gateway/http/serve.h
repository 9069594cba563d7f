// Reads the requests of one connection, one after the other, and writes the replies.
#pragma once

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "services/gateway/http/connections.h"
#include "services/gateway/http/exchange.h"

namespace winnow::http {

// Answers one request. It is called on many threads at once, and must not throw.
using Handler = std::function<Awaitable<void>(Exchange&)>;

// First line and headers together.
inline constexpr size_t kMaxHeadBytes = 16 << 10;

// Times that a client has.
struct Limits {
  // For the handshake of TLS, and from the first byte of a request to the end of its headers.
  absl::Duration head = absl::Seconds(10);
  // For the whole body of a request that is not read in pieces.
  absl::Duration body = absl::Seconds(60);
  // To send some bytes of a body that is read in pieces, and to take a piece of the reply.
  absl::Duration stall = absl::Seconds(30);
  // Before the first request, and between two.
  absl::Duration rest = absl::Seconds(75);
};

// What belongs to a connection besides its socket. The handler must outlive it.
struct ConnectionContext {
  std::shared_ptr<OpenConnection> open;
  const Handler& handler;
  Limits limits;
};

// Ends with the connection. The executor of the socket is a strand.
Awaitable<void> Serve(boost::asio::ip::tcp::socket socket, ConnectionContext context);
Awaitable<void> ServeEncrypted(boost::asio::ip::tcp::socket socket,
                               std::shared_ptr<boost::asio::ssl::context> tls,
                               ConnectionContext context);

}  // namespace winnow::http

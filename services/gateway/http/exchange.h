// One request of a client and the reply to it, while they are under way.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "services/gateway/http/message.h"

namespace winnow::http {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

// Used by the coroutine that answers, on its executor; not thread-safe. A reply is either sent
// whole, or begun, written and ended.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;
  // Runs the coroutines of this connection one at a time.
  virtual boost::asio::any_io_executor executor() = 0;

  // The whole body. ResourceExhausted when it is longer than `limit`; else as ReadPiece.
  virtual Awaitable<absl::StatusOr<std::string>> ReadBody(size_t limit) = 0;
  // What has come of the body since the last call, at most kPieceBytes; empty at its end.
  // InvalidArgument when it is malformed; Unavailable when the client has gone, or was too slow.
  virtual Awaitable<absl::StatusOr<std::string>> ReadPiece() = 0;

  virtual Awaitable<void> Send(Response response) = 0;

  // `head` has no body. False when the client has gone, or reads too slowly: then nothing more
  // needs to be written.
  virtual Awaitable<bool> Begin(const Response& head) = 0;
  // At least one byte.
  virtual Awaitable<bool> Write(std::string piece) = 0;
  virtual Awaitable<bool> End() = 0;

  // Calls this, from any thread, once the client has gone or the server stops; null: calls nothing
  // from now on.
  virtual void WhenGone(std::function<void()> gone) = 0;
};

inline constexpr size_t kPieceBytes = 64 << 10;

}  // namespace winnow::http

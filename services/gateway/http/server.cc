#include "services/gateway/http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace winnow::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// How long to wait when the system gives no further socket.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr char kRefusal[] =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

// Of "host:port" and "[::1]:port".
absl::StatusOr<tcp::endpoint> Resolve(asio::io_context& io, const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos)
    return absl::InvalidArgumentError(absl::StrCat("'", address, "' must be HOST:PORT"));
  std::string host = address.substr(0, colon);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]"))
    host = host.substr(1, host.size() - 2);
  tcp::resolver resolver(io);
  error_code error;
  const auto found = resolver.resolve(host, address.substr(colon + 1), error);
  if (error || found.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on ", address, ": ", error.message()));
  }
  return found.begin()->endpoint();
}

// Replies go out at once; a machine that has vanished is asked whether it is there, and its
// connection ends after a minute or so.
void SetOptions(tcp::socket& socket) {
  constexpr int kIdleSeconds = 30;
  constexpr int kIntervalSeconds = 10;
  constexpr int kQuestions = 3;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  for (const auto& [option, value] :
       {std::pair(TCP_KEEPIDLE, kIdleSeconds), std::pair(TCP_KEEPINTVL, kIntervalSeconds),
        std::pair(TCP_KEEPCNT, kQuestions)})
    setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
}

// The system gives a process few files unless it asks; each connection is one.
void AllowManyFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct Server::Parts {
  Parts(const ServerOptions& options, Handler handler, metrics::Registry& registry)
      : options(options),
        handler(std::move(handler)),
        refused(registry.GetCounter("winnow_http_connections_refused_total",
                                    "Connections beyond the limit.")),
        connections(options.max_connections,
                    registry.GetGauge("winnow_http_connections", "Open connections of browsers."),
                    SystemClock::Get()) {}

  absl::Status Listen();
  Awaitable<void> Accept();
  void Take(tcp::socket socket);
  // To somebody who is not heard: what does not fit into the socket's buffer is lost.
  void Refuse(tcp::socket& socket);

  const ServerOptions options;
  const Handler handler;
  metrics::Counter& refused;
  std::unique_ptr<TlsContext> tls;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  tcp::acceptor acceptor{asio::make_strand(io)};
  Connections connections;
  std::vector<std::thread> threads;
};

absl::Status Server::Parts::Listen() {
  if (!options.identity.empty()) {
    WINNOW_ASSIGN_OR_RETURN(tls, TlsContext::Open(options.identity));
  }
  WINNOW_ASSIGN_OR_RETURN(const tcp::endpoint endpoint, Resolve(io, options.address));
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", options.address, ": ", error.message()));
}

Awaitable<void> Server::Parts::Accept() {
  while (acceptor.is_open()) {
    tcp::socket socket(asio::make_strand(io));
    error_code error;
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      Take(std::move(socket));
    } else if (acceptor.is_open()) {
      asio::steady_timer pause(acceptor.get_executor(), kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void Server::Parts::Take(tcp::socket socket) {
  std::shared_ptr<OpenConnection> open = connections.Add(socket.native_handle());
  if (open == nullptr) return Refuse(socket);
  SetOptions(socket);
  ConnectionContext context{std::move(open), handler, options.limits};
  const asio::any_io_executor executor = socket.get_executor();
  if (tls == nullptr) {
    asio::co_spawn(executor, Serve(std::move(socket), std::move(context)), asio::detached);
  } else {
    asio::co_spawn(executor, ServeEncrypted(std::move(socket), tls->Current(), std::move(context)),
                   asio::detached);
  }
}

void Server::Parts::Refuse(tcp::socket& socket) {
  refused.Add();
  error_code ignored;
  socket.non_blocking(true, ignored);
  if (tls == nullptr) socket.send(asio::buffer(kRefusal, sizeof(kRefusal) - 1), 0, ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler handler,
                                                      metrics::Registry& registry) {
  std::unique_ptr<Server> server(new Server());
  server->parts_ = std::make_unique<Parts>(options, std::move(handler), registry);
  Parts& parts = *server->parts_;
  WINNOW_RETURN_IF_ERROR(parts.Listen());
  AllowManyFiles();
  server->port_ = parts.acceptor.local_endpoint().port();
  asio::co_spawn(parts.acceptor.get_executor(), parts.Accept(), asio::detached);
  const unsigned num_threads = std::clamp(std::thread::hardware_concurrency(), 2u, 4u);
  for (unsigned i = 0; i < num_threads; ++i)
    parts.threads.emplace_back([&parts] { parts.io.run(); });
  return server;
}

Server::~Server() { Stop(absl::ZeroDuration()); }

void Server::Stop(absl::Duration drain) {
  if (parts_->threads.empty()) return;
  asio::post(parts_->acceptor.get_executor(), [this] {
    error_code ignored;
    parts_->acceptor.close(ignored);
  });
  parts_->connections.Stop(drain);
  parts_->work.reset();
  for (std::thread& thread : parts_->threads) thread.join();
  parts_->threads.clear();
}

}  // namespace winnow::http

// Fuzzes what the gateway does with bytes of anybody before a service is called: HTTP, and what
// stands in headers and bodies. For libFuzzer; see CMakeLists.txt.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/strand.hpp"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "services/gateway/http/serve.h"
#include "services/gateway/json_codec.h"
#include "services/gateway/protocol.h"
#include "services/gateway/same_origin.h"
#include "services/gateway/sealed_cookie.h"
#include "services/gateway/web_files.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::gateway {
namespace {

namespace asio = boost::asio;
using http::Awaitable;
using http::Exchange;
using http::Response;

constexpr size_t kMaxBody = 8 << 10;

// What is not so is a bug.
void Check(bool condition) {
  if (!condition) std::abort();
}

// Reads a body as a message of this codec, and as envelopes of such.
void ReadMessages(const Protocol& protocol, const std::string& body) {
  const auto& type = *annotation::v1::SubmitAnswersRequest::descriptor();
  EnvelopeReader reader(kMaxBody);
  reader.Add(body);
  while (true) {
    const auto envelope = reader.Next();
    if (!envelope.ok() || !envelope->has_value()) break;
    Check((*envelope)->message.size() <= kMaxBody);
  }
  if (protocol.codec == Codec::kProto) {
    (void)ToJson(type, body);
    return;
  }
  const auto bytes = FromJson(type, body);
  if (!bytes.ok()) return;
  // What was read can be written and read again.
  annotation::v1::SubmitAnswersRequest message;
  Check(message.ParseFromString(*bytes));
  const auto json = ToJson(type, *bytes);
  Check(!json.ok() || FromJson(type, *json).ok());
}

class Target {
 public:
  Target()
      : directory_(MakeDirectory()),
        files_(*WebFiles::Load(directory_)),
        sealer_(*CookieSealer::Open(directory_ / "key")),
        handler_([this](Exchange& exchange) { return Answer(exchange); }) {}

  // One connection, from whose client these bytes come.
  void Run(const uint8_t* data, size_t size) {
    int ends[2];
    Check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    asio::io_context io;
    asio::ip::tcp::socket server(asio::make_strand(io));
    server.assign(asio::ip::tcp::v4(), ends[0]);
    auto open = connections_.Add(ends[0]);
    const auto executor = server.get_executor();
    asio::co_spawn(executor, http::Serve(std::move(server), {std::move(open), handler_, {}}),
                   asio::detached);
    // As much as is taken at a time, while the replies are read.
    char replies[4096];
    for (size_t sent = 0; !io.stopped();) {
      const ssize_t now = send(ends[1], data + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (now > 0) sent += now;
      if (sent == size || (now < 0 && errno != EAGAIN)) shutdown(ends[1], SHUT_WR);
      io.poll();
      while (recv(ends[1], replies, sizeof replies, MSG_DONTWAIT) > 0) continue;
    }
    close(ends[1]);
  }

 private:
  static std::filesystem::path MakeDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "http-fuzz-XXXXXX").string();
    Check(mkdtemp(name.data()) != nullptr);
    return name;
  }

  Awaitable<void> Answer(Exchange& exchange) {
    const http::Request& request = exchange.request();
    Response response = files_.Get(request);
    (void)IsOurHost(request.Header("host"), {});
    (void)IsSameOrigin(request);
    (void)sealer_.Unseal(request.Header("cookie"));
    const auto protocol = ProtocolOf(request.Header("content-type"));
    if (protocol.has_value()) {
      (void)TimeoutOf(request, protocol->framing);
      absl::StatusOr<std::string> body = co_await exchange.ReadBody(kMaxBody);
      Check(!body.ok() || body->size() <= kMaxBody);
      if (body.ok()) ReadMessages(*protocol, *body);
    } else if (request.method == "POST") {
      while (true) {
        const absl::StatusOr<std::string> piece = co_await exchange.ReadPiece();
        if (!piece.ok() || piece->empty()) break;
        Check(piece->size() <= http::kPieceBytes);
      }
    }
    co_await exchange.Send(std::move(response));
  }

  const std::filesystem::path directory_;
  metrics::Registry registry_;
  http::Connections connections_{10, registry_.GetGauge("open", "Open."), SystemClock::Get()};
  const WebFiles files_;
  const CookieSealer sealer_;
  const http::Handler handler_;
};

}  // namespace
}  // namespace winnow::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* target = new winnow::gateway::Target();
  target->Run(data, size);
  return 0;
}

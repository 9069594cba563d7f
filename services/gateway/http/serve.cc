#include "services/gateway/http/serve.h"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/buffer_body.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "services/gateway/http/gzip.h"

namespace winnow::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

// What an attacker can make us hold that has not been parsed.
constexpr size_t kMaxUnparsedBytes = 2 * kPieceBytes;
constexpr size_t kFirstReadBytes = 1 << 10;
// Shorter bodies are not worth packing.
constexpr size_t kMinPackedBytes = 1 << 10;
constexpr int kPackLevel = 3;
// Of a body that nobody wanted: read so that the refusal arrives, which a reset would overtake.
constexpr size_t kMaxUnwantedBytes = 64 << 20;
constexpr absl::Duration kLinger = absl::Seconds(5);

bool IsText(absl::string_view type) {
  return absl::StartsWith(type, "application/json") || absl::StartsWith(type, "text/") ||
         absl::StartsWith(type, "application/proto");
}

Request MakeRequest(const beast::http::request_header<>& head) {
  Request request;
  request.method = std::string(head.method_string());
  const absl::string_view target(head.target().data(), head.target().size());
  const size_t query = std::min(target.find('?'), target.size());
  request.path = std::string(target.substr(0, query));
  if (query < target.size()) request.query = std::string(target.substr(query + 1));
  std::map<std::string, std::string> headers;
  for (const auto& field : head) {
    const auto [found, is_new] = headers.emplace(
        absl::AsciiStrToLower({field.name_string().data(), field.name_string().size()}),
        std::string(field.value()));
    if (!is_new) absl::StrAppend(&found->second, ", ", std::string(field.value()));
  }
  request.headers.assign(headers.begin(), headers.end());
  return request;
}

// 0 when the head is one that can be answered.
int RefusalOf(const Request& request, unsigned version) {
  if (version != 11) return 505;
  const absl::string_view host = request.Header("host");
  if (host.empty() || absl::StrContains(host, ",")) return 400;
  return absl::StartsWith(request.path, "/") ? 0 : 400;
}

template <typename Stream>
class Connection final : public Exchange {
 public:
  Connection(Stream& stream, tcp::socket& socket, ConnectionContext context)
      : stream_(stream), socket_(socket), context_(std::move(context)) {
    error_code ignored;
    const tcp::endpoint peer = socket_.remote_endpoint(ignored);
    if (!ignored) address_ = peer.address().to_string();
  }

  Awaitable<void> Run() {
    while (!close_) {
      const bool has_head = co_await ReadHead();
      if (!has_head) break;
      context_.open->Work();
      co_await Answer();
      context_.open->WhenGone(nullptr);
    }
    if (!failed_) co_await Linger();
  }

  const Request& request() const override { return request_; }
  asio::any_io_executor executor() override { return stream_.get_executor(); }
  void WhenGone(std::function<void()> gone) override { context_.open->WhenGone(std::move(gone)); }

  Awaitable<absl::StatusOr<std::string>> ReadBody(size_t limit) override {
    std::string body;
    if (parser_->content_length().value_or(0) > limit) co_return TooLong(limit);
    co_await SendContinue();
    context_.open->Expect(context_.limits.body);
    while (true) {
      absl::StatusOr<std::string> piece = co_await ReadSome();
      if (!piece.ok()) co_return piece.status();
      if (piece->empty()) break;
      body += *piece;
      if (body.size() > limit) co_return TooLong(limit);
    }
    context_.open->Work();
    co_return body;
  }

  Awaitable<absl::StatusOr<std::string>> ReadPiece() override {
    co_await SendContinue();
    context_.open->Expect(context_.limits.stall);
    absl::StatusOr<std::string> piece = co_await ReadSome();
    context_.open->Work();
    co_return piece;
  }

  Awaitable<void> Send(Response response) override {
    Pack(response);
    std::string bytes = FormatHead(response, Length::kKnown, MustClose(), Now());
    if (request_.method != "HEAD") bytes += response.body;
    is_answered_ = true;
    co_await WriteAll(bytes);
  }

  Awaitable<bool> Begin(const Response& head) override {
    is_answered_ = true;
    const std::string bytes = FormatHead(head, Length::kChunked, MustClose(), Now());
    const bool written = co_await WriteAll(bytes);
    co_return written;
  }

  Awaitable<bool> Write(std::string piece) override {
    const std::string chunk = absl::StrCat(absl::Hex(piece.size()), "\r\n", piece, "\r\n");
    const bool written = co_await WriteAll(chunk);
    co_return written;
  }

  Awaitable<bool> End() override {
    const std::string last = "0\r\n\r\n";
    const bool written = co_await WriteAll(last);
    co_return written;
  }

 private:
  static absl::Time Now() { return SystemClock::Get().Now(); }

  static absl::Status TooLong(size_t limit) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the request is longer than ", limit, " bytes"));
  }

  // False when there is no further request.
  Awaitable<bool> ReadHead() {
    error_code error;
    if (buffer_.size() == 0) {
      // What a long body needed is not kept by those who rest.
      buffer_.shrink_to_fit();
      context_.open->Rest(context_.limits.rest);
      const size_t bytes = co_await stream_.async_read_some(
          buffer_.prepare(kFirstReadBytes), asio::redirect_error(asio::use_awaitable, error));
      buffer_.commit(bytes);
      if (error) co_return Failed();
    }
    context_.open->Expect(context_.limits.head);
    parser_.emplace();
    parser_->header_limit(kMaxHeadBytes);
    // The limits of bodies are those of who reads them.
    parser_->body_limit(std::numeric_limits<uint64_t>::max());
    is_answered_ = false;
    continue_sent_ = false;
    co_await beast::http::async_read_header(stream_, buffer_, *parser_,
                                            asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      if (error.category() == MalformedCategory()) {
        co_await Refuse(error == beast::http::error::header_limit ? 431 : 400);
        co_return false;
      }
      co_return Failed();
    }
    request_ = MakeRequest(parser_->get());
    request_.address = address_;
    request_.encrypted = !std::is_same_v<Stream, tcp::socket>;
    if (!parser_->keep_alive()) close_ = true;
    if (const int refusal = RefusalOf(request_, parser_->get().version()); refusal != 0) {
      co_await Refuse(refusal);
      co_return false;
    }
    co_return true;
  }

  // What is not HTTP is told by the parser's errors.
  static const boost::system::error_category& MalformedCategory() {
    return beast::http::make_error_code(beast::http::error::bad_method).category();
  }

  bool Failed() {
    failed_ = true;
    close_ = true;
    return false;
  }

  Awaitable<void> Refuse(int status) {
    close_ = true;
    request_ = {};
    Response response{.status = status, .headers = {{"Content-Type", "text/plain"}}};
    response.body = "this request is not one that is understood here\n";
    const std::string bytes = FormatHead(response, Length::kKnown, true, Now()) + response.body;
    co_await WriteAll(bytes);
  }

  Awaitable<void> Answer() {
    std::string problem;
    try {
      co_await context_.handler(*this);
    } catch (const std::exception& exception) {
      problem = exception.what();
    }
    if (!problem.empty()) {
      LogEvent(LogLevel::kError, "request_failed", {{"error", problem}});
      close_ = true;
    }
    if (!is_answered_) {
      Response failure{.status = 500};
      co_await Send(std::move(failure));
    }
    if (!parser_->is_done()) close_ = true;
  }

  // Whether what follows the reply cannot be the next request.
  bool MustClose() {
    if (!parser_->is_done()) close_ = true;
    return close_;
  }

  void Pack(Response& response) const {
    if (response.body.size() < kMinPackedBytes) return;
    absl::string_view type;
    for (const auto& [name, value] : response.headers) {
      if (name == "Vary") return;
      if (name == "Content-Type") type = value;
    }
    if (!IsText(type)) return;
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (!AcceptsEncoding(request_.Header("accept-encoding"), "gzip")) return;
    response.body = Gzip(response.body, kPackLevel);
    response.headers.emplace_back("Content-Encoding", "gzip");
  }

  // To somebody who waits with the body until we want it.
  Awaitable<void> SendContinue() {
    const bool is_first = !std::exchange(continue_sent_, true);
    if (!is_first || !absl::EqualsIgnoreCase(request_.Header("expect"), "100-continue")) co_return;
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await WriteAll(interim);
  }

  // The next bytes of the body; none at its end.
  Awaitable<absl::StatusOr<std::string>> ReadSome() {
    std::string piece;
    while (piece.empty() && !parser_->is_done()) {
      piece.resize(std::min<uint64_t>(kPieceBytes,
                                      parser_->content_length_remaining().value_or(kPieceBytes)));
      auto& body = parser_->get().body();
      body.data = piece.data();
      body.size = piece.size();
      error_code error;
      co_await beast::http::async_read_some(stream_, buffer_, *parser_,
                                            asio::redirect_error(asio::use_awaitable, error));
      piece.resize(piece.size() - parser_->get().body().size);
      if (error && error != beast::http::error::need_buffer) {
        close_ = true;
        if (error.category() == MalformedCategory() && error != beast::http::error::end_of_stream &&
            error != beast::http::error::partial_message)
          co_return absl::InvalidArgumentError("the body of the request is malformed");
        failed_ = true;
        co_return absl::UnavailableError("the client has gone, or was too slow");
      }
    }
    co_return piece;
  }

  // In pieces, each of which has its time, however much there is.
  Awaitable<bool> WriteAll(absl::string_view bytes) {
    while (!bytes.empty() && !failed_) {
      const absl::string_view piece = bytes.substr(0, kPieceBytes);
      context_.open->Expect(context_.limits.stall);
      error_code error;
      co_await asio::async_write(stream_, asio::buffer(piece.data(), piece.size()),
                                 asio::redirect_error(asio::use_awaitable, error));
      if (error) Failed();
      bytes.remove_prefix(piece.size());
    }
    context_.open->Work();
    co_return !failed_;
  }

  // Lets the last reply arrive at somebody who is still sending.
  Awaitable<void> Linger() {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    context_.open->Rest(kLinger);
    std::array<char, 4096> unwanted;
    for (size_t bytes = 0; !error && bytes < kMaxUnwantedBytes;) {
      bytes += co_await socket_.async_read_some(asio::buffer(unwanted),
                                                asio::redirect_error(asio::use_awaitable, error));
    }
  }

  Stream& stream_;
  tcp::socket& socket_;
  const ConnectionContext context_;
  std::string address_;
  beast::flat_buffer buffer_{kMaxUnparsedBytes};
  std::optional<beast::http::request_parser<beast::http::buffer_body>> parser_;
  Request request_;
  bool continue_sent_ = false;
  bool is_answered_ = false;
  // After this reply.
  bool close_ = false;
  // Nothing more can be read or written.
  bool failed_ = false;
};

}  // namespace

Awaitable<void> Serve(tcp::socket socket, ConnectionContext context) {
  Connection<tcp::socket> connection(socket, socket, std::move(context));
  co_await connection.Run();
}

Awaitable<void> ServeEncrypted(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
                               ConnectionContext context) {
  asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
  // Declared after the stream, so that it ends before the socket is closed.
  ConnectionContext kept = std::move(context);
  kept.open->Expect(kept.limits.head);
  error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  Connection<asio::ssl::stream<tcp::socket>> connection(stream, stream.next_layer(),
                                                        std::move(kept));
  co_await connection.Run();
}

}  // namespace winnow::http

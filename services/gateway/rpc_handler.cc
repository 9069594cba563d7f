#include "services/gateway/rpc_handler.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "services/gateway/json_codec.h"
#include "services/gateway/protocol.h"

namespace winnow::gateway {
namespace {

using google::protobuf::MethodDescriptor;
using http::Awaitable;
using http::Exchange;
using http::Response;

Response Head(int status, std::string content_type) {
  return {.status = status,
          .headers = {{"Content-Type", std::move(content_type)}, {"Cache-Control", "no-store"}}};
}

Response UnaryError(int http_status, const grpc::Status& status) {
  Response response = Head(http_status, "application/json");
  response.body = ConnectError(status);
  return response;
}

// Whether calls of this method are made in this protocol.
bool Fits(const MethodDescriptor& method, Framing framing) {
  const bool streams = method.client_streaming() || method.server_streaming();
  return framing == Framing::kGrpcWeb || (framing == Framing::kConnectStream) == streams;
}

// Browsers have no streams of requests in gRPC-Web, and none that go both ways.
bool IsCarried(const MethodDescriptor& method, Framing framing) {
  return !method.client_streaming() ||
         (!method.server_streaming() && framing == Framing::kConnectStream);
}

// One call. Used by one coroutine.
class Carrier {
 public:
  Carrier(CallQueue& queue, Exchange& exchange, const MethodDescriptor& method,
          const Protocol& protocol)
      : queue_(queue),
        exchange_(exchange),
        method_(method),
        protocol_(protocol),
        envelopes_(kMaxRequestBytes) {}

  Awaitable<void> Run(CallSpec spec) {
    if (protocol_.framing == Framing::kConnectUnary) {
      co_await RunUnary(std::move(spec));
    } else if (method_.client_streaming()) {
      co_await RunUpload(std::move(spec));
    } else {
      co_await RunStream(std::move(spec));
    }
  }

  // Ends a call that was not made.
  Awaitable<void> Fail(absl::Status status) {
    const grpc::Status told = rpc::ToGrpc(status);
    if (protocol_.framing == Framing::kConnectUnary) {
      Response response = UnaryError(HttpStatusOf(told.error_code()), told);
      co_await exchange_.Send(std::move(response));
    } else {
      co_await EndStream(told);
    }
  }

 private:
  Awaitable<void> RunUnary(CallSpec spec) {
    const absl::StatusOr<std::string> body = co_await exchange_.ReadBody(kMaxRequestBytes);
    if (absl::IsResourceExhausted(body.status())) {
      Response response = UnaryError(413, rpc::ToGrpc(body.status()));
      co_await exchange_.Send(std::move(response));
      co_return;
    }
    absl::StatusOr<std::string> request = body.ok() ? Decode(*body) : body.status();
    if (!request.ok()) {
      co_await Fail(request.status());
      co_return;
    }
    UnaryCall call(queue_, exchange_.executor(), std::move(spec), *std::move(request));
    exchange_.WhenGone([&call] { call.Cancel(); });
    const UnaryReply reply = co_await call.Finish();
    exchange_.WhenGone(nullptr);
    absl::StatusOr<std::string> encoded = Encode(reply.message);
    const grpc::Status status = reply.status.ok() ? rpc::ToGrpc(encoded.status()) : reply.status;
    Response response = Head(200, ContentTypeOf(protocol_));
    if (status.ok()) {
      response.body = *std::move(encoded);
    } else {
      response = UnaryError(HttpStatusOf(status.error_code()), status);
    }
    co_await exchange_.Send(std::move(response));
  }

  // One message, and replies.
  Awaitable<void> RunStream(CallSpec spec) {
    const absl::StatusOr<std::string> body =
        co_await exchange_.ReadBody(kMaxRequestBytes + Enclose(0, "").size());
    absl::StatusOr<std::string> request = body.ok() ? OnlyMessage(*body) : body.status();
    if (!request.ok()) {
      co_await Fail(request.status());
      co_return;
    }
    BackendCall call(queue_, exchange_.executor(), std::move(spec));
    exchange_.WhenGone([&call] { call.Cancel(); });
    co_await call.Write(*std::move(request));
    co_await call.EndWrites();
    const absl::Status passed = co_await PassReplies(call);
    co_await Finish(call, passed);
  }

  // Messages, and one reply.
  Awaitable<void> RunUpload(CallSpec spec) {
    BackendCall call(queue_, exchange_.executor(), std::move(spec));
    exchange_.WhenGone([&call] { call.Cancel(); });
    absl::Status passed = co_await PassRequests(call);
    if (passed.ok()) passed = co_await PassReplies(call);
    co_await Finish(call, passed);
  }

  // OK also when the call has ended before it has heard all of them.
  Awaitable<absl::Status> PassRequests(BackendCall& call) {
    while (true) {
      const absl::StatusOr<std::string> piece = co_await exchange_.ReadPiece();
      if (!piece.ok()) co_return piece.status();
      if (piece->empty()) break;
      envelopes_.Add(*piece);
      while (true) {
        absl::StatusOr<std::optional<std::string>> message = NextMessage();
        if (!message.ok()) co_return message.status();
        if (!message->has_value()) break;
        const bool written = co_await call.Write(**std::move(message));
        if (!written) co_return absl::OkStatus();
      }
    }
    if (!envelopes_.IsAtEnd())
      co_return absl::InvalidArgumentError("the body ends in the middle of a message");
    co_await call.EndWrites();
    co_return absl::OkStatus();
  }

  Awaitable<absl::Status> PassReplies(BackendCall& call) {
    const bool begun = co_await Begin();
    if (!begun) co_return absl::CancelledError("the client has gone");
    while (true) {
      const std::optional<std::string> message = co_await call.Read();
      if (!message.has_value()) co_return absl::OkStatus();
      const absl::StatusOr<std::string> encoded = Encode(*message);
      if (!encoded.ok()) co_return encoded.status();
      const bool written = co_await exchange_.Write(Enclose(0, *encoded));
      if (!written) co_return absl::CancelledError("the client has gone");
    }
  }

  // `passed` is what went wrong on the way, if anything: then the call is broken off.
  Awaitable<void> Finish(BackendCall& call, absl::Status passed) {
    if (!passed.ok()) call.Cancel();
    const grpc::Status status = co_await call.Finish();
    exchange_.WhenGone(nullptr);
    const grpc::Status told = passed.ok() ? status : rpc::ToGrpc(passed);
    co_await EndStream(told);
  }

  Awaitable<bool> Begin() {
    if (std::exchange(begun_, true)) co_return true;
    const Response head = Head(200, ContentTypeOf(protocol_));
    const bool written = co_await exchange_.Begin(head);
    co_return written;
  }

  Awaitable<void> EndStream(grpc::Status status) {
    bool heard = co_await Begin();
    std::string end =
        protocol_.framing == Framing::kGrpcWeb ? GrpcWebEndOf(status) : ConnectEndOf(status);
    if (heard) heard = co_await exchange_.Write(std::move(end));
    if (heard) co_await exchange_.End();
  }

  absl::StatusOr<std::string> OnlyMessage(const std::string& body) {
    envelopes_.Add(body);
    WINNOW_ASSIGN_OR_RETURN(std::optional<std::string> message, NextMessage());
    if (!message.has_value() || !envelopes_.IsAtEnd())
      return absl::InvalidArgumentError("the body must be one message");
    return *std::move(message);
  }

  absl::StatusOr<std::optional<std::string>> NextMessage() {
    WINNOW_ASSIGN_OR_RETURN(std::optional<Envelope> envelope, envelopes_.Next());
    if (!envelope.has_value()) return std::nullopt;
    WINNOW_ASSIGN_OR_RETURN(std::string message, Decode(envelope->message));
    return message;
  }

  absl::StatusOr<std::string> Decode(const std::string& message) const {
    return protocol_.codec == Codec::kJson ? FromJson(*method_.input_type(), message) : message;
  }
  absl::StatusOr<std::string> Encode(const std::string& message) const {
    return protocol_.codec == Codec::kJson ? ToJson(*method_.output_type(), message) : message;
  }

  CallQueue& queue_;
  Exchange& exchange_;
  const MethodDescriptor& method_;
  const Protocol protocol_;
  EnvelopeReader envelopes_;
  bool begun_ = false;
};

}  // namespace

Awaitable<void> RpcHandler::Handle(Exchange& exchange, absl::string_view path) const {
  const http::Request& request = exchange.request();
  const std::optional<Protocol> protocol = ProtocolOf(request.Header("content-type"));
  const CarriedMethod* method = methods_.Find(path);
  if (!protocol.has_value() ||
      (method != nullptr && !Fits(*method->descriptor, protocol->framing))) {
    Response response = UnaryError(
        415, {grpc::StatusCode::INVALID_ARGUMENT, "the Content-Type is none of this method"});
    co_await exchange.Send(std::move(response));
    co_return;
  }
  if (method == nullptr) {
    Response response =
        UnaryError(404, {grpc::StatusCode::UNIMPLEMENTED, absl::StrCat("there is no ", path)});
    co_await exchange.Send(std::move(response));
    co_return;
  }
  Carrier carrier(queue_, exchange, *method->descriptor, *protocol);
  if (!IsCarried(*method->descriptor, protocol->framing)) {
    co_await carrier.Fail(
        absl::UnimplementedError(absl::StrCat(path, " streams in a way that browsers cannot")));
    co_return;
  }
  CallSpec spec{.channel = method->channel, .path = absl::StrCat("/", path)};
  auto metadata = sessions_.MetadataOf(request);
  const auto timeout = TimeoutOf(request, protocol->framing);
  if (!metadata.ok() || !timeout.ok()) {
    co_await carrier.Fail(metadata.ok() ? timeout.status() : metadata.status());
    co_return;
  }
  spec.metadata = *std::move(metadata);
  spec.timeout = *timeout;
  co_await carrier.Run(std::move(spec));
}

}  // namespace winnow::gateway

// The Connect protocol (https://connectrpc.com/docs/protocol) and gRPC-Web, in binary
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): how messages and statuses stand
// in bodies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"
#include "services/gateway/http/message.h"

namespace winnow::gateway {

enum class Framing { kConnectUnary, kConnectStream, kGrpcWeb };
enum class Codec { kProto, kJson };

struct Protocol {
  Framing framing = Framing::kConnectUnary;
  Codec codec = Codec::kJson;
};

// What a Content-Type stands for, if anything.
std::optional<Protocol> ProtocolOf(absl::string_view content_type);
std::string ContentTypeOf(const Protocol& protocol);

// How long the client waits, if it says so. InvalidArgument for what is no time.
absl::StatusOr<std::optional<absl::Duration>> TimeoutOf(const http::Request& request,
                                                        Framing framing);

// One message of a stream: a byte of flags, the length, the message.
inline constexpr uint8_t kCompressed = 0x01;
inline constexpr uint8_t kConnectEnd = 0x02;
inline constexpr uint8_t kGrpcWebTrailers = 0x80;
struct Envelope {
  uint8_t flags = 0;
  std::string message;
};
std::string Enclose(uint8_t flags, absl::string_view message);

// Takes envelopes out of bytes that come in pieces. Not thread-safe.
class EnvelopeReader {
 public:
  explicit EnvelopeReader(size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  void Add(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }
  // None when more bytes are needed. ResourceExhausted for one that is too long; Unimplemented for
  // one that is compressed; InvalidArgument for flags that a client does not send.
  absl::StatusOr<std::optional<Envelope>> Next();
  // Nothing is left that is not a whole envelope.
  bool IsAtEnd() const { return begin_ == bytes_.size(); }

 private:
  const size_t max_message_bytes_;
  std::string bytes_;
  // Of what was not taken out.
  size_t begin_ = 0;
};

// The status of HTTP that stands for a code.
int HttpStatusOf(grpc::StatusCode code);
// {"code": "not_found", "message": ..., "details": [...]}. REQUIRES: not OK.
std::string ConnectError(const grpc::Status& status);
// The last envelope of a stream.
std::string ConnectEndOf(const grpc::Status& status);
std::string GrpcWebEndOf(const grpc::Status& status);

}  // namespace winnow::gateway

#include "services/gateway/protocol.h"

#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/any.pb.h"
#include "nlohmann/json.hpp"
#include "winnow/common/v1/common.pb.h"

namespace winnow::gateway {
namespace {

using nlohmann::ordered_json;

struct Row {
  const char* type;
  Protocol protocol;
};
// The first of two with one protocol is what we answer with.
constexpr Row kTypes[] = {
    {"application/json", {Framing::kConnectUnary, Codec::kJson}},
    {"application/proto", {Framing::kConnectUnary, Codec::kProto}},
    {"application/connect+json", {Framing::kConnectStream, Codec::kJson}},
    {"application/connect+proto", {Framing::kConnectStream, Codec::kProto}},
    {"application/grpc-web+proto", {Framing::kGrpcWeb, Codec::kProto}},
    {"application/grpc-web", {Framing::kGrpcWeb, Codec::kProto}},
};

struct Code {
  const char* name;
  int http_status;
};
// By the number of the code.
constexpr Code kCodes[] = {
    {"ok", 200},
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
};

const Code& CodeOf(grpc::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return kCodes[index < std::size(kCodes) ? index : static_cast<size_t>(grpc::StatusCode::UNKNOWN)];
}

std::string Base64WithoutPadding(absl::string_view bytes) {
  std::string text = absl::Base64Escape(bytes);
  while (absl::EndsWith(text, "=")) text.pop_back();
  return text;
}

ordered_json ErrorOf(const grpc::Status& status) {
  ordered_json error = {{"code", CodeOf(status.error_code()).name},
                        {"message", status.error_message()}};
  common::v1::StatusDetails details;
  if (!details.ParseFromString(status.error_details())) return error;
  for (const google::protobuf::Any& detail : details.details()) {
    const absl::string_view type = detail.type_url();
    error["details"].push_back({{"type", type.substr(type.rfind('/') + 1)},
                                {"value", Base64WithoutPadding(detail.value())}});
  }
  return error;
}

// A message may quote bytes that are no text.
std::string Write(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// As gRPC escapes its messages: what is not printable ASCII, and '%'.
std::string PercentEncode(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isprint(c) && c != '%') {
      encoded.push_back(c);
    } else {
      absl::StrAppend(&encoded, "%",
                      absl::AsciiStrToUpper(absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return encoded;
}

// "100m" (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
std::optional<absl::Duration> UnitOf(char unit) {
  switch (unit) {
    case 'H':
      return absl::Hours(1);
    case 'M':
      return absl::Minutes(1);
    case 'S':
      return absl::Seconds(1);
    case 'm':
      return absl::Milliseconds(1);
    case 'u':
      return absl::Microseconds(1);
    case 'n':
      return absl::Nanoseconds(1);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Protocol> ProtocolOf(absl::string_view content_type) {
  const std::string type = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';'))));
  for (const Row& row : kTypes) {
    if (type == row.type) return row.protocol;
  }
  return std::nullopt;
}

std::string ContentTypeOf(const Protocol& protocol) {
  for (const Row& row : kTypes) {
    if (row.protocol.framing == protocol.framing && row.protocol.codec == protocol.codec)
      return row.type;
  }
  return "";
}

absl::StatusOr<std::optional<absl::Duration>> TimeoutOf(const http::Request& request,
                                                        Framing framing) {
  constexpr size_t kMaxDigits = 10;
  const absl::string_view name =
      framing == Framing::kGrpcWeb ? "grpc-timeout" : "connect-timeout-ms";
  absl::string_view value = request.Header(name);
  if (value.empty()) return std::nullopt;
  std::optional<absl::Duration> unit = absl::Milliseconds(1);
  if (framing == Framing::kGrpcWeb) {
    unit = UnitOf(value.back());
    value.remove_suffix(1);
  }
  uint64_t number = 0;
  if (!unit.has_value() || value.size() > kMaxDigits || !absl::SimpleAtoi(value, &number))
    return absl::InvalidArgumentError(absl::StrCat("the header ", name, " tells no time"));
  return static_cast<int64_t>(number) * *unit;
}

std::string Enclose(uint8_t flags, absl::string_view message) {
  std::string bytes(1, static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0})
    bytes.push_back(static_cast<char>(message.size() >> shift & 0xff));
  bytes.append(message.data(), message.size());
  return bytes;
}

absl::StatusOr<std::optional<Envelope>> EnvelopeReader::Next() {
  constexpr size_t kPrefixBytes = 5;
  const absl::string_view rest = absl::string_view(bytes_).substr(begin_);
  if (rest.size() < kPrefixBytes) return std::nullopt;
  const auto flags = static_cast<uint8_t>(rest[0]);
  if ((flags & kCompressed) != 0)
    return absl::UnimplementedError("compressed messages are not understood here");
  if (flags != 0) return absl::InvalidArgumentError("a message has flags that are not known");
  size_t length = 0;
  for (size_t i = 1; i < kPrefixBytes; ++i) length = length << 8 | static_cast<uint8_t>(rest[i]);
  if (length > max_message_bytes_) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "a message of ", length, " bytes is longer than the limit of ", max_message_bytes_));
  }
  if (rest.size() < kPrefixBytes + length) return std::nullopt;
  Envelope envelope{flags, std::string(rest.substr(kPrefixBytes, length))};
  begin_ += kPrefixBytes + length;
  // Moved to the front only when that is most of it, so that each byte is moved once or so.
  if (begin_ > bytes_.size() / 2) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  return envelope;
}

int HttpStatusOf(grpc::StatusCode code) { return CodeOf(code).http_status; }

std::string ConnectError(const grpc::Status& status) { return Write(ErrorOf(status)); }

std::string ConnectEndOf(const grpc::Status& status) {
  ordered_json end = ordered_json::object();
  if (!status.ok()) end["error"] = ErrorOf(status);
  return Enclose(kConnectEnd, Write(end));
}

std::string GrpcWebEndOf(const grpc::Status& status) {
  std::string trailers = absl::StrCat("grpc-status: ", status.error_code(), "\r\n");
  if (!status.error_message().empty())
    absl::StrAppend(&trailers, "grpc-message: ", PercentEncode(status.error_message()), "\r\n");
  if (!status.error_details().empty()) {
    absl::StrAppend(&trailers,
                    "grpc-status-details-bin: ", Base64WithoutPadding(status.error_details()),
                    "\r\n");
  }
  return Enclose(kGrpcWebTrailers, trailers);
}

}  // namespace winnow::gateway

#include "services/gateway/http/tls_context.h"

#include "absl/strings/str_cat.h"
#include "boost/asio/buffer.hpp"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace winnow::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr absl::Duration kLook = absl::Seconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Open(const Identity& identity) {
  std::unique_ptr<TlsContext> context(new TlsContext(identity));
  WINNOW_RETURN_IF_ERROR(context->Read());
  context->looked_ = SystemClock::Get().SteadyNow();
  return context;
}

std::shared_ptr<ssl::context> TlsContext::Current() {
  const absl::Time now = SystemClock::Get().SteadyNow();
  if (now >= looked_ + kLook) {
    looked_ = now;
    if (const absl::Status read = Read(); !read.ok())
      LogEvent(LogLevel::kError, "certificate_not_read", {{"error", read.message()}});
  }
  return context_;
}

absl::Status TlsContext::Read() {
  WINNOW_ASSIGN_OR_RETURN(const std::string certificate, ReadFile(identity_.certificate));
  WINNOW_ASSIGN_OR_RETURN(const std::string key, ReadFile(identity_.key));
  const std::string content = absl::StrCat(certificate, "\n", key);
  if (content == content_) return absl::OkStatus();
  content_ = content;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                       ssl::context::single_dh_use);
  boost::system::error_code error;
  context->use_certificate_chain(boost::asio::buffer(certificate), error);
  if (!error) context->use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat("cannot encrypt connections with ",
                                                   identity_.certificate, " and ", identity_.key,
                                                   ": ", error.message()));
  }
  context_ = std::move(context);
  return absl::OkStatus();
}

}  // namespace winnow::http

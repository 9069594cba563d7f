#include "common/oidc/fetch.h"

#include <curl/curl.h>
#include <signal.h>

#include <ctime>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::oidc {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;
using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

struct Transfer {
  std::string body;
  size_t max_bytes;
  const std::stop_token* stop;
};

// OpenSSL may write to a connection that the other side has closed, and libcurl, told to leave
// signals alone, does not keep the one that follows from ending the process. It goes to the thread
// that writes.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec at_once{};
    while (sigtimedwait(&pipe_, nullptr, &at_once) > 0) continue;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

std::string PartOf(CURLU* url, CURLUPart part) {
  char* value = nullptr;
  if (curl_url_get(url, part, &value, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, decltype(&curl_free)> owned(value, curl_free);
  return value;
}

bool IsThisMachine(absl::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  // Whatever else begins so is a name, whose last part has a letter.
  return absl::StartsWith(host, "127.") &&
         host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

// The host of an address that may be fetched.
absl::StatusOr<std::string> HostOf(const std::string& address) {
  const Url url(curl_url(), curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK)
    return absl::InvalidArgumentError(absl::StrCat("'", address, "' is no address"));
  const std::string scheme = PartOf(url.get(), CURLUPART_SCHEME);
  std::string host = PartOf(url.get(), CURLUPART_HOST);
  if (scheme == "https" || (scheme == "http" && IsThisMachine(host))) return host;
  return absl::InvalidArgumentError(absl::StrCat(
      "'", address, "' must begin with https://; only on this machine http:// will do"));
}

size_t Receive(const char* bytes, size_t size, size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (transfer.body.size() + size * count > transfer.max_bytes) return CURL_WRITEFUNC_ERROR;
  transfer.body.append(bytes, size * count);
  return size * count;
}

// Asked at least once a second; not 0 ends the transfer.
int IsStopped(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Transfer*>(context)->stop->stop_requested() ? 1 : 0;
}

void SetOptions(CURL* handle, const std::string& address, const std::string& host,
                const FetchLimits& limits, Transfer& transfer) {
  curl_easy_setopt(handle, CURLOPT_URL, address.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  // A proxy of the environment is asked for other machines only.
  if (IsThisMachine(host)) curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "winnow");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(limits.timeout)));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, IsStopped);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
}

absl::Status Failed(const std::string& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat(address, ": ", why));
}

}  // namespace

absl::Status CheckAddress(const std::string& address) { return HostOf(address).status(); }

absl::StatusOr<std::string> Fetch(const std::string& address, const std::stop_token& stop,
                                  const FetchLimits& limits) {
  WINNOW_ASSIGN_OR_RETURN(const std::string host, HostOf(address));
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return Failed(address, curl_easy_strerror(initialised));
  // Closing a connection writes, too.
  const WithoutSigpipe without_sigpipe;
  const Handle handle(curl_easy_init(), curl_easy_cleanup);
  if (handle == nullptr) return Failed(address, "no memory");
  Transfer transfer = {.max_bytes = limits.max_bytes, .stop = &stop};
  SetOptions(handle.get(), address, host, limits, transfer);
  const CURLcode done = curl_easy_perform(handle.get());
  if (done == CURLE_WRITE_ERROR)
    return Failed(address, absl::StrCat("the reply is larger than ", limits.max_bytes, " bytes"));
  if (done != CURLE_OK) return Failed(address, curl_easy_strerror(done));
  long code = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &code);
  if (code != 200) return Failed(address, absl::StrCat("the reply has the code ", code));
  return std::move(transfer.body);
}

}  // namespace winnow::oidc

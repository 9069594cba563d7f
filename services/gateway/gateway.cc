#include "services/gateway/gateway.h"

#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics_page.h"
#include "common/base/status.h"
#include "common/rpc/listen_address.h"
#include "services/gateway/health.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/protocol.h"
#include "services/gateway/rpc_handler.h"
#include "services/gateway/same_origin.h"
#include "services/gateway/sessions.h"
#include "services/gateway/web_files.h"

namespace winnow::gateway {
namespace {

using http::Awaitable;
using http::Exchange;
using http::Request;
using http::Response;

constexpr char kRpcPrefix[] = "/rpc/";

// What every reply says: nothing may be loaded from elsewhere, run inline, guessed or framed.
constexpr std::pair<const char*, const char*> kPolicies[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
     "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
     "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

void AddPolicies(Response& response) {
  for (const auto& [name, value] : kPolicies) response.headers.emplace_back(name, value);
}

// An exchange all of whose replies have the policies, and whose status can be told.
class PolicedExchange final : public Exchange {
 public:
  explicit PolicedExchange(Exchange& inner) : inner_(inner) {}

  const Request& request() const override { return inner_.request(); }
  boost::asio::any_io_executor executor() override { return inner_.executor(); }
  Awaitable<absl::StatusOr<std::string>> ReadBody(size_t limit) override {
    return inner_.ReadBody(limit);
  }
  Awaitable<absl::StatusOr<std::string>> ReadPiece() override { return inner_.ReadPiece(); }
  Awaitable<void> Send(Response response) override {
    status_ = response.status;
    AddPolicies(response);
    return inner_.Send(std::move(response));
  }
  Awaitable<bool> Begin(const Response& head) override {
    status_ = head.status;
    Response policed = head;
    AddPolicies(policed);
    const bool written = co_await inner_.Begin(policed);
    co_return written;
  }
  Awaitable<bool> Write(std::string piece) override { return inner_.Write(std::move(piece)); }
  Awaitable<bool> End() override { return inner_.End(); }
  void WhenGone(std::function<void()> gone) override { inner_.WhenGone(std::move(gone)); }

  int status() const { return status_; }

 private:
  Exchange& inner_;
  int status_ = 0;
};

enum class Route { kHealth, kMetrics, kSession, kRpc, kFile };

Route RouteOf(absl::string_view path) {
  if (path == "/healthz") return Route::kHealth;
  if (path == "/metrics") return Route::kMetrics;
  if (path == "/session") return Route::kSession;
  if (absl::StartsWith(path, kRpcPrefix)) return Route::kRpc;
  return Route::kFile;
}

absl::string_view NameOf(Route route) {
  switch (route) {
    case Route::kHealth:
      return "health";
    case Route::kMetrics:
      return "metrics";
    case Route::kSession:
      return "session";
    case Route::kRpc:
      return "rpc";
    case Route::kFile:
      return "file";
  }
  return "";
}

bool Takes(Route route, absl::string_view method) {
  if (route == Route::kRpc) return method == "POST";
  if (method == "GET" || method == "HEAD") return true;
  return route == Route::kSession && (method == "POST" || method == "DELETE");
}

bool ChangesSomething(absl::string_view method) { return method == "POST" || method == "DELETE"; }

Response Refusal(int status, grpc::StatusCode code, const std::string& message) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = ConnectError({code, message})};
}

}  // namespace

std::filesystem::path InstalledWebFiles() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "winnow" / "web";
}

struct Gateway::Parts {
  Parts(const Backends& backends, WebFiles files, metrics::Registry& registry)
      : methods(backends), files(std::move(files)), registry(registry) {}

  Awaitable<void> Answer(Exchange& exchange);
  Awaitable<void> AnswerPoliced(Exchange& exchange, Route route);
  // A reply to what is not answered, if it is refused.
  std::optional<Response> RefusalOf(const Request& request, Route route) const;
  void Count(Route route, int status, absl::Duration took);

  const CarriedMethods methods;
  const WebFiles files;
  metrics::Registry& registry;
  CallQueue queue;
  const Clock& clock = SystemClock::Get();
  HostNames hosts;
  std::unique_ptr<Sessions> sessions;
  std::unique_ptr<RpcHandler> rpc;
  std::string url;
  std::unique_ptr<http::Server> server;
};

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(const Options& options,
                                                        const Backends& backends,
                                                        metrics::Registry& registry) {
  WINNOW_ASSIGN_OR_RETURN(const bool is_loopback, rpc::IsLoopbackAddress(options.address));
  WINNOW_ASSIGN_OR_RETURN(WebFiles files, WebFiles::Load(options.web_files));
  auto parts = std::make_unique<Parts>(backends, std::move(files), registry);
  parts->hosts = {options.host_names, options.host_names.empty() && !is_loopback};
  WINNOW_ASSIGN_OR_RETURN(parts->sessions,
                          Sessions::Open(options.data_dir, backends.annotation, parts->queue));
  parts->rpc = std::make_unique<RpcHandler>(parts->methods, *parts->sessions, parts->queue);
  WINNOW_ASSIGN_OR_RETURN(
      parts->server,
      http::Server::Start(
          {.address = options.address,
           .identity = options.identity,
           .max_connections = options.max_connections},
          [raw = parts.get()](Exchange& exchange) { return raw->Answer(exchange); }, registry));
  parts->url = absl::StrCat(options.identity.empty() ? "http://" : "https://",
                            options.address.substr(0, options.address.rfind(':')), ":",
                            parts->server->port(), "/");
  return std::unique_ptr<Gateway>(new Gateway(std::move(parts)));
}

Gateway::Gateway(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Gateway::~Gateway() { Stop(absl::ZeroDuration()); }

int Gateway::port() const { return parts_->server->port(); }

const std::string& Gateway::url() const { return parts_->url; }

void Gateway::Stop(absl::Duration drain) { parts_->server->Stop(drain); }

Awaitable<void> Gateway::Parts::Answer(Exchange& exchange) {
  const absl::Time start = clock.SteadyNow();
  const Route route = RouteOf(exchange.request().path);
  PolicedExchange policed(exchange);
  co_await AnswerPoliced(policed, route);
  Count(route, policed.status(), clock.SteadyNow() - start);
}

Awaitable<void> Gateway::Parts::AnswerPoliced(Exchange& exchange, Route route) {
  const Request& request = exchange.request();
  std::optional<Response> response = RefusalOf(request, route);
  if (!response.has_value()) {
    switch (route) {
      case Route::kRpc:
        co_await rpc->Handle(exchange, absl::StripPrefix(request.path, kRpcPrefix));
        co_return;
      case Route::kSession:
        co_await sessions->Handle(exchange);
        co_return;
      case Route::kHealth:
        response = co_await CheckHealth(exchange, methods, queue);
        break;
      case Route::kMetrics:
        response = Response{
            .headers = {{"Content-Type", metrics::kPageType}, {"Cache-Control", "no-store"}},
            .body = metrics::MetricsPage(registry.Read())};
        break;
      case Route::kFile:
        response = files.Get(request);
        break;
    }
  }
  co_await exchange.Send(*std::move(response));
}

std::optional<Response> Gateway::Parts::RefusalOf(const Request& request, Route route) const {
  if (!IsOurHost(request.Header("host"), hosts)) {
    return Refusal(421, grpc::StatusCode::PERMISSION_DENIED,
                   "this gateway is not known by that name (--host_names)");
  }
  if (!Takes(route, request.method))
    return Refusal(405, grpc::StatusCode::UNIMPLEMENTED, "this method is not for this address");
  if (ChangesSomething(request.method) && !IsSameOrigin(request)) {
    return Refusal(403, grpc::StatusCode::PERMISSION_DENIED,
                   "calls are for pages of this gateway alone: Origin is missing or another one");
  }
  return std::nullopt;
}

void Gateway::Parts::Count(Route route, int status, absl::Duration took) {
  const std::string name(NameOf(route));
  registry
      .GetCounter("winnow_gateway_requests_total", "Requests that have been answered.",
                  {{"route", name}, {"status", absl::StrCat(status)}})
      .Add();
  registry
      .GetHistogram("winnow_gateway_seconds", "Seconds from the headers to the end of the reply.",
                    metrics::SecondsBounds(), {{"route", name}})
      .Observe(absl::ToDoubleSeconds(took));
}

}  // namespace winnow::gateway

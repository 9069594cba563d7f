#include "common/rpc/handlers.h"

#include <array>
#include <atomic>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "common/rpc/request_names.h"

namespace winnow::rpc {
namespace {

// How an operator must see a status: a caller's mistake, a state that passes, a fault of ours.
LogLevel LevelOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return LogLevel::kError;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return LogLevel::kWarning;
    default:
      return LogLevel::kInfo;
  }
}

// A message may quote the input; a fault of ours is told by nothing else.
bool MayTellMessage(absl::StatusCode code) { return LevelOf(code) != LogLevel::kInfo; }

}  // namespace

absl::Status CheckRequest(RequestId wants, const google::protobuf::Message& request,
                          absl::string_view request_id) {
  const absl::string_view prefix =
      request.GetDescriptor()->containing_type() == nullptr ? "" : "header.";
  Violations violations;
  if (wants == RequestId::kRequired) {
    for (const Violation& violation : Violations::Of(CheckRequestId(request_id)))
      violations.Add(absl::StrCat(prefix, violation.where), violation.what);
  }
  CheckNames(request, prefix, violations);
  return violations.ToStatus("the request is refused");
}

// The metrics of one method. Thread-safe.
class MethodMetrics {
 public:
  MethodMetrics(const MethodRow& row, metrics::Registry& registry)
      : row_(&row),
        registry_(&registry),
        seconds_(&registry.GetHistogram("winnow_rpc_seconds", "Seconds from the start of a call.",
                                        metrics::SecondsBounds(),
                                        {{"service", row.service}, {"method", row.name}})) {}

  void Count(absl::StatusCode code, absl::Duration took) {
    seconds_->Observe(absl::ToDoubleSeconds(took));
    const size_t index =
        static_cast<size_t>(code) < calls_.size() ? static_cast<size_t>(code) : kUnknownIndex;
    metrics::Counter* counter = calls_[index].load(std::memory_order_acquire);
    if (counter == nullptr) {
      // Made when it first occurs, because most codes never do. All that race here get the same.
      const auto known = static_cast<absl::StatusCode>(index);
      counter = &registry_->GetCounter("winnow_rpc_calls_total", "Calls that have ended.",
                                       {{"service", row_->service},
                                        {"method", row_->name},
                                        {"code", absl::StatusCodeToString(known)}});
      calls_[index].store(counter, std::memory_order_release);
    }
    counter->Add();
  }

 private:
  static constexpr size_t kUnknownIndex = static_cast<size_t>(absl::StatusCode::kUnknown);

  const MethodRow* row_;
  metrics::Registry* registry_;
  metrics::Histogram* seconds_;
  // By the number of the code.
  std::array<std::atomic<metrics::Counter*>, 17> calls_{};
};

ActiveCall::ActiveCall(Method method, const grpc::ServerContextBase& context,
                       absl::string_view request_id, const Clock& clock, MethodMetrics* metrics)
    : method_(method),
      context_(&context),
      request_id_(request_id),
      clock_(&clock),
      metrics_(metrics),
      start_(clock.SteadyNow()) {}

absl::Status ActiveCall::Admit(const google::protobuf::Message* request) const {
  // Access is checked here, too, once there are people: the caller's token against the row's role.
  if (absl::FromChrono(context_->deadline()) <= clock_->Now())
    return absl::DeadlineExceededError("the deadline was over before the call began");
  if (request == nullptr) return absl::OkStatus();
  return CheckRequest(method_.row().request_id, *request, request_id_);
}

grpc::Status ActiveCall::End(const absl::Status& status) const {
  const absl::Duration took = clock_->SteadyNow() - start_;
  if (metrics_ != nullptr) metrics_->Count(status.code(), took);
  if (!status.ok()) Log(status, took);
  return ToGrpc(status);
}

void ActiveCall::Log(const absl::Status& status, absl::Duration took) const {
  const LogLevel level = LevelOf(status.code());
  const MethodRow& row = method_.row();
  std::vector<LogField> fields = {{"method", absl::StrCat(row.service, "/", row.name)},
                                  {"code", absl::StatusCodeToString(status.code())},
                                  {"caller", context_->peer()},
                                  {"ms", absl::ToInt64Milliseconds(took)}};
  if (!request_id_.empty()) fields.emplace_back("request_id", request_id_);
  if (const std::string reason = ReasonOf(status); !reason.empty())
    fields.emplace_back("reason", reason);
  if (MayTellMessage(status.code())) fields.emplace_back("message", status.message());
  LogEvent(level, level == LogLevel::kInfo ? "call_refused" : "call_failed", std::move(fields));
}

Handlers::Handlers(metrics::Registry& registry, const Clock& clock)
    : clock_(&clock), metrics_(std::make_shared<std::deque<MethodMetrics>>()) {
  for (const MethodRow& row : kMethods) metrics_->emplace_back(row, registry);
}

ActiveCall Handlers::Start(Method method, const grpc::ServerContextBase& context,
                           absl::string_view request_id) const {
  return {method, context, request_id, *clock_,
          metrics_ == nullptr ? nullptr : &(*metrics_)[method.index()]};
}

Responder::~Responder() {
  if (reactor_ != nullptr) Finish(absl::InternalError("the handler gave no answer"));
}

void Responder::Finish(const absl::Status& status) {
  // gRPC may free the context as soon as it is told, so the call is ended before.
  const grpc::Status sent = call_.End(status);
  reactor_.release()->Finish(sent);
}

}  // namespace winnow::rpc

#include "common/rpc/handlers.h"

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/access/throttle.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "common/rpc/forwarded.h"
#include "common/rpc/request_names.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"

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

// What follows "Bearer " in the metadata of a call; empty without it.
std::string BearerToken(const grpc::ServerContextBase& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return "";
  absl::string_view value(found->second.data(), found->second.size());
  // RFC 9110: the name of the scheme has no case.
  if (value.size() < 7 || !absl::EqualsIgnoreCase(value.substr(0, 7), "Bearer ")) return "";
  return std::string(absl::StripAsciiWhitespace(value.substr(7)));
}

// The name in the certificate that the caller has shown, and that was verified; empty without one.
std::string CertifiedName(const grpc::ServerContextBase& context) {
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return "";
  const std::vector<grpc::string_ref> names = peer->FindPropertyValues(GRPC_X509_CN_PROPERTY_NAME);
  return names.empty() ? "" : std::string(names[0].data(), names[0].size());
}

// What managers and admins change, and what leaves the house.
bool IsAudited(const MethodRow& row) {
  return (row.effect == Effect::kChanges && row.role >= Role::kManager &&
          row.role != Role::kService) ||
         absl::StartsWith(row.name, "Export");
}

// A message may quote the input; a fault of ours is told by nothing else.
bool MayTellMessage(absl::StatusCode code) { return LevelOf(code) != LogLevel::kInfo; }

}  // namespace

absl::Status CheckRequest(RequestId wants, const google::protobuf::Message& request,
                          absl::string_view request_id) {
  // The first message of a stream is a message within its request, named like its field.
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  const std::string prefix =
      type.containing_type() == nullptr ? "" : absl::AsciiStrToLower(type.name()) + ".";
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
                       absl::string_view request_id, const CallEnvironment& environment,
                       MethodMetrics* metrics)
    : method_(method),
      context_(&context),
      request_id_(request_id),
      environment_(environment),
      metrics_(metrics),
      start_(environment.clock->SteadyNow()) {}

absl::StatusOr<access::Caller> ActiveCall::SignIn() const {
  if (IsForEverybody()) return access::Caller();
  const std::string token = BearerToken(*context_);
  // A gateway's certificate vouches for the gateway, not for whom it calls.
  const std::string service =
      token.empty() && !IsForwarded(*context_) ? CertifiedName(*context_) : "";
  if (!service.empty()) return access::Caller{service, Role::kService};
  return environment_.people->Authenticate(token, PeerOf(*context_));
}

absl::Status ActiveCall::CheckRole(const access::Caller& caller) const {
  const MethodRow& row = method_.row();
  if (IsForEverybody() || access::Allows(caller.role, row.role)) return absl::OkStatus();
  return WithReason(absl::PermissionDeniedError(absl::StrCat(
                        row.name, " is for those with the role ", access::RoleName(row.role),
                        row.role < Role::kAdmin ? " or above" : "", ", and ", caller.name,
                        " has the role ", access::RoleName(caller.role))),
                    "WRONG_ROLE");
}

absl::Status ActiveCall::CheckCaller() const {
  WINNOW_ASSIGN_OR_RETURN(const access::Caller caller, SignIn());
  return CheckRole(caller);
}

absl::Status ActiveCall::Admit(const google::protobuf::Message* request) {
  WINNOW_ASSIGN_OR_RETURN(caller_, SignIn());
  is_known_ = true;
  WINNOW_RETURN_IF_ERROR(CheckRole(caller_));
  if (absl::FromChrono(context_->deadline()) <= environment_.clock->Now())
    return absl::DeadlineExceededError("the deadline was over before the call began");
  return request == nullptr ? absl::OkStatus() : AdmitRequest(*request);
}

absl::Status ActiveCall::AdmitRequest(const google::protobuf::Message& request) {
  request_ = &request;
  WINNOW_RETURN_IF_ERROR(CheckRequest(method_.row().request_id, request, request_id_));
  if (caller_.name.empty() || caller_.role == Role::kService) return absl::OkStatus();
  const std::string annotator = AnnotatorIn(request);
  if (annotator.empty() || annotator == caller_.name) return absl::OkStatus();
  return WithReason(absl::PermissionDeniedError(absl::StrCat(
                        "the call is in the name of ", annotator, ", and the token is that of ",
                        caller_.name, "; leave annotator empty for your own name")),
                    "WRONG_PERSON");
}

grpc::Status ActiveCall::End(const absl::Status& status) const {
  const absl::Duration took = environment_.clock->SteadyNow() - start_;
  if (metrics_ != nullptr) metrics_->Count(status.code(), took);
  if (!status.ok()) Log(status, took);
  Audit(status);
  return ToGrpc(status);
}

void ActiveCall::Audit(const absl::Status& status) const {
  const bool denied = absl::IsPermissionDenied(status);
  // A caller whom nobody knows could fill the log.
  if (environment_.audit_log == nullptr || !is_known_) return;
  if (!denied && !IsAudited(method_.row())) return;
  const MethodRow& row = method_.row();
  const absl::Status written = environment_.audit_log->Append(
      {environment_.clock->Now(), caller_.name,
       caller_.name.empty() ? "" : std::string(access::RoleName(caller_.role)),
       access::AddressOf(PeerOf(*context_)), absl::StrCat(row.service, "/", row.name),
       request_ == nullptr ? "" : DescribeNames(*request_),
       status.ok() ? "ok" : absl::StatusCodeToString(status.code()), std::string(request_id_)});
  if (!written.ok()) LogEvent(LogLevel::kError, "audit_failed", {{"message", written.message()}});
}

absl::StatusOr<std::string> AnnotatorOf(const google::protobuf::Message& request,
                                        const access::Caller& caller) {
  std::string annotator = AnnotatorIn(request);
  if (annotator.empty()) annotator = caller.name;
  if (!annotator.empty()) return annotator;
  Violations violations;
  violations.Add("annotator", "must not be empty: the call has no token that tells who answers");
  return violations.ToStatus("the request is refused");
}

void ActiveCall::Log(const absl::Status& status, absl::Duration took) const {
  const LogLevel level = LevelOf(status.code());
  const MethodRow& row = method_.row();
  std::vector<LogField> fields = {{"method", absl::StrCat(row.service, "/", row.name)},
                                  {"code", absl::StatusCodeToString(status.code())},
                                  {"caller", PeerOf(*context_)},
                                  {"ms", absl::ToInt64Milliseconds(took)}};
  if (!request_id_.empty()) fields.emplace_back("request_id", request_id_);
  if (const std::string reason = ReasonOf(status); !reason.empty())
    fields.emplace_back("reason", reason);
  if (MayTellMessage(status.code())) fields.emplace_back("message", status.message());
  LogEvent(level, level == LogLevel::kInfo ? "call_refused" : "call_failed", std::move(fields));
}

Handlers::Handlers(metrics::Registry& registry, const CallEnvironment& environment)
    : environment_(environment), metrics_(std::make_shared<std::deque<MethodMetrics>>()) {
  for (const MethodRow& row : kMethods) metrics_->emplace_back(row, registry);
}

ActiveCall Handlers::Start(Method method, const grpc::ServerContextBase& context,
                           absl::string_view request_id) const {
  return {method, context, request_id, environment_,
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

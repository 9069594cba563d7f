// Runs what a method of a service does, and everything that is the same for all methods around it:
// who calls, the refusal of calls that must not run, the status, the log lines, count and latency.
//
//   grpc::Status TrainingServiceImpl::GetTrainingJob(grpc::ServerContext* context,
//                                                    const GetTrainingJobRequest* request,
//                                                    TrainingJob* response) {
//     return handlers_.Run("Training.GetTrainingJob", context, request,
//                          [&]() -> absl::Status { ... });
//   }
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/access/audit_log.h"
#include "common/access/people.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/rpc/methods.h"
#include "common/rpc/sync_calls.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "grpcpp/support/status.h"

namespace winnow::rpc {

// OK, or InvalidArgument with all that is wrong with the id, which must be a UUID where it `wants`
// one, and with the names of a request or of the header of a stream.
absl::Status CheckRequest(RequestId wants, const google::protobuf::Message& request,
                          absl::string_view request_id);

class MethodMetrics;
class Responder;
class Streams;

// What the calls of a service have in common. All must outlive them.
struct CallEnvironment {
  const Clock* clock = &SystemClock::Get();
  // Null: everybody may call everything.
  access::People* people = nullptr;
  // Null: nothing is written down.
  access::AuditLog* audit_log = nullptr;
  // Sync calls that may be under way at a time; those beyond are refused (sync_calls.h).
  int max_sync_calls = kMaxSyncCalls;
};

// One call, from its start to its status. Moved, not copied; not thread-safe. Context, request id
// and metrics must outlive it.
class ActiveCall {
 public:
  ActiveCall(Method method, const grpc::ServerContextBase& context, absl::string_view request_id,
             const CallEnvironment& environment, MethodMetrics* metrics);

  // Not OK, and then the handler does not run: errors of access::People for a caller whom nobody
  // knows, PermissionDenied for one whose role may not (WRONG_ROLE), or who speaks in another
  // person's name (WRONG_PERSON) and is no service; DeadlineExceeded when nobody waits for the
  // reply any more, InvalidArgument when the method's row wants a request_id and there is none, or
  // when a name in the request can be none (request_names.h). `request` is null for a stream of
  // them; it must outlive the call.
  absl::Status Admit(const google::protobuf::Message* request);
  // What Admit does with a request, for one that comes as the first message of a stream.
  absl::Status AdmitRequest(const google::protobuf::Message& request);
  // Whether the caller may still call, as Admit; for calls that go on for long.
  absl::Status CheckCaller() const;
  // Who has signed in; with an empty name where everybody may call everything.
  const access::Caller& caller() const { return caller_; }
  // Counts the call, logs it if it was refused or failed, writes down what is to be audited, and
  // converts.
  grpc::Status End(const absl::Status& status) const;

 private:
  // Nobody is asked who they are.
  bool IsForEverybody() const {
    return environment_.people == nullptr || environment_.people->IsOpen();
  }
  // Who calls; with an empty name where everybody may call everything.
  absl::StatusOr<access::Caller> SignIn() const;
  absl::Status CheckRole(const access::Caller& caller) const;
  void Log(const absl::Status& status, absl::Duration took) const;
  void Audit(const absl::Status& status) const;

  Method method_;
  const grpc::ServerContextBase* context_;
  absl::string_view request_id_;
  CallEnvironment environment_;
  MethodMetrics* metrics_;
  absl::Time start_;
  access::Caller caller_;
  // SignIn has told who calls, or everybody may.
  bool is_known_ = false;
  // Null before Admit, and for a stream of requests.
  const google::protobuf::Message* request_ = nullptr;
};

// The person in whose name a request is: the one that it names, else the caller. InvalidArgument
// where there is neither.
absl::StatusOr<std::string> AnnotatorOf(const google::protobuf::Message& request,
                                        const access::Caller& caller);

// What a stream of the callback API (stream.h) is made of.
struct StreamCall {
  ActiveCall call;
  grpc::CallbackServerContext& context;
  Streams& streams;
};

// Thread-safe; copies share their metrics and the number of their calls. A service holds one by
// value.
//
// Metrics: winnow_rpc_calls_total{service, method, code} and winnow_rpc_seconds{service, method}.
// Log: "call_refused" (info) or, where the fault is the server's own, "call_failed" (error; warning
// for UNAVAILABLE and RESOURCE_EXHAUSTED).
class Handlers {
 public:
  // Counts nothing.
  Handlers() = default;
  // Counts in `registry`. It and the environment must outlive it and its copies.
  explicit Handlers(metrics::Registry& registry, const CallEnvironment& environment = {});

  // A sync unary or server streaming method. `work` takes nothing, or the access::Caller, and
  // returns absl::Status.
  template <typename Request, typename Work>
  grpc::Status Run(Method method, grpc::ServerContext* context, const Request* request,
                   const Work& work) const {
    return RunAdmitted(Start(method, *context, RequestIdOf(*request)), request, work);
  }
  // The same for a unary method whose `work` returns absl::StatusOr of the response.
  template <typename Request, typename Response, typename Work>
  grpc::Status Run(Method method, grpc::ServerContext* context, const Request* request,
                   Response* response, const Work& work) const {
    return Run(method, context, request, [&]() -> absl::Status {
      absl::StatusOr<Response> result = work();
      if (result.ok()) *response = *std::move(result);
      return result.status();
    });
  }
  // A sync method whose requests come as a stream; `work` checks them (CheckRequest).
  template <typename Work>
  grpc::Status Run(Method method, grpc::ServerContext* context, const Work& work) const {
    return RunAdmitted(Start(method, *context, ""), nullptr, work);
  }
  // A unary method of the callback API. `work` either takes nothing and returns absl::Status, or
  // takes a Responder and returns nothing: then the reply is sent when the Responder is told to,
  // from any thread, and no thread waits meanwhile.
  template <typename Request, typename Work>
  grpc::ServerUnaryReactor* Run(Method method, grpc::CallbackServerContext* context,
                                const Request* request, const Work& work) const;
  // A stream of the callback API: makes a `Stream` (stream.h) of the call and of `arguments`, which
  // keeps itself until it is done. `request` is null where requests come as a stream.
  template <typename Stream, typename... Arguments>
  Stream* Open(Method method, grpc::CallbackServerContext* context,
               const google::protobuf::Message* request, Streams& streams,
               Arguments&&... arguments) const {
    const auto stream =
        std::make_shared<Stream>(StreamCall{Start(method, *context, ""), *context, streams},
                                 std::forward<Arguments>(arguments)...);
    stream->Begin(request);
    return stream.get();
  }

 private:
  template <typename Request>
  static absl::string_view RequestIdOf(const Request& request) {
    if constexpr (requires { request.request_id(); }) return request.request_id();
    return "";
  }
  template <typename Work>
  grpc::Status RunAdmitted(ActiveCall call, const google::protobuf::Message* request,
                           const Work& work) const {
    const SyncCalls::Place place(*sync_calls_);
    absl::Status refusal = place.Check();
    if (refusal.ok()) refusal = call.Admit(request);
    if (!refusal.ok()) return call.End(refusal);
    if constexpr (std::is_invocable_v<Work, const access::Caller&>) {
      return call.End(work(call.caller()));
    } else {
      return call.End(work());
    }
  }
  ActiveCall Start(Method method, const grpc::ServerContextBase& context,
                   absl::string_view request_id) const;

  CallEnvironment environment_;
  // One per row of kMethods; null when nothing is counted.
  std::shared_ptr<std::deque<MethodMetrics>> metrics_;
  std::shared_ptr<SyncCalls> sync_calls_ = std::make_shared<SyncCalls>(environment_.max_sync_calls);
};

// Sends the status of one call of the callback API. Moved, not copied. Whoever holds it must fill
// the response message before Finish and not touch request, response or context after it. Not
// thread-safe, but it may be passed from thread to thread.
class Responder {
 public:
  // `reactor` is that of the context, which gRPC keeps until Finish.
  Responder(ActiveCall call, const grpc::CallbackServerContext& context,
            grpc::ServerUnaryReactor& reactor)
      : call_(std::move(call)), context_(&context), reactor_(&reactor) {}
  Responder(Responder&&) = default;
  Responder& operator=(Responder&&) = delete;
  // A Responder that was dropped answers INTERNAL: no call may wait for ever.
  ~Responder();

  const access::Caller& caller() const { return call_.caller(); }
  // Exactly once.
  void Finish(const absl::Status& status);
  // True when the caller has gone or its deadline is over: the reply will not be read.
  bool IsCancelled() const { return context_->IsCancelled(); }

 private:
  struct NotOwned {
    void operator()(grpc::ServerUnaryReactor*) const {}
  };

  ActiveCall call_;
  const grpc::CallbackServerContext* context_;
  // gRPC's own; null once it is told to finish, or moved.
  std::unique_ptr<grpc::ServerUnaryReactor, NotOwned> reactor_;
};

template <typename Request, typename Work>
grpc::ServerUnaryReactor* Handlers::Run(Method method, grpc::CallbackServerContext* context,
                                        const Request* request, const Work& work) const {
  ActiveCall call = Start(method, *context, RequestIdOf(*request));
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Status refusal = call.Admit(request);
  if (!refusal.ok()) {
    reactor->Finish(call.End(refusal));
  } else if constexpr (std::is_invocable_r_v<absl::Status, Work>) {
    reactor->Finish(call.End(work()));
  } else {
    work(Responder(std::move(call), *context, *reactor));
  }
  return reactor;
}

}  // namespace winnow::rpc

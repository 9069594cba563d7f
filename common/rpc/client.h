// Calls of unary methods as all our programs make them: with a deadline, tried again where that is
// harmless.
//
//   rpc::Client client;
//   WINNOW_ASSIGN_OR_RETURN(const Queue queue,
//                           client.Call(*stub, &AnnotationService::StubInterface::GetQueue,
//                           request,
//                                       {.timeout = absl::Seconds(10)}));
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/rpc/errors.h"
#include "common/rpc/methods.h"
#include "grpcpp/client_context.h"

namespace winnow::rpc {

// 128 random bits in hexadecimal: names one mutating call, so that a repetition of it is harmless.
std::string NewRequestId();

struct RetryPolicy {
  // Tries in all; 1 for none but the first.
  int max_tries = 5;
  // The wait after the first try is at most this long; each further one at most twice as long as
  // the one before, up to `max_wait`.
  absl::Duration first_wait = absl::Milliseconds(200);
  absl::Duration max_wait = absl::Seconds(5);
};

// How long to wait after try number `tries` (from 1) failed with `status`: a share of the policy's
// wait for it, between a half (at `uniform` 0) and the whole (at 1), so that clients who failed
// together do not come back together; not less than the status asks for (RetryAfterOf).
absl::Duration WaitBeforeRetry(const RetryPolicy& policy, int tries, const absl::Status& status,
                               double uniform);

struct CallOptions {
  // For all tries and the waits between them.
  absl::Duration timeout = absl::Minutes(1);
  // Wait for a server that is not there yet, until the timeout, instead of trying a few times.
  bool wait_for_ready = false;
};

// Thread-safe. What is passed in must outlive it.
class Client {
 public:
  struct Options {
    RetryPolicy retry;
    // Called with the context of every try, to add metadata (a token). Must be thread-safe.
    std::function<void(grpc::ClientContext&)> prepare;
    // For the waits, see WaitBeforeRetry.
    uint64_t seed = 0;
    const Clock* clock = &SystemClock::Get();
    // Waits between tries.
    std::function<void(absl::Duration)> sleep = [](absl::Duration wait) { absl::SleepFor(wait); };
  };
  // The default options, with a random seed.
  Client();
  explicit Client(Options options);

  // One call. It is tried again while the status is UNAVAILABLE, or CANCELLED by the server, when
  // the row of its method says that repeating is harmless, its request_id (if any) is set, and the
  // timeout leaves time for the wait. The last try's status; DeadlineExceeded after the timeout.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(
      Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
      const std::type_identity_t<Request>& request, const CallOptions& options = {}) const {
    Response response;
    const auto attempt = [&](grpc::ClientContext& context) {
      response.Clear();
      return (stub.*method)(&context, request, &response);
    };
    const absl::Status status = Run(attempt, MayRepeat(request), options);
    if (!status.ok()) return status;
    return response;
  }

 private:
  template <typename Request>
  static bool MayRepeat(const Request& request) {
    const MethodRow* row = FindMethodOfRequest(Request::descriptor()->full_name());
    if (row == nullptr || row->repeat == Repeat::kHarmful) return false;
    if constexpr (requires { request.request_id(); })
      return row->effect == Effect::kReads || !request.request_id().empty();
    return true;
  }

  absl::Status Run(const std::function<grpc::Status(grpc::ClientContext&)>& attempt,
                   bool may_repeat, const CallOptions& options) const;
  double Uniform() const;

  const Options options_;
  mutable Mutex mutex_;
  mutable Random random_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::rpc

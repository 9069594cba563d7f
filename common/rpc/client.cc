#include "common/rpc/client.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::rpc {
std::string NewRequestId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) absl::StrAppend(&id, absl::Hex(random(), absl::kZeroPad8));
  return id;
}

absl::Duration WaitBeforeRetry(const RetryPolicy& policy, int tries, const absl::Status& status,
                               double uniform) {
  absl::Duration wait = policy.first_wait;
  for (int i = 1; i < tries && wait < policy.max_wait; ++i) wait *= 2;
  wait = std::min(wait, policy.max_wait) * (0.5 + 0.5 * uniform);
  return std::max(wait, RetryAfterOf(status).value_or(absl::ZeroDuration()));
}

Client::Client() : Client(Options{.seed = std::random_device()()}) {}

Client::Client(Options options) : options_(std::move(options)), random_(options_.seed) {}

double Client::Uniform() const {
  MutexLock lock(mutex_);
  return random_.Uniform();
}

absl::Status Client::Run(const std::function<grpc::Status(grpc::ClientContext&)>& attempt,
                         bool may_repeat, const CallOptions& options) const {
  const absl::Time deadline = options_.clock->SteadyNow() + options.timeout;
  for (int tries = 1;; ++tries) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(options_.clock->ToWall(deadline)));
    context.set_wait_for_ready(options.wait_for_ready);
    if (options_.prepare) options_.prepare(context);
    absl::Status status = FromGrpc(attempt(context));
    // Nobody here cancels: the server does, with calls that come while it begins to stop.
    const bool is_away = absl::IsUnavailable(status) || absl::IsCancelled(status);
    if (!is_away || !may_repeat || tries == options_.retry.max_tries) return status;
    const absl::Duration wait = WaitBeforeRetry(options_.retry, tries, status, Uniform());
    if (options_.clock->SteadyNow() + wait >= deadline) return status;
    options_.sleep(wait);
  }
}

}  // namespace winnow::rpc

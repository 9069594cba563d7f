#include "common/rpc/streams.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::rpc {
namespace {

constexpr absl::Duration kComeBack = absl::Seconds(10);

absl::Status ShuttingDown() { return absl::UnavailableError("the service shuts down"); }

}  // namespace

Streams::Streams(const Clock& clock, const StreamLimits& limits, absl::Duration interval)
    : clock_(clock),
      limits_(limits),
      watcher_(interval, [this](const std::stop_token&) { LookAfterAll(); }) {}

Streams::~Streams() { Stop(); }

absl::Status Streams::Add(const std::shared_ptr<OpenStream>& stream) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return ShuttingDown();
    if (streams_.size() >= limits_.max_streams) {
      return WithRetryAfter(absl::ResourceExhaustedError(absl::StrCat(
                                "as many streams are open as there may be (", limits_.max_streams,
                                "); try again in ", absl::FormatDuration(kComeBack))),
                            kComeBack);
    }
    streams_.insert(stream);
  }
  watcher_.Wake();
  return absl::OkStatus();
}

void Streams::Remove(const std::shared_ptr<OpenStream>& stream) {
  MutexLock lock(mutex_);
  streams_.erase(stream);
}

void Streams::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  for (const std::shared_ptr<OpenStream>& stream : Current()) stream->Close(ShuttingDown());
}

Streams::Set Streams::Current() {
  MutexLock lock(mutex_);
  return streams_;
}

// Streams that are stopping are looked after, too: their clients may read nothing.
void Streams::LookAfterAll() {
  ++turn_.number;
  turn_.now = clock_.SteadyNow();
  for (const std::shared_ptr<OpenStream>& stream : Current()) stream->LookAfter(turn_);
}

}  // namespace winnow::rpc

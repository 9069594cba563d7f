// The queues of this process, by name: made, opened when they are asked for, closed when idle.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/tasks/queue.h"
#include "common/tasks/queue_reaper.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// How far an opening is. Thread-safe.
struct OpenProgress {
  // Texts, or what else the stream counts.
  std::atomic<uint64_t> done = 0;
  std::atomic<uint64_t> total = 0;
  // The opening must end, with Cancelled.
  std::atomic<bool> stopping = false;
};

// Makes the stream of a queue; it may take long.
using OpenStreamFn = std::function<absl::StatusOr<std::unique_ptr<Stream>>(
    const storage::v1::Queue& queue, OpenProgress& progress)>;

enum class QueueState : uint8_t { kClosed, kOpening, kOpen, kFailed };

struct SlotFacts {
  QueueState state = QueueState::kClosed;
  // kOpening.
  uint64_t num_done = 0;
  uint64_t num_total = 0;
  // kFailed: why, and when it will be tried again, by the steady clock.
  absl::Status error;
  absl::Time retry_at = absl::InfinitePast();
};

inline constexpr absl::Duration kIdle = absl::Minutes(10);

// Thread-safe. What is passed in must outlive it.
//
// Each queue has a slot of its own, so opening one makes no other wait.
// States of a slot: closed -> opening (Get) -> open | failed ; failed -> opening (Get, after the
// back-off) ; open -> closed (idle, Delete).
class Queues {
 public:
  Queues(corpus::Corpus& corpus, const Clock& clock, OpenStreamFn open_stream);
  // Stops, and closes all queues. REQUIRES: nobody calls any more.
  ~Queues();

  // Openings end, and whoever waits for one, or for a learner, is told that the service shuts down.
  // Queues that are open go on.
  void Stop();

  // Stores the queue, or finds the one of that name with the same settings, in one step: of two
  // that differ one is refused. FailedPrecondition when the name is another queue's.
  absl::Status Create(const corpus::RequestKey& key, const storage::v1::Queue& queue);
  // Closes the queue and removes it; its answers stay. NotFound (UNKNOWN_QUEUE).
  absl::Status Delete(const corpus::RequestKey& key, absl::string_view name);

  // Closes the queue if it is open: whoever asks next finds it as its record is now.
  void Close(absl::string_view name);

  // Tells the queue when it is open, perhaps at once and perhaps on another thread. NotFound
  // (UNKNOWN_QUEUE) with the nearest names; the error of its last opening until that is tried
  // again.
  using GetDone = std::function<void(absl::StatusOr<std::shared_ptr<Queue>>)>;
  void Get(absl::string_view name, GetDone done);
  // The same, waiting.
  absl::StatusOr<std::shared_ptr<Queue>> Wait(absl::string_view name);
  // The queue if it is open, else null.
  std::shared_ptr<Queue> FindOpen(absl::string_view name) const;

  SlotFacts Facts(absl::string_view name) const;

  // Closes queues that nobody has asked for since kIdle, and sweeps the others. A thread of its own
  // calls it every minute.
  void CloseIdle();

 private:
  struct Slot {
    QueueState state = QueueState::kClosed;
    std::shared_ptr<Queue> queue;
    std::shared_ptr<OpenProgress> progress;
    // The queue was deleted while it was being opened: the record is read again.
    bool is_stale = false;
    std::vector<GetDone> waiting;
    absl::Status error;
    absl::Time retry_at = absl::InfinitePast();
    absl::Duration back_off;
    absl::Time last_used = absl::InfinitePast();
  };
  struct Opener {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> ended;
  };

  void StartOpening(const std::string& name, Slot& slot) WINNOW_REQUIRES(mutex_);
  void Open(const std::string& name, OpenProgress& progress);
  absl::StatusOr<std::shared_ptr<Queue>> OpenQueue(const std::string& name, OpenProgress& progress);
  void Maintain();

  corpus::Corpus& corpus_;
  const Clock& clock_;
  const OpenStreamFn open_stream_;
  QueueReaper reaper_;

  mutable Mutex mutex_;
  std::map<std::string, Slot, std::less<>> slots_ WINNOW_GUARDED_BY(mutex_);
  std::vector<Opener> openers_ WINNOW_GUARDED_BY(mutex_);
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  CondVar stopping_changed_;
  std::thread maintenance_;
};

}  // namespace winnow::tasks

// Where the tasks of a queue come from: one implementation for each kind of queue.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/corpus/ids.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// Why there is no task now.
enum class NoTask : uint8_t {
  // There may be one: ask.
  kNone,
  // Every task that is left is leased to somebody else; see Emptiness::retry_at.
  kAllLeased,
  // Data sets whose texts are not asked have all the texts.
  kAllExcluded,
  // Texts are being ranked; some may hold a question.
  kSearching,
  // All texts were ranked and no question is left in them.
  kExhausted,
  // Something must change first: see Emptiness::message.
  kPaused,
  // The person has answered as much as they may today.
  kQuota,
};

struct Emptiness {
  NoTask reason = NoTask::kNone;
  // When asking again makes sense; the infinite future when only a person can change it, and the
  // infinite past, where a stream tells it, for soon.
  absl::Time retry_at = absl::InfiniteFuture();
  // A sentence for people.
  std::string message;
};

// What a queue has asked so far.
struct AskedCounts {
  // Tasks leased or answered, and audit questions among them.
  uint64_t num_asked = 0;
  uint64_t num_audit = 0;
};

// What a stream tells of itself.
struct StreamFacts {
  // Of the working model: "name@N" of its version, its steps, the digest of its weights, and the
  // eligible answers that no step has learnt from yet.
  std::string model_version;
  uint64_t learner_step = 0;
  uint64_t model_digest = 0;
  uint64_t num_unlearnt_answers = 0;
  // Texts that may be asked about: to learn from, and of the audit frames.
  uint64_t num_teaching_texts = 0;
  uint64_t num_audit_texts = 0;
  uint64_t num_excluded_texts = 0;
  // Candidates without a letter in the texts ranked last, which are no questions.
  uint64_t num_hidden_candidates = 0;
  // Tasks stored with the queue.
  uint64_t num_stored_tasks = 0;
  // Tasks that Next has not offered yet, as far as they are known.
  uint64_t num_fresh_tasks = 0;
};

// Thread-safe.
class Stream {
 public:
  virtual ~Stream() = default;

  // The next task that nobody has had, without its view; nothing when there is none. `is_known`
  // tells whether somebody has. Called under the queue's lock: it must neither read from disk nor
  // score.
  virtual std::optional<storage::v1::Task> Next(
      const AskedCounts& asked, absl::FunctionRef<bool(const corpus::Id& task)> is_known) = 0;

  // Offers every task again: what was answered counts no more.
  virtual void Restart() = 0;

  // Hears that the log of the queue's data set has grown. Returns at once.
  virtual void Wake() {}

  // Takes in what was added to the queue, or to its source, since. Called without the lock.
  virtual absl::Status Refresh() = 0;

  // Fills in what Next left out because it lies on disk.
  virtual absl::Status Complete(storage::v1::Task& task) const = 0;

  // Calls `done` once, perhaps at once, when Next depends on all answers on disk up to `revision`,
  // or with the reason why it does not come to that.
  virtual void WhenCurrent(uint64_t revision, std::function<void(absl::Status)> done) = 0;

  // The service shuts down: whoever waits is told (Unavailable), and nobody waits any more.
  virtual void Stop() {}

  // Why Next has none; kNone when that may have changed.
  virtual Emptiness WhyEmpty() const = 0;

  // Grows whenever Next may offer what it did not before.
  virtual uint64_t Generation() const = 0;

  virtual StreamFacts Facts() const = 0;
};

}  // namespace winnow::tasks

// Questions of a teach queue: the most useful ones under a model that learns while it is asked, in
// turn with what the queue's patterns find, and mixed with audit questions about hold-out texts.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mutex.h"
#include "common/ner/acquisition.h"
#include "common/ner/patterns.h"
#include "common/tasks/queues.h"
#include "common/tasks/stream.h"
#include "common/teach/audit_frames.h"
#include "common/teach/audit_questions.h"
#include "common/teach/environment.h"
#include "common/teach/learners.h"
#include "common/teach/pool.h"
#include "common/teach/ranking.h"
#include "common/teach/revision_waiters.h"
#include "common/teach/working_model.h"

namespace winnow::teach {

// Thread-safe.
//
// It takes turns on the learners' threads: it follows the answers and the alias `serving`, takes
// learning steps, and ranks again after them; what is ranked is exchanged whole, so leasing never
// waits for it. It follows its source, too: texts added later are asked about, and hold-out texts
// among them form a further audit frame. What a `candidate` predicts outside of the frames forms
// one beside them, which is asked as long as it is one.
//
// A label that the version does not know is asked by the patterns, and by the working model when
// their answers have taught it. While the version that serves lacks a label that no pattern asks
// about the stream is paused; it goes on when one serves that knows it.
class TeachStream final : public tasks::Stream, private Learners::Learner {
 public:
  // Makes the queue's first audit frame if that has not been done. Errors of FindAcquisition, the
  // pattern file, the source and the model; Cancelled when `progress` says so.
  static absl::StatusOr<std::unique_ptr<TeachStream>> Open(const TeachEnvironment& environment,
                                                           const storage::v1::Queue& queue,
                                                           tasks::OpenProgress& progress);
  ~TeachStream() override;

  std::optional<storage::v1::Task> Next(
      const tasks::AskedCounts& asked,
      absl::FunctionRef<bool(const corpus::Id& task)> is_known) override;
  void Restart() override;
  void Wake() override;
  void Stop() override;
  absl::Status Refresh() override;
  absl::Status Complete(storage::v1::Task& task) const override;
  void WhenCurrent(uint64_t revision, std::function<void(absl::Status)> done) override;
  tasks::Emptiness WhyEmpty() const override;
  uint64_t Generation() const override;
  tasks::StreamFacts Facts() const override;

 private:
  using IsKnown = absl::FunctionRef<bool(const corpus::Id& task)>;
  // A place in the questions of all blocks of a ranking, model's or patterns'.
  struct Cursor {
    size_t block = 0;
    size_t index = 0;
  };
  using Lane = std::vector<Question> Block::*;

  TeachStream(const TeachEnvironment& environment, const storage::v1::Queue& queue,
              ner::AcquisitionFunction acquisition,
              std::shared_ptr<const ner::PatternSet> patterns);

  // Opening.
  absl::Status ErrorOfOpening() WINNOW_EXCLUDES(mutex_);
  absl::Status ReadPool(const ProgressFn& progress);
  absl::Status ReadAudit();

  // A turn.
  bool TakeTurn() override;
  // True when there is more to do.
  absl::StatusOr<bool> Learn();
  absl::Status FollowVersion();
  absl::Status FollowSource();
  absl::Status FollowFrames();
  absl::Status RankMore();
  void Publish(std::shared_ptr<const Ranking> ranking, bool is_longer);

  // Handing out.
  const Question* Advance(Cursor& cursor, Lane lane, IsKnown is_known) WINNOW_REQUIRES(mutex_);
  storage::v1::Task TaskOf(const Question& question, bool of_pattern) const WINNOW_REQUIRES(mutex_);
  // Questions of the ranking that nobody has had, at most.
  size_t NumLeft() const WINNOW_REQUIRES(mutex_);
  bool WantsMore() const WINNOW_REQUIRES(mutex_);

  const TeachEnvironment environment_;
  // As it was opened.
  const storage::v1::Queue queue_;
  const ner::AcquisitionFunction acquisition_;
  // Null for none.
  const std::shared_ptr<const ner::PatternSet> patterns_;

  // Of the opening thread, then of the turns, one at a time.
  AuditFrames frames_;
  Pool pool_;
  // Revision of the source up to which pool_ was read.
  uint64_t pool_revision_ = 0;
  TextCache texts_;
  std::unique_ptr<WorkingModel> working_;
  // The version knows a label of the queue, so that there can be audit questions.
  bool has_candidates_ = false;
  std::unique_ptr<Ranker> ranker_;
  // Generation of working_ that ranker_ ranks under.
  uint64_t ranked_generation_ = 0;

  // What takes long is left for the next time it is opened.
  std::atomic<bool> closing_ = false;
  // Who waits for the learner.
  RevisionWaiters waiters_;

  mutable Mutex mutex_;
  std::shared_ptr<const Ranking> ranking_ WINNOW_GUARDED_BY(mutex_);
  // Ids of the texts that questions point to.
  std::shared_ptr<const std::vector<corpus::Id>> text_ids_ WINNOW_GUARDED_BY(mutex_);
  Cursor model_cursor_ WINNOW_GUARDED_BY(mutex_);
  Cursor pattern_cursor_ WINNOW_GUARDED_BY(mutex_);
  AuditQuestions audit_ WINNOW_GUARDED_BY(mutex_);
  uint64_t num_changes_ WINNOW_GUARDED_BY(mutex_) = 0;
  // Why the learner stands still, if it does.
  absl::Status learner_status_ WINNOW_GUARDED_BY(mutex_);
  tasks::StreamFacts facts_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::teach

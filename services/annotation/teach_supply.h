// Questions of a binary queue: the most useful ones under a model that learns while it is asked, in
// turn with what the queue's patterns find, and mixed with audit questions about hold-out texts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/ner/acquisition.h"
#include "common/ner/patterns.h"
#include "services/annotation/question_pool.h"
#include "services/annotation/task_supply.h"
#include "services/annotation/working_model.h"

namespace winnow::annotation {

// Thread-safe. A thread of its own follows the answers and the alias `serving`, takes learning
// steps and ranks the pool again after each; what is ranked is exchanged whole, so leasing never
// waits for it.
class TeachSupply final : public TaskSupply {
 public:
  // What is passed in must outlive it.
  static absl::StatusOr<std::unique_ptr<TeachSupply>> Open(const storage::v1::Queue& queue,
                                                           const corpus::Corpus& corpus,
                                                           models::ModelCache& models,
                                                           const models::ModelStore& store);
  ~TeachSupply() override;

  std::optional<v1::Task> Next(const AskedTasks& asked) override;
  absl::Status WaitUntilCurrent(uint64_t revision, absl::Time deadline) override;
  void Describe(v1::Queue& queue) const override;
  std::string ExhaustedReason() const override;

 private:
  // The questions under one state of the working model, best first. Immutable.
  struct Ranking {
    models::VersionName version;
    uint64_t step = 0;
    uint64_t model_digest = 0;
    std::vector<v1::Task> questions;
    std::vector<v1::Task> pattern_questions;
    // Candidates without a letter, which are no questions.
    uint64_t num_hidden = 0;
  };

  TeachSupply(const storage::v1::Queue& queue, const corpus::Corpus& corpus,
              models::ModelCache& models, const models::ModelStore& store,
              ner::AcquisitionFunction acquisition, QuestionPool pool,
              std::shared_ptr<const ner::PatternSet> patterns)
      : queue_(queue),
        corpus_(corpus),
        models_(models),
        store_(store),
        acquisition_(acquisition),
        pool_(std::move(pool)),
        patterns_(std::move(patterns)) {}

  absl::Status ReadFrame();
  void Learn();
  absl::Status LearnOnce();
  std::shared_ptr<const Ranking> Rank(const WorkingModel& working);
  // Indices of the teaching texts ranked at a step: all, or a sample that the step draws when there
  // are very many.
  std::vector<size_t> BlockOf(uint64_t step) const;

  const storage::v1::Queue queue_;
  const corpus::Corpus& corpus_;
  models::ModelCache& models_;
  const models::ModelStore& store_;
  const ner::AcquisitionFunction acquisition_;
  const QuestionPool pool_;
  // Null for none.
  const std::shared_ptr<const ner::PatternSet> patterns_;
  // In asking order.
  std::vector<v1::Task> audit_questions_;

  // The learner thread's own.
  std::unique_ptr<WorkingModel> working_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const Ranking> ranking_ WINNOW_GUARDED_BY(mutex_);
  // Everything on disk up to it is in the ranking.
  uint64_t current_revision_ WINNOW_GUARDED_BY(mutex_) = 0;
  // Why the learner stands still, if it does.
  absl::Status learner_status_ WINNOW_GUARDED_BY(mutex_);
  std::thread learner_;
};

}  // namespace winnow::annotation

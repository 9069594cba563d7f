#include "services/training/knowledge.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/patterns.h"
#include "services/training/pool.h"
#include "services/training/training_progress.h"

namespace winnow::training {

size_t NumThreads() { return std::max(1u, std::thread::hardware_concurrency()); }

absl::StatusOr<ner::Knowledge> ReadKnowledge(const TrainingEnvironment& environment,
                                             const CorpusView& corpus,
                                             const storage::v1::TrainingSpec& spec,
                                             const storage::v1::TrainingFiles& files,
                                             const LoadedVersion* parent, jobs::JobContext& context,
                                             storage::v1::TrainingReport& report) {
  ner::Knowledge knowledge;
  if (parent != nullptr) knowledge = parent->model->knowledge();
  if (!files.patterns().empty()) {
    WINNOW_ASSIGN_OR_RETURN(knowledge.patterns, rpc::ReadPatterns(files.patterns()));
  }
  if (!files.lexicon().empty()) {
    WINNOW_ASSIGN_OR_RETURN(knowledge.lexicon, ner::Lexicon::Parse(files.lexicon()));
  }
  if (spec.pool().empty()) return knowledge;
  auto lexicon = LearnWords(environment, corpus, spec, context, report);
  if (absl::IsFailedPrecondition(lexicon.status())) {
    report.add_caveats(absl::StrCat(lexicon.status().message(), "; trained without it"));
    return knowledge;
  }
  WINNOW_RETURN_IF_ERROR(lexicon.status());
  knowledge.lexicon = *std::move(lexicon);
  return knowledge;
}

absl::StatusOr<std::shared_ptr<const ner::Lexicon>> LearnWords(
    const TrainingEnvironment& environment, const CorpusView& corpus,
    const storage::v1::TrainingSpec& spec, jobs::JobContext& context,
    storage::v1::TrainingReport& report) {
  const auto begin = std::chrono::steady_clock::now();
  const auto progress = [&](double share) {
    return Report(context, storage::v1::TRAINING_PHASE_LEARNING_WORDS,
                  static_cast<uint64_t>(100 * share), 100)
        .ok();
  };
  ner::LexiconOptions options;
  options.seed = spec.seed();
  options.num_threads = NumThreads();
  WINNOW_ASSIGN_OR_RETURN(const Pool pool, LearnPool(*corpus.reader, spec.pool(), corpus.revision,
                                                     options, *environment.database, progress));
  report.set_num_pool_texts(pool.num_texts);
  report.set_pool_seconds(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  return pool.lexicon;
}

}  // namespace winnow::training

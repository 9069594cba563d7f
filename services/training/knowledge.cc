#include "services/training/knowledge.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/patterns.h"
#include "common/training/training_spec.h"
#include "services/training/pool.h"
#include "services/training/training_progress.h"

namespace winnow::training {

namespace {

// Those of the vectors and of the pool.
absl::StatusOr<ner::Lexicons> ReadLexicons(const TrainingEnvironment& environment,
                                           const CorpusView& corpus,
                                           const storage::v1::TrainingSpec& spec,
                                           const storage::v1::TrainingFiles& files,
                                           jobs::JobContext& context,
                                           storage::v1::TrainingReport& report) {
  ner::Lexicons lexicons;
  for (const absl::string_view bytes : LexiconsOf(files)) {
    WINNOW_ASSIGN_OR_RETURN(auto lexicon, ner::Lexicon::Parse(bytes));
    lexicons.push_back(std::move(lexicon));
  }
  if (spec.pool().empty()) return lexicons;
  auto lexicon = LearnWords(environment, corpus, spec, context, report);
  if (absl::IsFailedPrecondition(lexicon.status())) {
    report.add_caveats(absl::StrCat(lexicon.status().message(), "; trained without it"));
    return lexicons;
  }
  WINNOW_RETURN_IF_ERROR(lexicon.status());
  lexicons.push_back(*std::move(lexicon));
  return lexicons;
}

}  // namespace

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
  WINNOW_ASSIGN_OR_RETURN(ner::Lexicons lexicons,
                          ReadLexicons(environment, corpus, spec, files, context, report));
  if (!lexicons.empty()) knowledge.lexicons = std::move(lexicons);
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

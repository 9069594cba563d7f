// The knowledge of words and phrases that a training has before it reads an answer.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/jobs/job_kind.h"
#include "common/ner/knowledge.h"
#include "common/ner/lexicon.h"
#include "services/training/loaded_version.h"
#include "services/training/training_environment.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// Threads that a training uses.
size_t NumThreads();

// The knowledge of the patterns, and of the vectors together with the pool, if that is large
// enough; what is not named is that of the parent (may be null). A pool that is too small is a
// caveat of the report. Cancelled by the context; InvalidArgument for files that cannot be read.
absl::StatusOr<ner::Knowledge> ReadKnowledge(const TrainingEnvironment& environment,
                                             const CorpusView& corpus,
                                             const storage::v1::TrainingSpec& spec,
                                             const storage::v1::TrainingFiles& files,
                                             const LoadedVersion* parent, jobs::JobContext& context,
                                             storage::v1::TrainingReport& report);

// The lexicon of the spec's pool (pool.h), with its size and time in the report.
absl::StatusOr<std::shared_ptr<const ner::Lexicon>> LearnWords(
    const TrainingEnvironment& environment, const CorpusView& corpus,
    const storage::v1::TrainingSpec& spec, jobs::JobContext& context,
    storage::v1::TrainingReport& report);

}  // namespace winnow::training

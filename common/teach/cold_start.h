// Asking before a model knows the labels: patterns that ask, and a model that knows nothing yet.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/models/model_cache.h"
#include "common/ner/patterns.h"
#include "common/teach/candidates.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

// The version that asks in the queue: `models.Get`, or where there is no model yet one with the
// queue's labels that finds nothing and learns from the answers, "blank:en@0". Errors of Get.
absl::StatusOr<std::shared_ptr<const models::LoadedModel>> VersionOf(
    const storage::v1::Queue& queue, models::ModelCache& models);

// `version`, with the labels of the queue that it does not know and that the patterns (may be null)
// ask about: it finds none of them, and learns them from the answers; its own labels stay as they
// are. The version itself where there are none.
absl::StatusOr<std::shared_ptr<const models::LoadedModel>> WithPatternLabels(
    std::shared_ptr<const models::LoadedModel> version, const storage::v1::Queue& queue,
    const ner::PatternSet* patterns);

// Whether there is a label of the queue that the model knows: of others it has no candidates for an
// audit frame.
bool KnowsAnyLabel(const ner::Model& model, const storage::v1::Queue& queue);

// FailedPrecondition (UNKNOWN_LABEL), which pauses a queue, when the version does not know one of
// its labels.
absl::Status CheckServes(const models::LoadedModel& version, const storage::v1::Queue& queue);

// The strategy, stored with each task and answer, of what patterns ask; of a queue: nothing else
// asks.
inline constexpr absl::string_view kPatternStrategy = "patterns";

// The pattern set of the queue; null without one. Errors of formats::ParsePatterns and
// PatternSet::Make.
absl::StatusOr<std::shared_ptr<const ner::PatternSet>> PatternsOf(const storage::v1::Queue& queue);

// What the patterns mark in the text: the longest matches of each of the queue's labels, ascending.
// They have no probability.
std::vector<Candidate> FindPatternCandidates(const ner::PatternSet& patterns,
                                             absl::string_view text,
                                             const storage::v1::Queue& queue);

}  // namespace winnow::teach

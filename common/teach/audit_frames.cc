#include "common/teach/audit_frames.h"

#include <algorithm>

#include "absl/types/span.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/models/training_keys.h"
#include "common/stats/asking.h"
#include "common/stats/audit.h"

namespace winnow::teach {
namespace {

using storage::v1::AuditFrame;

// Fewer new hold-out texts wait for others before they form a frame.
constexpr size_t kMinFrameTexts = 20;
// With stats::kMinAnswers of them a frame beside others counts; it says more with twice as many,
// and is then asked in equal shares.
constexpr size_t kFirstBeside = 2 * stats::kMinAnswers;

// "name@N" of the candidate that is younger than the version that serves; empty where there is
// none, or where the queue follows no alias.
std::string CandidateOf(const models::ModelStore& store, const std::string& model,
                        const models::VersionName& serving) {
  if (model != serving.model) return "";
  const absl::StatusOr<models::Aliases> aliases = store.GetAliases(model);
  if (!aliases.ok()) return "";
  const auto candidate = aliases->find(std::string(models::kCandidate));
  if (candidate == aliases->end() || candidate->second <= serving.number) return "";
  return models::VersionName{model, candidate->second}.ToString();
}

}  // namespace

absl::Status AuditFrames::Open(Pool& pool, const ProgressFn& progress) {
  // Texts come in the order of the source, so each frame covers the hold-out texts up to its
  // revision.
  for (size_t i = 0; i < size(); ++i) {
    const AuditFrame frame = queue_.frames(static_cast<int>(i));
    WINNOW_RETURN_IF_ERROR(pool.Extend(environment_.corpus->reader(), frame.source_revision()));
    if (frame.stored_revision() == 0) WINNOW_RETURN_IF_ERROR(Make(i, frame, pool, progress));
    num_framed_ = pool.holdout().size();
  }
  return absl::OkStatus();
}

absl::Status AuditFrames::Make(size_t index, const AuditFrame& frame, const Pool& pool,
                               const ProgressFn& progress) {
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> version,
                          environment_.models->Get(frame.model_version()));
  const absl::StatusOr<models::TrainingKeys> trained_on =
      models::ReadTrainingKeys(*environment_.store, version->version);
  WINNOW_RETURN_IF_ERROR(
      MakeAuditFrame(queue_, index, frame, absl::MakeConstSpan(pool.holdout()).subspan(num_framed_),
                     *version->model, trained_on.value_or(models::TrainingKeys()),
                     *environment_.corpus, progress));
  return ReadQueue();
}

absl::Status AuditFrames::ReadQueue() {
  WINNOW_ASSIGN_OR_RETURN(queue_, environment_.corpus->reader().GetQueue(queue_.name()));
  return absl::OkStatus();
}

absl::StatusOr<bool> AuditFrames::FollowPool(const Pool& pool, uint64_t pool_revision,
                                             const models::VersionName& serving,
                                             const ProgressFn& progress) {
  if (pool.holdout().size() < num_framed_ + kMinFrameTexts) return false;
  AuditFrame frame;
  frame.set_model_version(serving.ToString());
  frame.set_source_revision(pool_revision);
  frame.set_min_probability(stats::kMinAskedProbability);
  WINNOW_RETURN_IF_ERROR(Make(size(), frame, pool, progress));
  num_framed_ = pool.holdout().size();
  return true;
}

absl::StatusOr<bool> AuditFrames::FollowCandidate(const models::VersionName& serving,
                                                  const ProgressFn& progress) {
  const std::string candidate = CandidateOf(*environment_.store, queue_.model(), serving);
  if (candidate == candidate_) return false;
  if (!candidate.empty() && !HasFrameOf(candidate))
    WINNOW_RETURN_IF_ERROR(MakeBeside(candidate, serving, progress));
  candidate_ = candidate;
  return true;
}

bool AuditFrames::HasFrameOf(const std::string& candidate) const {
  return std::any_of(queue_.frames().begin(), queue_.frames().end(), [&](const AuditFrame& frame) {
    return frame.beside() && frame.model_version() == candidate;
  });
}

absl::Status AuditFrames::MakeBeside(const std::string& candidate,
                                     const models::VersionName& serving,
                                     const ProgressFn& progress) {
  const auto version = environment_.models->Get(candidate);
  if (!version.ok()) {
    LogWarning("queue ", queue_.name(),
               " cannot ask what its candidate predicts: ", version.status().message());
    return absl::OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> old,
                          environment_.models->Get(serving.ToString()));
  AuditFrame frame;
  frame.set_model_version(candidate);
  frame.set_beside(true);
  // The texts are those of the frames before, up to the last one's.
  if (size() > 0) frame.set_source_revision(queue_.frames().rbegin()->source_revision());
  const ner::Model* const models[] = {(*version)->model.get(), old->model.get()};
  WINNOW_RETURN_IF_ERROR(
      MakeFrameBeside(queue_, size(), frame, models, *environment_.corpus, progress));
  return ReadQueue();
}

absl::StatusOr<std::vector<FrameQuestions>> AuditFrames::ReadQuestions() const {
  WINNOW_ASSIGN_OR_RETURN(std::vector<std::vector<AuditQuestion>> questions,
                          ReadAuditQuestions(environment_.corpus->reader(), queue_));
  std::vector<FrameQuestions> asked(size());
  for (size_t i = 0; i < size(); ++i) {
    const AuditFrame& frame = queue_.frames(static_cast<int>(i));
    if (frame.beside() && frame.model_version() != candidate_) continue;
    asked[i].questions = std::move(questions[i]);
    if (frame.beside()) asked[i].num_first = kFirstBeside;
  }
  return asked;
}

}  // namespace winnow::teach

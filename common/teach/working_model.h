// The model of a queue, which learns from every ten answers.
//
// It is a pure function of (version, the answers of the data set after the version's revision, in
// the order of their revisions): step k consumes the eligible answers 10k + 1 to 10k + 10, mixed
// with as many replay examples, which are drawn by a generator seeded by (version, k). So a
// restart, a swap and a rollback give the same scores, bit for bit, as having been there. What was
// asked before the version's revision is in the version, and only remembered here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/follower.h"
#include "common/corpus/reader.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/ner/acquisition.h"
#include "common/ner/features.h"
#include "common/ner/model.h"
#include "common/ner/online_learner.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

inline constexpr size_t kAnswersPerStep = 10;

// Not thread-safe.
class WorkingModel {
 public:
  // REQUIRES: the model of `version` knows every label of the queue: that of the stored version, or
  // a wider one (WithPatternLabels), of which labels that are not the queue's do not move.
  static absl::StatusOr<WorkingModel> Start(const models::ModelStore& store,
                                            std::shared_ptr<const models::LoadedModel> version,
                                            const storage::v1::Queue& queue,
                                            const corpus::CorpusReader& reader);

  // Learns from the answers that have come, in at most `max_steps` steps; true when none is left.
  // An undo of an answer that was learnt from rebuilds everything without it, with the steps cut
  // where they were. After an error the next call begins anew.
  absl::StatusOr<bool> CatchUp(const corpus::CorpusReader& reader, uint64_t max_steps = UINT64_MAX);

  // Grows with every change of what is told below: two moments with the same number are the same.
  uint64_t generation() const { return generation_; }
  // Eligible answers that no step has learnt from yet.
  uint64_t num_unlearnt() const { return answers_.size() - NumLearnt(step_); }

  const models::VersionName& version() const { return version_->version; }
  uint64_t step() const { return step_; }
  // The model after `step()` steps, with the threshold that suits what it now expects of the first
  // texts of the source (ner/threshold.h). Never null.
  const std::shared_ptr<const ner::Model>& model() const { return model_; }
  // What was asked of a string with a label (StringKey), in the answers that the version or a step
  // has learnt from.
  ner::StringMemory MemoryOf(const std::string& string_key) const;
  // Spans that stand as accepted in a text (16-byte id), in the same answers.
  const std::vector<storage::v1::Span>& AcceptedIn(const std::string& example_id) const;

 private:
  struct EligibleAnswer {
    storage::v1::Answer answer;
    bool undone = false;
  };

  WorkingModel(std::shared_ptr<const models::LoadedModel> version, const storage::v1::Queue& queue)
      : version_(std::move(version)), queue_(queue), follower_(queue.dataset()) {}
  // Index behind the last answer that the version or one of the first `steps` steps has learnt
  // from.
  size_t NumLearnt(uint64_t steps) const { return num_of_version_ + steps * kAnswersPerStep; }
  absl::Status StartOver(const corpus::CorpusReader& reader);
  absl::Status Step(const corpus::CorpusReader& reader);
  // Takes the log in.
  class Visitor;
  void ForgetAnswers();
  absl::Status AddAnswer(const storage::v1::Answer& answer, const corpus::CorpusReader& reader);
  void TakeBack(uint64_t revision);
  storage::v1::LabelledText Merge(const std::string& example_id, absl::string_view text,
                                  size_t begin, size_t end) const;
  absl::Status AddExample(const storage::v1::LabelledText& labelled, bool replayed,
                          std::vector<ner::Example>& examples) const;
  absl::Status Remember(size_t begin, size_t end, const corpus::CorpusReader& reader);
  absl::Status ReadSample(const corpus::CorpusReader& reader);
  // Of the learner, with the threshold of the queue's labels fitted on the sample.
  absl::StatusOr<std::shared_ptr<const ner::Model>> Snapshot();

  std::shared_ptr<const models::LoadedModel> version_;
  storage::v1::Queue queue_;
  ner::OptimizerState optimizer_;
  bool has_optimizer_ = false;
  // By label: not the queue's.
  std::vector<bool> frozen_labels_;
  std::vector<storage::v1::LabelledText> replay_;
  // The first texts of the source, which nobody picked.
  std::vector<ner::TextFeatures> sample_;
  // Answers up to this revision are in the version already.
  uint64_t start_revision_ = 0;
  corpus::LogFollower follower_;
  // In the order of their revisions; the first num_of_version_ are in the version already.
  std::vector<EligibleAnswer> answers_;
  size_t num_of_version_ = 0;
  std::map<uint64_t, size_t> index_of_revision_;
  std::map<std::string, std::vector<size_t>> answers_of_text_;
  std::map<std::string, std::vector<storage::v1::Span>> accepted_;
  std::map<std::string, ner::StringMemory> memory_;
  std::unique_ptr<ner::OnlineLearner> learner_;
  std::shared_ptr<const ner::Model> model_;
  uint64_t step_ = 0;
  uint64_t generation_ = 0;
  // The steps must be taken again from the first.
  bool stale_ = true;
};

}  // namespace winnow::teach

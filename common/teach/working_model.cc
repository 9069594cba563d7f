#include "common/teach/working_model.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "common/models/replay.h"
#include "common/ner/merge_answers.h"
#include "common/ner/rehearsal.h"
#include "common/ner/supervision.h"
#include "common/ner/tagger.h"
#include "common/ner/threshold.h"
#include "common/tasks/kinds.h"
#include "common/teach/candidates.h"
#include "common/text/letters.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::teach {
namespace {

using storage::v1::Answer;
using storage::v1::LabelledText;
using storage::v1::Span;

// What is scored after each step, to fit the threshold.
constexpr size_t kSampleTexts = 200;
constexpr size_t kSampleTokens = 4000;

// The revision up to which the version has learnt from the data set; 0 when it has not, or from
// another database.
uint64_t LearntRevision(const models::ModelStore& store, const models::VersionName& version,
                        const std::string& database_id, const std::string& dataset) {
  const absl::StatusOr<std::string> json = store.ReadVersionFile(version, models::kLineageFile);
  if (!json.ok()) return 0;
  const absl::StatusOr<models::Lineage> lineage = models::Lineage::Parse(*json);
  if (!lineage.ok() || lineage->database_id != database_id) return 0;
  const bool trained_on = std::find(lineage->datasets.begin(), lineage->datasets.end(), dataset) !=
                          lineage->datasets.end();
  return trained_on ? lineage->revision : 0;
}

}  // namespace

absl::StatusOr<WorkingModel> WorkingModel::Start(const models::ModelStore& store,
                                                 std::shared_ptr<const models::LoadedModel> version,
                                                 const storage::v1::Queue& queue,
                                                 const corpus::CorpusReader& reader) {
  const models::VersionName name = version->version;
  WorkingModel working(std::move(version), queue);
  const absl::StatusOr<models::Manifest> manifest = store.GetManifest(name);
  const bool is_wider =
      manifest.ok() && manifest->labels.size() < working.version_->model->labels().size();
  const absl::StatusOr<std::string> optimizer = store.ReadVersionFile(name, models::kOptimizerFile);
  if (optimizer.ok()) {
    WINNOW_ASSIGN_OR_RETURN(working.optimizer_, ner::OptimizerState::Parse(*optimizer));
    // It is of the stored labels only.
    working.has_optimizer_ = !is_wider;
  }
  const absl::StatusOr<std::string> replay = store.ReadVersionFile(name, models::kReplayFile);
  if (replay.ok()) {
    WINNOW_ASSIGN_OR_RETURN(working.replay_, models::ParseReplay(*replay));
  }
  working.start_revision_ =
      LearntRevision(store, name, reader.info().database_id(), queue.dataset());
  working.model_ = working.version_->model;
  for (const std::string& label : working.model_->labels())
    working.frozen_labels_.push_back(!absl::c_linear_search(queue.labels(), label));
  WINNOW_RETURN_IF_ERROR(working.ReadSample(reader));
  return working;
}

absl::Status WorkingModel::ReadSample(const corpus::CorpusReader& reader) {
  size_t num_tokens = 0;
  ner::FeatureExtractor extractor;
  const absl::Status read = reader.ForEachSourceExample(
      queue_.source(), 0, corpus::kLatest, [&](const corpus::SourceExample& member) {
        const std::string& text = member.example.text();
        const std::vector<text::Token> tokens = text::Tokenize(text);
        num_tokens += tokens.size();
        if (num_tokens > kSampleTokens) return false;
        ner::ExtractFeatures(text, tokens, version_->model->knowledge(), extractor,
                             sample_.emplace_back());
        return sample_.size() < kSampleTexts;
      });
  // A source that is gone is the pool's to tell.
  return absl::IsNotFound(read) ? absl::OkStatus() : read;
}

absl::Status WorkingModel::StartOver(const corpus::CorpusReader& reader) {
  const ner::Parent parent{version_->model.get(), has_optimizer_ ? &optimizer_ : nullptr};
  ner::LearnerOptions options;
  options.seed = queue_.seed();
  options.frozen_labels = frozen_labels_;
  WINNOW_ASSIGN_OR_RETURN(ner::OnlineLearner learner, ner::OnlineLearner::Create(parent, options));
  learner_ = std::make_unique<ner::OnlineLearner>(std::move(learner));
  model_ = version_->model;
  memory_.clear();
  accepted_.clear();
  step_ = 0;
  ++generation_;
  return Remember(0, num_of_version_, reader);
}

class WorkingModel::Visitor final : public corpus::LogVisitor {
 public:
  Visitor(WorkingModel& model, const corpus::CorpusReader& reader)
      : model_(model), reader_(reader) {}

  void Restart() override { model_.ForgetAnswers(); }
  absl::Status Added(const Answer& answer) override { return model_.AddAnswer(answer, reader_); }
  absl::Status Undone(const Answer& answer, uint64_t) override {
    model_.TakeBack(answer.revision());
    return absl::OkStatus();
  }

 private:
  WorkingModel& model_;
  const corpus::CorpusReader& reader_;
};

absl::StatusOr<bool> WorkingModel::CatchUp(const corpus::CorpusReader& reader, uint64_t max_steps) {
  Visitor visitor(*this, reader);
  WINNOW_RETURN_IF_ERROR(follower_.Follow(reader, corpus::kLatest, visitor));
  if (stale_) WINNOW_RETURN_IF_ERROR(StartOver(reader));
  const uint64_t before = step_;
  // Where one fails, the next call begins anew.
  stale_ = true;
  while (answers_.size() >= NumLearnt(step_ + 1) && step_ - before < max_steps)
    WINNOW_RETURN_IF_ERROR(Step(reader));
  if (step_ != before) {
    ++generation_;
    WINNOW_ASSIGN_OR_RETURN(model_, Snapshot());
  }
  stale_ = false;
  return answers_.size() < NumLearnt(step_ + 1);
}

absl::StatusOr<std::shared_ptr<const ner::Model>> WorkingModel::Snapshot() {
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const ner::Model> model, learner_->Snapshot());
  std::vector<ner::ScoredText> scored(sample_.size());
  for (size_t i = 0; i < sample_.size(); ++i) {
    model->Score(sample_[i], scored[i].scores);
    scored[i].num_tokens = sample_[i].num_tokens();
    scored[i].factors = &model->transition_factors();
  }
  if (scored.empty()) return model;
  std::vector<bool> taught = frozen_labels_;
  taught.flip();
  const double threshold = ner::FitThreshold(scored, taught);
  std::vector<double> thresholds = version_->model->thresholds();
  for (size_t label = 0; label < thresholds.size(); ++label)
    if (taught[label]) thresholds[label] = threshold;
  return model->WithThresholds(std::move(thresholds));
}

void WorkingModel::ForgetAnswers() {
  answers_.clear();
  index_of_revision_.clear();
  answers_of_text_.clear();
  num_of_version_ = 0;
  stale_ = true;
}

absl::Status WorkingModel::AddAnswer(const Answer& answer, const corpus::CorpusReader& reader) {
  if (!tasks::Teaches(answer) || answer.surplus()) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                          reader.GetExample(answer.example_id()));
  // Hold-out texts are never learnt from.
  if (text::IsHoldout(text::Bucket(text::SplitKey(example.text())))) return absl::OkStatus();
  index_of_revision_[answer.revision()] = answers_.size();
  answers_of_text_[answer.example_id()].push_back(answers_.size());
  answers_.push_back({answer, false});
  if (answer.revision() <= start_revision_) num_of_version_ = answers_.size();
  return absl::OkStatus();
}

void WorkingModel::TakeBack(uint64_t revision) {
  const auto undone = index_of_revision_.find(revision);
  if (undone == index_of_revision_.end()) return;
  answers_[undone->second].undone = true;
  stale_ = stale_ || undone->second < NumLearnt(step_);
}

absl::Status WorkingModel::Step(const corpus::CorpusReader& reader) {
  const size_t begin = NumLearnt(step_);
  const size_t end = NumLearnt(step_ + 1);
  std::vector<ner::Example> examples;
  std::set<std::string> seen;
  for (size_t i = begin; i < end; ++i) {
    const std::string& id = answers_[i].answer.example_id();
    if (!seen.insert(id).second) continue;
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example, reader.GetExample(id));
    const LabelledText labelled = Merge(id, example.text(), num_of_version_, end);
    WINNOW_RETURN_IF_ERROR(AddExample(labelled, /*replayed=*/false, examples));
  }
  Random random(MixHash(version_->model->digest(), step_));
  for (size_t i = 0; i < kAnswersPerStep && !replay_.empty(); ++i) {
    WINNOW_RETURN_IF_ERROR(
        AddExample(replay_[random.Below(replay_.size())], /*replayed=*/true, examples));
  }
  random.Shuffle(examples);
  std::vector<const ner::Example*> pointers;
  for (const ner::Example& example : examples) pointers.push_back(&example);
  WINNOW_RETURN_IF_ERROR(learner_->Step(pointers).status());
  ++step_;
  return Remember(begin, end, reader);
}

// What the eligible answers [begin, end) say of a text.
LabelledText WorkingModel::Merge(const std::string& example_id, absl::string_view text,
                                 size_t begin, size_t end) const {
  std::vector<const Answer*> answers;
  for (const size_t index : answers_of_text_.at(example_id)) {
    if (begin <= index && index < end && !answers_[index].undone)
      answers.push_back(&answers_[index].answer);
  }
  return ner::MergeAnswers(text, answers).labelled;
}

// As a batch training takes it.
absl::Status WorkingModel::AddExample(const LabelledText& labelled, bool replayed,
                                      std::vector<ner::Example>& examples) const {
  const std::vector<text::Token> tokens = text::Tokenize(labelled.text());
  WINNOW_ASSIGN_OR_RETURN(ner::Supervision supervision,
                          ner::Compile(labelled, tokens, version_->model->labels()));
  if (supervision.constraint.empty()) return absl::OkStatus();
  ner::Example& example = examples.emplace_back();
  ner::FeatureExtractor extractor;
  ner::ExtractFeatures(labelled.text(), tokens, version_->model->knowledge(), extractor,
                       example.features);
  example.constraint = std::move(supervision.constraint);
  if (replayed) return absl::OkStatus();
  if (ner::KnownByRejectsOnly(labelled)) example.weight = ner::kRejectWeight;
  if (absl::c_linear_search(frozen_labels_, true))
    ner::Rehearse(*version_->model, frozen_labels_, example);
  return absl::OkStatus();
}

// Takes the answers [begin, end) into the memory, with everything that was learnt before them.
absl::Status WorkingModel::Remember(size_t begin, size_t end, const corpus::CorpusReader& reader) {
  for (size_t i = begin; i < end; ++i) {
    const Answer& answer = answers_[i].answer;
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                            reader.GetExample(answer.example_id()));
    const LabelledText labelled = Merge(answer.example_id(), example.text(), 0, end);
    accepted_[answer.example_id()] = {labelled.accepted().begin(), labelled.accepted().end()};
    if (answers_[i].undone) continue;
    const text::OffsetMap offsets(example.text());
    for (const storage::v1::Decision& decision : answer.decisions()) {
      const Span& span = decision.span();
      ner::StringMemory& memory =
          memory_[StringKey(text::SpanText(example.text(), offsets, span), span.label())];
      ++memory.num_asked;
      memory.num_rejected += decision.verdict() == storage::v1::VERDICT_REJECT;
    }
  }
  return absl::OkStatus();
}

ner::StringMemory WorkingModel::MemoryOf(const std::string& string_key) const {
  const auto it = memory_.find(string_key);
  return it == memory_.end() ? ner::StringMemory{} : it->second;
}

const std::vector<Span>& WorkingModel::AcceptedIn(const std::string& example_id) const {
  static const auto& none = *new std::vector<Span>();
  const auto it = accepted_.find(example_id);
  return it == accepted_.end() ? none : it->second;
}

}  // namespace winnow::teach

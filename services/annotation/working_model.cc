#include "services/annotation/working_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "common/models/replay.h"
#include "common/ner/supervision.h"
#include "common/ner/tagger.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::annotation {
namespace {

using storage::v1::Answer;
using storage::v1::LabelledText;
using storage::v1::Span;

// The revision up to which the version has learnt from the data set; 0 when it has not, or from another database.
uint64_t LearntRevision(const models::ModelStore& store, const models::VersionName& version,
                        const std::string& database_id, const std::string& dataset) {
  const absl::StatusOr<std::string> json = store.ReadVersionFile(version, models::kLineageFile);
  if (!json.ok()) return 0;
  const absl::StatusOr<models::Lineage> lineage = models::Lineage::Parse(*json);
  if (!lineage.ok() || lineage->database_id != database_id) return 0;
  const bool trained_on = std::find(lineage->datasets.begin(), lineage->datasets.end(), dataset) != lineage->datasets.end();
  return trained_on ? lineage->revision : 0;
}

}  // namespace

std::string StringKey(absl::string_view span_text, absl::string_view label) {
  return absl::StrCat(absl::AsciiStrToLower(span_text), "\n", label);
}

std::string SpanText(absl::string_view text, uint32_t start, uint32_t end) {
  const text::OffsetMap offsets(text);
  const uint32_t begin = offsets.CodePointToByte(start).value_or(0);
  return std::string(text.substr(begin, offsets.CodePointToByte(end).value_or(begin) - begin));
}

absl::StatusOr<WorkingModel> WorkingModel::Start(const models::ModelStore& store,
                                                 std::shared_ptr<const models::LoadedModel> version,
                                                 const storage::v1::Queue& queue, const corpus::CorpusReader& reader) {
  const models::VersionName name = version->version;
  WorkingModel working(std::move(version), queue);
  const absl::StatusOr<std::string> optimizer = store.ReadVersionFile(name, models::kOptimizerFile);
  if (optimizer.ok()) {
    WINNOW_ASSIGN_OR_RETURN(working.optimizer_, ner::OptimizerState::Parse(*optimizer));
    working.has_optimizer_ = true;
  }
  const absl::StatusOr<std::string> replay = store.ReadVersionFile(name, models::kReplayFile);
  if (replay.ok()) {
    WINNOW_ASSIGN_OR_RETURN(working.replay_, models::ParseReplay(*replay));
  }
  working.start_revision_ = LearntRevision(store, name, reader.info().database_id(), queue.dataset());
  WINNOW_RETURN_IF_ERROR(working.Reset());
  return working;
}

absl::Status WorkingModel::Reset() {
  const ner::Parent parent{version_->model.get(), has_optimizer_ ? &optimizer_ : nullptr};
  ner::LearnerOptions options;
  options.seed = queue_.seed();
  WINNOW_ASSIGN_OR_RETURN(ner::OnlineLearner learner, ner::OnlineLearner::Create(parent, options));
  learner_ = std::make_unique<ner::OnlineLearner>(std::move(learner));
  model_ = version_->model;
  memory_.clear();
  step_ = 0;
  return absl::OkStatus();
}

absl::Status WorkingModel::CatchUp(const corpus::CorpusReader& reader) {
  bool rebuild = false;
  WINNOW_RETURN_IF_ERROR(ReadLog(reader, rebuild));
  if (rebuild) WINNOW_RETURN_IF_ERROR(Reset());
  const uint64_t before = step_;
  while (answers_.size() >= (step_ + 1) * kAnswersPerStep) WINNOW_RETURN_IF_ERROR(Step(reader));
  if (step_ != before) {
    WINNOW_ASSIGN_OR_RETURN(model_, learner_->Snapshot());
  }
  return absl::OkStatus();
}

absl::Status WorkingModel::ReadLog(const corpus::CorpusReader& reader, bool& rebuild) {
  absl::Status status = absl::OkStatus();
  const auto read = [&](const Answer& answer) {
    read_revision_ = answer.revision();
    if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) {
      const auto undone = index_of_revision_.find(answer.undoes());
      if (undone == index_of_revision_.end()) return true;
      answers_[undone->second].undone = true;
      rebuild = rebuild || undone->second < step_ * kAnswersPerStep;
      return true;
    }
    if (!IsEligible(answer, reader, status)) return status.ok();
    index_of_revision_[answer.revision()] = answers_.size();
    answers_of_text_[answer.example_id()].push_back(answers_.size());
    answers_.push_back({answer, false});
    return true;
  };
  const absl::Status walk =
      reader.ForEachAnswer(queue_.dataset(), std::max(read_revision_, start_revision_), corpus::kLatest, read);
  // Before the first answer there is no data set.
  if (!walk.ok() && !absl::IsNotFound(walk)) return walk;
  WINNOW_RETURN_IF_ERROR(status);
  accepted_.clear();
  for (const EligibleAnswer& item : answers_) {
    if (item.undone) continue;
    for (const storage::v1::Decision& decision : item.answer.decisions()) {
      const storage::v1::Verdict verdict =
          decision.verdict() == storage::v1::VERDICT_UNSPECIFIED ? item.answer.verdict() : decision.verdict();
      if (verdict == storage::v1::VERDICT_ACCEPT) accepted_[item.answer.example_id()].push_back(decision.span());
    }
  }
  return absl::OkStatus();
}

bool WorkingModel::IsEligible(const Answer& answer, const corpus::CorpusReader& reader, absl::Status& status) const {
  if (answer.kind() == storage::v1::TASK_KIND_COMPARISON) return false;
  if (answer.verdict() == storage::v1::VERDICT_IGNORE) return false;
  const absl::StatusOr<storage::v1::Example> example = reader.GetExample(answer.example_id());
  status = example.status();
  // Hold-out texts are never learnt from.
  return status.ok() && !text::IsHoldout(text::Bucket(text::SplitKey(example->text())));
}

absl::Status WorkingModel::Step(const corpus::CorpusReader& reader) {
  const size_t begin = step_ * kAnswersPerStep;
  const size_t end = begin + kAnswersPerStep;
  std::vector<ner::Example> examples;
  std::set<std::string> seen;
  for (size_t i = begin; i < end; ++i) {
    const std::string& id = answers_[i].answer.example_id();
    if (seen.insert(id).second) WINNOW_RETURN_IF_ERROR(AddText(id, end, reader, examples));
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example, reader.GetExample(id));
    Remember(answers_[i], example.text());
  }
  Random random(MixHash(version_->model->digest(), step_));
  for (size_t i = 0; i < kAnswersPerStep && !replay_.empty(); ++i) {
    WINNOW_RETURN_IF_ERROR(AddExample(replay_[random.Below(replay_.size())], examples));
  }
  random.Shuffle(examples);
  std::vector<const ner::Example*> pointers;
  for (const ner::Example& example : examples) pointers.push_back(&example);
  WINNOW_RETURN_IF_ERROR(learner_->Step(pointers).status());
  ++step_;
  return absl::OkStatus();
}

// What the first `num_answers` eligible answers say of a text.
absl::Status WorkingModel::AddText(const std::string& example_id, size_t num_answers,
                                   const corpus::CorpusReader& reader, std::vector<ner::Example>& examples) {
  std::vector<const Answer*> answers;
  for (const size_t index : answers_of_text_[example_id]) {
    if (index < num_answers && !answers_[index].undone) answers.push_back(&answers_[index].answer);
  }
  if (answers.empty()) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example, reader.GetExample(example_id));
  return AddExample(ner::MergeAnswers(example.text(), answers).labelled, examples);
}

absl::Status WorkingModel::AddExample(const LabelledText& labelled, std::vector<ner::Example>& examples) const {
  const std::vector<text::Token> tokens = text::Tokenize(labelled.text());
  WINNOW_ASSIGN_OR_RETURN(ner::Supervision supervision,
                          ner::Compile(labelled, tokens, version_->model->labels()));
  if (supervision.constraint.empty()) return absl::OkStatus();
  ner::Example& example = examples.emplace_back();
  ner::FeatureExtractor extractor;
  ner::ExtractFeatures(labelled.text(), tokens, extractor, example.features);
  example.constraint = std::move(supervision.constraint);
  return absl::OkStatus();
}

void WorkingModel::Remember(const EligibleAnswer& item, absl::string_view text) {
  if (item.undone) return;
  for (const storage::v1::Decision& decision : item.answer.decisions()) {
    const Span& span = decision.span();
    StringMemory& memory = memory_[StringKey(SpanText(text, span.start(), span.end()), span.label())];
    ++memory.num_asked;
    memory.num_rejected += decision.verdict() == storage::v1::VERDICT_REJECT;
  }
}

StringMemory WorkingModel::MemoryOf(const std::string& string_key) const {
  const auto it = memory_.find(string_key);
  return it == memory_.end() ? StringMemory{} : it->second;
}

const std::vector<Span>& WorkingModel::AcceptedIn(const std::string& example_id) const {
  static const auto& none = *new std::vector<Span>();
  const auto it = accepted_.find(example_id);
  return it == accepted_.end() ? none : it->second;
}

}  // namespace winnow::annotation

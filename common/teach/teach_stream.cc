#include "common/teach/teach_stream.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/ner/blank_model.h"
#include "common/stats/asking.h"
#include "common/teach/cold_start.h"
#include "common/text/spans.h"

namespace winnow::teach {
namespace {

using corpus::Id;
using storage::v1::Queue;
using storage::v1::Task;
using tasks::NoTask;

// Steps between two rankings where the learner is behind: about as much work as a ranking.
constexpr uint64_t kStepsPerTurn = 10;
// With fewer questions left the next block is ranked.
constexpr size_t kFewQuestions = 500;

}  // namespace

// Opening.

TeachStream::TeachStream(const TeachEnvironment& environment, const Queue& queue,
                         ner::AcquisitionFunction acquisition,
                         std::shared_ptr<const ner::PatternSet> patterns)
    : environment_(environment),
      queue_(queue),
      acquisition_(acquisition),
      patterns_(std::move(patterns)),
      frames_(environment, queue),
      pool_(queue),
      texts_(environment.corpus->reader()) {}

absl::StatusOr<std::unique_ptr<TeachStream>> TeachStream::Open(const TeachEnvironment& environment,
                                                               const Queue& queue,
                                                               tasks::OpenProgress& progress) {
  WINNOW_ASSIGN_OR_RETURN(const ner::AcquisitionFunction acquisition,
                          ner::FindAcquisitionFunction(queue.strategy()));
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<const ner::PatternSet> patterns, PatternsOf(queue));
  std::unique_ptr<TeachStream> stream(
      new TeachStream(environment, queue, acquisition, std::move(patterns)));
  const auto tell = [&progress](uint64_t done, uint64_t total) {
    progress.done = done;
    progress.total = total;
    return !progress.stopping;
  };
  WINNOW_RETURN_IF_ERROR(stream->ReadPool(tell));
  WINNOW_RETURN_IF_ERROR(stream->ReadAudit());

  // The first turn is taken here, so that an open queue has questions. A label that the model lacks
  // pauses the queue; everything else that is wrong is an error.
  stream->TakeTurn();
  WINNOW_RETURN_IF_ERROR(stream->ErrorOfOpening());
  environment.learners->Add(stream.get());
  return stream;
}

TeachStream::~TeachStream() {
  Stop();
  environment_.learners->Remove(this);
}

void TeachStream::Stop() {
  closing_ = true;
  waiters_.Close();
}

absl::Status TeachStream::ErrorOfOpening() {
  MutexLock lock(mutex_);
  if (ReasonOf(learner_status_) == "UNKNOWN_LABEL") return absl::OkStatus();
  return learner_status_;
}

absl::Status TeachStream::ReadPool(const ProgressFn& progress) {
  const corpus::CorpusReader& reader = environment_.corpus->reader();
  WINNOW_RETURN_IF_ERROR(frames_.Open(pool_, progress));
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source source, reader.GetSource(queue_.source()));
  pool_revision_ = source.revision();
  return pool_.Extend(reader, pool_revision_);
}

absl::Status TeachStream::ReadAudit() {
  WINNOW_ASSIGN_OR_RETURN(auto questions, frames_.ReadQuestions());
  MutexLock lock(mutex_);
  audit_.Set(std::move(questions));
  ++num_changes_;
  return absl::OkStatus();
}

// A turn of the learner.

bool TeachStream::TakeTurn() {
  const absl::StatusOr<bool> more = Learn();
  bool is_news = false;
  {
    MutexLock lock(mutex_);
    is_news = !more.ok() && more.status() != learner_status_;
    if (more.status() != learner_status_) ++num_changes_;
    learner_status_ = more.status();
  }
  if (is_news) LogWarning("queue ", queue_.name(), ": ", more.status().message());
  waiters_.SetStatus(more.status());
  return more.value_or(false);
}

absl::StatusOr<bool> TeachStream::Learn() {
  const uint64_t revision = environment_.corpus->revision();
  WINNOW_RETURN_IF_ERROR(FollowVersion());
  WINNOW_ASSIGN_OR_RETURN(const bool caught_up,
                          working_->CatchUp(environment_.corpus->reader(), kStepsPerTurn));
  WINNOW_RETURN_IF_ERROR(FollowSource());
  WINNOW_RETURN_IF_ERROR(FollowFrames());
  WINNOW_RETURN_IF_ERROR(RankMore());
  {
    MutexLock lock(mutex_);
    facts_.num_unlearnt_answers = working_->num_unlearnt();
    if (!caught_up || WantsMore()) return true;
  }
  waiters_.Reach(revision);
  return false;
}

absl::Status TeachStream::FollowVersion() {
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> version,
                          VersionOf(queue_, *environment_.models));
  if (working_ != nullptr && working_->version() == version->version) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> wider,
                          WithPatternLabels(version, queue_, patterns_.get()));
  WINNOW_RETURN_IF_ERROR(CheckServes(*wider, queue_));
  WINNOW_ASSIGN_OR_RETURN(
      WorkingModel working,
      WorkingModel::Start(*environment_.store, wider, queue_, environment_.corpus->reader()));
  has_candidates_ = !ner::IsBlankName(queue_.model()) && KnowsAnyLabel(*version->model, queue_);
  ranker_ = nullptr;
  working_ = std::make_unique<WorkingModel>(std::move(working));
  return absl::OkStatus();
}

absl::Status TeachStream::FollowSource() {
  const corpus::CorpusReader& reader = environment_.corpus->reader();
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source source, reader.GetSource(queue_.source()));
  if (source.revision() != pool_revision_) {
    ranker_ = nullptr;
    WINNOW_RETURN_IF_ERROR(pool_.Extend(reader, source.revision()));
    pool_revision_ = source.revision();
  }
  return absl::OkStatus();
}

absl::Status TeachStream::FollowFrames() {
  if (!has_candidates_) return absl::OkStatus();
  const auto go_on = [this](uint64_t, uint64_t) { return !closing_; };
  WINNOW_ASSIGN_OR_RETURN(const bool has_more,
                          frames_.FollowPool(pool_, pool_revision_, working_->version(), go_on));
  WINNOW_ASSIGN_OR_RETURN(const bool asks_others,
                          frames_.FollowCandidate(working_->version(), go_on));
  return has_more || asks_others ? ReadAudit() : absl::OkStatus();
}

absl::Status TeachStream::RankMore() {
  const bool is_new = ranker_ == nullptr || ranked_generation_ != working_->generation();
  if (is_new) {
    ranker_ =
        std::make_unique<Ranker>(queue_, pool_, *working_, acquisition_, patterns_.get(), texts_);
    ranked_generation_ = working_->generation();
  } else {
    MutexLock lock(mutex_);
    if (!WantsMore()) return absl::OkStatus();
  }
  if (!ranker_->ranking()->complete) WINNOW_RETURN_IF_ERROR(ranker_->RankBlock());
  Publish(ranker_->ranking(), /*is_longer=*/!is_new);
  return absl::OkStatus();
}

void TeachStream::Publish(std::shared_ptr<const Ranking> ranking, bool is_longer) {
  std::shared_ptr<std::vector<Id>> ids;
  {
    MutexLock lock(mutex_);
    if (text_ids_ == nullptr || text_ids_->size() != pool_.teaching().size())
      ids = std::make_shared<std::vector<Id>>();
  }
  if (ids != nullptr) {
    for (const PoolText& text : pool_.teaching()) ids->push_back(text.example);
  }
  // The old ranking is freed without the lock.
  std::shared_ptr<const Ranking> old;
  MutexLock lock(mutex_);
  old = std::move(ranking_);
  ranking_ = std::move(ranking);
  ++num_changes_;
  if (ids != nullptr) text_ids_ = std::move(ids);
  if (!is_longer) model_cursor_ = pattern_cursor_ = Cursor();
  facts_.model_version = ranking_->model_version;
  facts_.learner_step = ranking_->step;
  facts_.model_digest = ranking_->model_digest;
  facts_.num_teaching_texts = pool_.teaching().size();
  facts_.num_excluded_texts = pool_.num_excluded();
  facts_.num_hidden_candidates = 0;
  for (const std::shared_ptr<const Block>& block : ranking_->blocks)
    facts_.num_hidden_candidates += block->num_hidden;
}

// Handing out.

const Question* TeachStream::Advance(Cursor& cursor, Lane lane, IsKnown is_known) {
  for (; cursor.block < ranking_->blocks.size(); ++cursor.block, cursor.index = 0) {
    const std::vector<Question>& questions = *ranking_->blocks[cursor.block].*lane;
    while (cursor.index < questions.size() && is_known(questions[cursor.index].task))
      ++cursor.index;
    if (cursor.index < questions.size()) return &questions[cursor.index];
  }
  return nullptr;
}

Task TeachStream::TaskOf(const Question& question, bool of_pattern) const {
  Task task;
  task.set_id(std::string(question.task.bytes()));
  task.set_example_id(std::string((*text_ids_)[question.text].bytes()));
  task.set_kind(storage::v1::TASK_KIND_TEACH);
  *task.mutable_question()->mutable_span() =
      text::MakeSpan(question.start, question.end, queue_.labels(static_cast<int>(question.label)));
  if (!of_pattern) task.mutable_question()->set_score(question.probability);
  storage::v1::Selection& selection = *task.mutable_selection();
  selection.set_strategy(of_pattern ? std::string(kPatternStrategy) : queue_.strategy());
  selection.set_model_version(ranking_->model_version);
  selection.set_learner_step(ranking_->step);
  return task;
}

std::optional<Task> TeachStream::Next(const tasks::AskedCounts& asked, IsKnown is_known) {
  MutexLock lock(mutex_);
  // A paused queue asks nothing, so that it is seen to be paused.
  if (!learner_status_.ok()) return std::nullopt;
  const double share = queue_.audit_share();
  std::optional<Task> audit = audit_.Next(is_known);
  if (audit.has_value() && static_cast<double>(asked.num_audit + 1) <=
                               share * static_cast<double>(asked.num_asked + 1)) {
    return audit;
  }
  if (ranking_ != nullptr) {
    const bool was_full = !WantsMore();
    const Question* of_model = Advance(model_cursor_, &Block::of_model, is_known);
    const Question* of_pattern = Advance(pattern_cursor_, &Block::of_patterns, is_known);
    if (was_full && WantsMore()) environment_.learners->Wake(this);
    const bool pattern_first = (asked.num_asked - asked.num_audit) % 2 == 0;
    if (of_pattern != nullptr && (pattern_first || of_model == nullptr))
      return TaskOf(*of_pattern, /*of_pattern=*/true);
    if (of_model != nullptr) return TaskOf(*of_model, /*of_pattern=*/false);
  }
  return share > 0 ? audit : std::nullopt;
}

size_t TeachStream::NumLeft() const {
  size_t left = 0;
  const auto add = [&](const Cursor& cursor, Lane lane) WINNOW_REQUIRES(mutex_) {
    for (size_t i = cursor.block; i < ranking_->blocks.size(); ++i)
      left += (*ranking_->blocks[i].*lane).size();
    if (cursor.block < ranking_->blocks.size()) left -= cursor.index;
  };
  add(model_cursor_, &Block::of_model);
  add(pattern_cursor_, &Block::of_patterns);
  return left;
}

bool TeachStream::WantsMore() const {
  return ranking_ != nullptr && !ranking_->complete && NumLeft() < kFewQuestions;
}

void TeachStream::Restart() {
  MutexLock lock(mutex_);
  model_cursor_ = pattern_cursor_ = Cursor();
  audit_.Restart();
}

void TeachStream::Wake() { environment_.learners->Wake(this); }

absl::Status TeachStream::Refresh() {
  Wake();
  return absl::OkStatus();
}

absl::Status TeachStream::Complete(Task&) const { return absl::OkStatus(); }

void TeachStream::WhenCurrent(uint64_t revision, std::function<void(absl::Status)> done) {
  if (waiters_.Add(revision, std::move(done))) Wake();
}

tasks::Emptiness TeachStream::WhyEmpty() const {
  MutexLock lock(mutex_);
  if (!learner_status_.ok()) {
    return {NoTask::kPaused, absl::InfinitePast(), std::string(learner_status_.message())};
  }
  if (ranking_ == nullptr || !ranking_->complete) {
    return {NoTask::kSearching, absl::InfinitePast(),
            absl::StrCat("looking for questions: ", ranking_ == nullptr ? 0 : ranking_->num_texts,
                         " of ", facts_.num_teaching_texts, " texts read")};
  }
  if (facts_.num_teaching_texts == 0 && facts_.num_excluded_texts > 0) {
    return {NoTask::kAllExcluded, absl::InfiniteFuture(),
            absl::StrCat("every text of source '", queue_.source(),
                         "' is in the data set of the queue, completely annotated, or in one of "
                         "the excluded data sets: ",
                         absl::StrJoin(queue_.exclude_datasets(), ", "))};
  }
  return {
      NoTask::kExhausted, absl::InfiniteFuture(),
      absl::StrCat("no candidate with a probability of at least ", stats::kMinAskedProbability,
                   " (", ner::kMinRejectedProbability, " for strings that were always rejected)",
                   patterns_ == nullptr ? "" : " and no match of a pattern",
                   " is left to ask in source '", queue_.source(),
                   "'; add texts to it, or use another source")};
}

uint64_t TeachStream::Generation() const {
  MutexLock lock(mutex_);
  return num_changes_;
}

tasks::StreamFacts TeachStream::Facts() const {
  MutexLock lock(mutex_);
  tasks::StreamFacts facts = facts_;
  if (ranking_ != nullptr) facts.num_fresh_tasks = NumLeft();
  facts.num_audit_texts = audit_.size();
  return facts;
}

}  // namespace winnow::teach

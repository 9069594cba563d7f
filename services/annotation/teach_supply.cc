#include "services/annotation/teach_supply.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/patterns.h"
#include "common/stats/audit.h"
#include "services/annotation/cold_start.h"
#include "services/annotation/tasks.h"

namespace winnow::annotation {
namespace {

using storage::v1::Queue;
using storage::v1::Span;

// Texts ranked again after each step; larger pools are ranked in blocks that the step draws.
constexpr size_t kBlockTexts = 2000;
// How long the learner sleeps without news; a new serving version is noticed at least this often.
constexpr absl::Duration kPoll = absl::Milliseconds(200);

bool Overlaps(const Span& a, const Span& b) { return a.start() < b.end() && b.start() < a.end(); }

}  // namespace

absl::StatusOr<std::unique_ptr<TeachSupply>> TeachSupply::Open(const Queue& queue,
                                                               const corpus::Corpus& corpus,
                                                               models::ModelCache& models,
                                                               const models::ModelStore& store) {
  WINNOW_ASSIGN_OR_RETURN(const ner::AcquisitionFunction acquisition,
                          ner::FindAcquisitionFunction(queue.strategy()));
  WINNOW_ASSIGN_OR_RETURN(QuestionPool pool,
                          ReadPool(corpus.reader(), queue, queue.frame_source_revision()));
  std::shared_ptr<const ner::PatternSet> patterns;
  if (!queue.patterns().empty()) {
    WINNOW_ASSIGN_OR_RETURN(patterns, rpc::ReadPatterns(queue.patterns()));
  }
  std::unique_ptr<TeachSupply> supply(new TeachSupply(queue, corpus, models, store, acquisition,
                                                      std::move(pool), std::move(patterns)));
  WINNOW_RETURN_IF_ERROR(supply->ReadFrame());
  WINNOW_RETURN_IF_ERROR(supply->LearnOnce());
  supply->learner_ = std::thread([raw = supply.get()] { raw->Learn(); });
  return supply;
}

TeachSupply::~TeachSupply() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (learner_.joinable()) learner_.join();
}

absl::Status TeachSupply::ReadFrame() {
  std::map<std::string, const PoolText*> text_of;
  for (const PoolText& text : pool_.audit) text_of[text.example_id] = &text;
  std::vector<stats::AuditPlan> plans;
  std::vector<v1::Task> tasks;
  const auto add = [&](uint64_t, const storage::v1::StoredTask& stored) {
    std::vector<stats::FrameCandidate> candidates;
    for (const storage::v1::AuditItem& item : stored.audit().items()) {
      candidates.push_back({item.probability(), item.predicted()});
    }
    const auto text = text_of.find(stored.example_id());
    const std::optional<stats::AuditPlan> plan =
        stats::PlanAudit(candidates, stored.example_id(), queue_.seed());
    if (text == text_of.end() || !plan.has_value()) return true;
    const storage::v1::AuditItem& item = stored.audit().items(static_cast<int>(plan->candidate));
    v1::Task task = MakeQuestion(
        queue_, *text->second, {item.span(), item.probability(), item.predicted()}, kAuditStrategy);
    task.set_model_version(queue_.frame_version());
    plans.push_back(*plan);
    tasks.push_back(std::move(task));
    return true;
  };
  WINNOW_RETURN_IF_ERROR(corpus_.reader().ForEachTask(queue_.name(), 0, corpus::kLatest, add));
  for (const size_t index : stats::AskingOrder(plans))
    audit_questions_.push_back(std::move(tasks[index]));
  return absl::OkStatus();
}

void TeachSupply::Learn() {
  uint64_t seen = 0;
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      seen = current_revision_;
    }
    corpus_.WaitForRevision(seen, kPoll);
    const absl::Status status = LearnOnce();
    MutexLock lock(mutex_);
    if (!status.ok() && status != learner_status_) {
      LogError("queue ", queue_.name(), ": the learner stands still: ", status.message());
    }
    learner_status_ = status;
    changed_.NotifyAll();
  }
}

absl::Status TeachSupply::LearnOnce() {
  const uint64_t revision = corpus_.revision();
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> version,
                          VersionOf(queue_, models_));
  if (working_ == nullptr || working_->version() != version->version) {
    for (const std::string& label : queue_.labels()) {
      if (version->model->LabelIndex(label) >= 0) continue;
      return WithReason(
          absl::FailedPreconditionError(absl::StrCat(
              version->version.ToString(), " does not know the label '", label, "' of the queue")),
          "UNKNOWN_LABEL");
    }
    WINNOW_ASSIGN_OR_RETURN(WorkingModel working,
                            WorkingModel::Start(store_, version, queue_, corpus_.reader()));
    working_ = std::make_unique<WorkingModel>(std::move(working));
  }
  WINNOW_RETURN_IF_ERROR(working_->CatchUp(corpus_.reader()));
  std::shared_ptr<const Ranking> ranking;
  {
    MutexLock lock(mutex_);
    ranking = ranking_;
  }
  const bool current = ranking != nullptr && ranking->version == working_->version() &&
                       ranking->step == working_->step() &&
                       ranking->model_digest == working_->model()->digest();
  if (!current) ranking = Rank(*working_);
  MutexLock lock(mutex_);
  ranking_ = std::move(ranking);
  current_revision_ = revision;
  changed_.NotifyAll();
  return absl::OkStatus();
}

std::vector<size_t> TeachSupply::BlockOf(uint64_t step) const {
  std::vector<size_t> block(pool_.teaching.size());
  for (size_t i = 0; i < block.size(); ++i) block[i] = i;
  if (block.size() <= kBlockTexts) return block;
  Random random(MixHash(queue_.seed(), step));
  for (size_t i = 0; i < kBlockTexts; ++i)
    std::swap(block[i], block[i + random.Below(block.size() - i)]);
  block.resize(kBlockTexts);
  return block;
}

std::shared_ptr<const TeachSupply::Ranking> TeachSupply::Rank(const WorkingModel& working) {
  struct Questions {
    std::vector<ner::KeyedQuestion> keyed;
    std::vector<PoolCandidate> candidates;
  };
  Questions of_model, of_patterns;
  auto ranking = std::make_shared<Ranking>();
  const uint64_t draw = MixHash(queue_.seed(), working.step());
  for (const size_t index : BlockOf(working.step())) {
    const PoolText& text = pool_.teaching[index];
    const std::vector<Span>& accepted = working.AcceptedIn(text.example_id);
    TextCandidates found = FindTextCandidates(*working.model(), text.text, queue_);
    ranking->num_hidden += found.hidden.size();
    const auto add = [&](PoolCandidate candidate, ner::AcquisitionFunction weigh,
                         Questions& questions) {
      const Span& span = candidate.span;
      const auto overlaps = [&](const Span& other) { return Overlaps(span, other); };
      if (std::any_of(accepted.begin(), accepted.end(), overlaps)) return;
      std::string string_key =
          StringKey(SpanText(text.text, span.start(), span.end()), span.label());
      const double weight =
          weigh({candidate.probability, found.num_tokens, working.MemoryOf(string_key)});
      const uint64_t hash = MixHash(
          draw, Hash64(absl::StrCat(text.example_id, span.start(), ",", span.end(), span.label())));
      questions.keyed.push_back(
          {ner::SamplingKey(weight, UnitInterval(hash)), index, std::move(string_key)});
      questions.candidates.push_back(std::move(candidate));
    };
    for (PoolCandidate& candidate : found.candidates)
      add(std::move(candidate), acquisition_, of_model);
    if (patterns_ == nullptr) continue;
    for (Span& span : FindPatternSpans(*patterns_, text.text, queue_))
      add({std::move(span)}, &ner::Worth, of_patterns);
  }
  ranking->version = working.version();
  ranking->step = working.step();
  ranking->model_digest = working.model()->digest();
  const auto make = [&](const Questions& questions, absl::string_view strategy,
                        std::vector<v1::Task>& tasks) {
    for (const size_t i : ner::OrderByTurn(questions.keyed)) {
      v1::Task task = MakeQuestion(queue_, pool_.teaching[questions.keyed[i].text],
                                   questions.candidates[i], strategy);
      task.set_model_version(working.version().ToString());
      task.set_learner_step(working.step());
      tasks.push_back(std::move(task));
    }
  };
  make(of_model, queue_.strategy(), ranking->questions);
  make(of_patterns, kPatternStrategy, ranking->pattern_questions);
  // A pattern has no probability.
  for (v1::Task& task : ranking->pattern_questions) task.mutable_span()->clear_score();
  return ranking;
}

std::optional<v1::Task> TeachSupply::Next(const AskedTasks& asked) {
  std::shared_ptr<const Ranking> ranking;
  {
    MutexLock lock(mutex_);
    ranking = ranking_;
  }
  const auto untaken = [&](const v1::Task& task) { return !asked.taken(task.task_id()); };
  // Audit questions go out in the order of the frame.
  const auto audit = std::find_if(audit_questions_.begin(), audit_questions_.end(), untaken);
  if (audit != audit_questions_.end() &&
      static_cast<double>(asked.num_audit + 1) <=
          queue_.audit_share() * static_cast<double>(asked.num_asked + 1)) {
    return *audit;
  }
  std::vector<const std::vector<v1::Task>*> turns = {&ranking->pattern_questions,
                                                     &ranking->questions};
  if ((asked.num_asked - asked.num_audit) % 2 == 1) std::swap(turns[0], turns[1]);
  for (const std::vector<v1::Task>* questions : turns) {
    const auto question = std::find_if(questions->begin(), questions->end(), untaken);
    if (question != questions->end()) return *question;
  }
  if (audit != audit_questions_.end() && queue_.audit_share() > 0) return *audit;
  return std::nullopt;
}

absl::Status TeachSupply::WaitUntilCurrent(uint64_t revision, absl::Time deadline) {
  MutexLock lock(mutex_);
  while (current_revision_ < revision) {
    if (!learner_status_.ok()) return learner_status_;
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          "the learner has not caught up with the answers yet; call again");
    }
    changed_.WaitFor(mutex_, std::chrono::milliseconds(50));
  }
  return absl::OkStatus();
}

void TeachSupply::Describe(v1::Queue& queue) const {
  MutexLock lock(mutex_);
  queue.set_model_version(ranking_->version.ToString());
  queue.set_learner_step(ranking_->step);
  queue.set_working_model_digest(absl::StrFormat("%016x", ranking_->model_digest));
  queue.set_num_teaching_texts(pool_.teaching.size());
  queue.set_num_audit_texts(audit_questions_.size());
  queue.set_num_excluded_texts(pool_.num_excluded);
  queue.set_num_hidden_candidates(ranking_->num_hidden);
}

std::string TeachSupply::ExhaustedReason() const {
  return absl::StrCat("no candidate with a probability of at least ", kMinProbability,
                      patterns_ == nullptr ? "" : " and no match of a pattern",
                      " is left to ask in source '", queue_.source(),
                      "'; add texts to it, or use another source");
}

}  // namespace winnow::annotation

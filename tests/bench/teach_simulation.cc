#include "tests/bench/teach_simulation.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/await.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/corpus/corpus.h"
#include "common/kv/memory_store.h"
#include "common/measure/audit_sample.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/models/model_cache.h"
#include "common/ner/model.h"
#include "common/stats/asking.h"
#include "common/stats/audit.h"
#include "common/tasks/queue.h"
#include "common/teach/teach_stream.h"
#include "common/teach/working_model.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"
#include "common/training/train_tagger.h"
#include "tests/bench/teach_base.h"

namespace winnow::bench {
namespace {

using storage::v1::LabelledText;
using storage::v1::Span;

constexpr char kDataset[] = "answers";
constexpr char kOracle[] = "oracle";
// That of a queue of the product.
constexpr double kAuditShare = 0.15;

// A queue over the pool, and the person who answers it.
class Classroom {
 public:
  Classroom(const SimulationOptions& options, const Base& base, const std::string& strategy,
            size_t seed)
      : base_(base),
        oracle_(MixHash(seed, 2)),
        error_rate_(options.error_rate),
        cache_(&base.store->store()) {
    record_.set_name("queue");
    record_.set_kind(storage::v1::TASK_KIND_TEACH);
    record_.set_source("pool");
    record_.set_dataset(kDataset);
    record_.set_model(kBaseModel);
    record_.set_overlap(1);
    record_.set_seed(seed);
    record_.set_strategy(strategy);
    record_.set_audit_share(kAuditShare);
    for (const std::string& label : base.labels_taught) record_.add_labels(label);
  }

  absl::Status Open() {
    WINNOW_ASSIGN_OR_RETURN(corpus_,
                            corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_));
    std::vector<storage::v1::Example> examples;
    for (const auto* texts : {&base_.pool, &base_.holdout}) {
      for (const LabelledText& text : *texts) {
        examples.emplace_back().set_text(text.text());
        gold_.emplace(text.text(), &text);
      }
    }
    WINNOW_RETURN_IF_ERROR(corpus_->Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_RETURN_IF_ERROR(transaction.ImportSource(record_.source(), examples).status());
      return transaction.PutQueue(record_);
    }));

    tasks::OpenProgress progress;
    const teach::TeachEnvironment environment = {corpus_.get(), &cache_, &base_.store->store(),
                                                 &learners_};
    WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<teach::TeachStream> stream,
                            teach::TeachStream::Open(environment, record_, progress));
    WINNOW_ASSIGN_OR_RETURN(queue_,
                            tasks::Queue::Open(record_, *corpus_, clock_, std::move(stream)));
    WINNOW_ASSIGN_OR_RETURN(const auto version, cache_.Get(kBaseModel));
    WINNOW_ASSIGN_OR_RETURN(
        teach::WorkingModel working,
        teach::WorkingModel::Start(base_.store->store(), version, record_, corpus_->reader()));
    working_ = std::make_unique<teach::WorkingModel>(std::move(working));
    return absl::OkStatus();
  }

  // Answers one question, and the audit questions before it; false when there is none left. It
  // waits for the learner, so that the questions do not depend on how fast that is.
  absl::StatusOr<bool> AnswerOne() {
    while (true) {
      WINNOW_RETURN_IF_ERROR(Await<absl::Status>([&](std::function<void(absl::Status)> done) {
        queue_->stream().WhenCurrent(corpus_->revision(), std::move(done));
      }));
      using Reply = absl::StatusOr<tasks::LeaseReply>;
      WINNOW_ASSIGN_OR_RETURN(const tasks::LeaseReply reply,
                              Await<Reply>([&](std::function<void(Reply)> done) {
                                queue_->Lease(kOracle, 1, absl::Hours(1), std::move(done));
                              }));
      if (!reply.tasks.empty()) {
        WINNOW_RETURN_IF_ERROR(Submit(reply.tasks[0]));
        if (IsAudit(reply.tasks[0])) continue;
        return true;
      }
      if (reply.emptiness.reason != tasks::NoTask::kSearching) return false;
      // The next block is being ranked.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  // Without those of the audit.
  size_t num_answers() const { return num_answers_ - num_audit_; }
  size_t num_audit() const { return num_audit_; }
  size_t num_accepted() const { return num_accepted_; }

  // What the answers say of the two models, as the product's gate has it.
  absl::StatusOr<GateOutcome> Gate(const ner::Model& before, const ner::Model& after) const {
    GateOutcome outcome;
    WINNOW_ASSIGN_OR_RETURN(const std::optional<measure::AuditSample> audit,
                            measure::ReadAuditSample(corpus_->reader(), {kDataset}, corpus::kLatest,
                                                     before, after, {}));
    if (!audit.has_value()) return outcome;
    const auto difference = stats::AuditF1Difference(audit->texts);
    if (absl::IsFailedPrecondition(difference.status())) return outcome;
    WINNOW_RETURN_IF_ERROR(difference.status());
    outcome.difference = *difference;
    stats::GateInput input;
    input.difference = *difference;
    input.reporting_spans = static_cast<int64_t>(num_audit_);
    input.min_refusing_spans = stats::kMinRefusingAnswers;
    input.changed_texts = static_cast<int64_t>(audit->num_changed);
    outcome.verdict = stats::DecideGate(input).verdict;
    return outcome;
  }

  // What the answers say of the texts to learn from.
  absl::StatusOr<std::vector<LabelledText>> Answered() const {
    WINNOW_ASSIGN_OR_RETURN(
        measure::LabelledTexts answered,
        measure::ReadLabelledTexts(corpus_->reader(), {kDataset}, corpus::kLatest));
    std::vector<LabelledText> texts;
    for (measure::LabelledExample& example : answered.texts)
      if (!text::IsHoldout(text::Bucket(example.split_key)))
        texts.push_back(std::move(example.labelled));
    return texts;
  }

  // The working model after all steps, and the mean milliseconds of one of them.
  absl::StatusOr<std::pair<const ner::Model*, double>> Online() {
    const auto start = std::chrono::steady_clock::now();
    WINNOW_RETURN_IF_ERROR(working_->CatchUp(corpus_->reader()).status());
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double steps = static_cast<double>(std::max<uint64_t>(1, working_->step()));
    return std::pair(working_->model().get(), 1e3 * seconds_ / steps);
  }

 private:
  static bool IsAudit(const tasks::LeasedTask& leased) {
    return leased.lease.task().selection().strategy() == stats::kAuditStrategy;
  }

  absl::Status Submit(const tasks::LeasedTask& leased) {
    const storage::v1::Task& task = leased.lease.task();
    const bool right = absl::c_any_of(
        gold_.at(leased.example.text())->accepted(),
        [&](const Span& gold) { return text::SameSpan(gold, task.question().span()); });
    const bool accept = right != (oracle_.Uniform() < error_rate_);
    tasks::GivenAnswer given;
    given.key = {kOracle, "Submit", absl::StrCat(num_answers_), ""};
    given.task = corpus::Id(task.id());
    given.token = leased.lease.token();
    given.judgement.verdict = accept ? storage::v1::VERDICT_ACCEPT : storage::v1::VERDICT_REJECT;
    using Results = std::vector<absl::StatusOr<storage::v1::StoredAnswer>>;
    const Results results = Await<Results>([&](std::function<void(Results)> done) {
      queue_->Submit(kOracle, {given}, std::move(done));
    });
    WINNOW_RETURN_IF_ERROR(results[0].status());
    ++num_answers_;
    num_audit_ += IsAudit(leased);
    num_accepted_ += accept && !IsAudit(leased);
    return absl::OkStatus();
  }

  const Base& base_;
  Random oracle_;
  const double error_rate_;
  storage::v1::Queue record_;
  // Stands still, so that no lease is lost while a model is trained.
  FakeClock clock_;
  std::unique_ptr<corpus::Corpus> corpus_;
  models::ModelCache cache_;
  teach::Learners learners_{/*num_threads=*/1};
  std::unique_ptr<tasks::Queue> queue_;
  std::unique_ptr<teach::WorkingModel> working_;
  // By text.
  std::map<std::string, const LabelledText*> gold_;
  size_t num_answers_ = 0, num_audit_ = 0, num_accepted_ = 0;
  double seconds_ = 0;
};

// One data set and seed.
class Simulation {
 public:
  Simulation(const SimulationOptions& options, const DataSet& set, size_t seed, Base base)
      : options_(options), set_(set), seed_(seed), base_(std::move(base)) {}

  absl::StatusOr<std::vector<Row>> Run(const std::string& strategy) {
    Classroom classroom(options_, base_, strategy, seed_);
    WINNOW_RETURN_IF_ERROR(classroom.Open());
    std::vector<Row> rows;
    while (classroom.num_answers() < options_.num_answers) {
      WINNOW_ASSIGN_OR_RETURN(const bool answered, classroom.AnswerOne());
      if (!answered) break;
      const bool last = classroom.num_answers() == options_.num_answers;
      if (!last && !IsCheckpoint(classroom.num_answers())) continue;
      WINNOW_ASSIGN_OR_RETURN(Row row, Measure(classroom, last));
      row.arm = strategy;
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  static bool IsCheckpoint(size_t num_answers) {
    return absl::c_linear_search(std::vector<size_t>{100, 200, 350, 500, 1000, 2000}, num_answers);
  }

  absl::StatusOr<std::shared_ptr<const ner::Model>> TrainBatch(
      const std::vector<LabelledText>& texts) const {
    training::TaggerOptions options;
    options.learner = options_.learner;
    options.learner.seed = seed_;
    if (options_.from_scratch) {
      std::vector<LabelledText> all = texts;
      all.insert(all.end(), base_.texts.begin(), base_.texts.end());
      WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                              training::TrainTagger(all, set_.labels, options));
      return trained.model;
    }
    options.parent = {base_.trained.model.get(), &base_.trained.optimizer};
    options.replay =
        absl::MakeConstSpan(base_.texts).first(std::min(base_.texts.size(), options_.num_replayed));
    WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                            training::TrainTagger(texts, base_.labels_taught, options));
    return trained.model;
  }

  absl::StatusOr<Row> Measure(Classroom& classroom, bool last) {
    Row row;
    row.set = set_.name;
    row.seed = seed_;
    row.answers = classroom.num_answers();
    row.accepted = classroom.num_accepted();
    WINNOW_ASSIGN_OR_RETURN(const std::vector<LabelledText> answered, classroom.Answered());
    row.texts = answered.size();
    for (const LabelledText& text : answered) row.tokens += text::Tokenize(text.text()).size();
    row.base_dev = base_.dev;
    row.base_test = base_.test;
    row.base_untaught = base_.untaught;

    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const ner::Model> trained, TrainBatch(answered));
    row.dev = MeasureF1(*trained, set_.dev);
    row.test = MeasureF1(*trained, set_.test);
    row.hindsight_test = HindsightF1(*trained, set_.test);
    row.untaught = MeasureF1(*trained, set_.test, base_.labels_untaught);
    row.audit_answers = classroom.num_audit();
    WINNOW_ASSIGN_OR_RETURN(row.gate, classroom.Gate(*base_.trained.model, *trained));
    WINNOW_ASSIGN_OR_RETURN(const auto online, classroom.Online());
    row.online_dev = MeasureF1(*online.first, set_.dev);
    row.online_test = MeasureF1(*online.first, set_.test);
    row.online_hindsight_test = HindsightF1(*online.first, set_.test);
    row.step_ms = online.second;
    if (options_.full) {
      // The pool is in random order.
      const size_t num_texts = std::min(answered.size(), base_.pool.size());
      WINNOW_ASSIGN_OR_RETURN(
          const std::shared_ptr<const ner::Model> full,
          TrainBatch(
              {base_.pool.begin(), base_.pool.begin() + static_cast<std::ptrdiff_t>(num_texts)}));
      row.full_test = MeasureF1(*full, set_.test);
    }
    row.dev_ece = ner::MeasureReliability(measure::CandidateOutcomes(*trained, set_.dev)).ece;
    std::vector<ner::Outcome> outcomes = measure::CandidateOutcomes(*trained, set_.test);
    row.test_ece = ner::MeasureReliability(outcomes).ece;
    if (last) row.outcomes = std::move(outcomes);
    return row;
  }

  const SimulationOptions& options_;
  const DataSet& set_;
  const size_t seed_;
  const Base base_;
};

}  // namespace

absl::StatusOr<std::vector<Row>> Simulate(const SimulationOptions& options, const DataSet& set,
                                          size_t seed, absl::Span<const std::string> arms) {
  WINNOW_ASSIGN_OR_RETURN(Base base, MakeBase(options.num_base, options.labels_taught, set, seed));
  Simulation simulation(options, set, seed, std::move(base));
  std::vector<Row> rows;
  for (const std::string& arm : arms) {
    WINNOW_ASSIGN_OR_RETURN(std::vector<Row> more, simulation.Run(arm));
    if (more.empty())
      return absl::FailedPreconditionError(
          "there is nothing to ask, or fewer candidates than the first checkpoint");
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  }
  return rows;
}

}  // namespace winnow::bench

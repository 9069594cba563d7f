#include "tests/bench/classroom.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/await.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/kv/memory_store.h"
#include "common/measure/audit_sample.h"
#include "common/measure/labelled_texts.h"
#include "common/stats/asking.h"
#include "common/stats/audit.h"
#include "common/teach/teach_stream.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"

namespace winnow::bench {
namespace {

using storage::v1::LabelledText;
using storage::v1::Span;

constexpr char kDataset[] = "answers";
constexpr char kGold[] = "gold";
// That of a queue of the product.
constexpr double kAuditShare = 0.15;

}  // namespace

Classroom::Classroom(const ClassroomOptions& options, const Base& base, const std::string& strategy,
                     size_t seed)
    : base_(base),
      oracle_(MixHash(seed, 2)),
      error_rates_(options.error_rates),
      check_share_(options.check_share),
      cache_(&base.store->store()) {
  record_.set_name("queue");
  record_.set_kind(storage::v1::TASK_KIND_TEACH);
  record_.set_source("pool");
  record_.set_dataset(kDataset);
  record_.set_model(kBaseModel);
  record_.set_overlap(static_cast<uint32_t>(options.overlap));
  record_.set_seed(seed);
  record_.set_strategy(strategy);
  record_.set_audit_share(kAuditShare);
  for (const std::string& label : base.labels_taught) record_.add_labels(label);
}

absl::Status Classroom::Open() {
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
  WINNOW_ASSIGN_OR_RETURN(queue_, tasks::Queue::Open(record_, *corpus_, clock_, std::move(stream)));
  WINNOW_ASSIGN_OR_RETURN(const auto version, cache_.Get(kBaseModel));
  WINNOW_ASSIGN_OR_RETURN(
      teach::WorkingModel working,
      teach::WorkingModel::Start(base_.store->store(), version, record_, corpus_->reader()));
  working_ = std::make_unique<teach::WorkingModel>(std::move(working));
  return absl::OkStatus();
}

absl::StatusOr<bool> Classroom::AnswerOne() {
  while (true) {
    const std::string person = absl::StrCat("person", Turn() + 1);
    if (check_share_ > 0 && oracle_.Uniform() < check_share_) {
      WINNOW_RETURN_IF_ERROR(AnswerCheck(person));
      return true;
    }
    WINNOW_RETURN_IF_ERROR(Await<absl::Status>([&](std::function<void(absl::Status)> done) {
      queue_->stream().WhenCurrent(corpus_->revision(), std::move(done));
    }));
    using Reply = absl::StatusOr<tasks::LeaseReply>;
    WINNOW_ASSIGN_OR_RETURN(const tasks::LeaseReply reply,
                            Await<Reply>([&](std::function<void(Reply)> done) {
                              queue_->Lease(person, 1, absl::Hours(1), {}, std::move(done));
                            }));
    if (!reply.tasks.empty()) {
      WINNOW_RETURN_IF_ERROR(Submit(reply.tasks[0], person));
      if (IsAudit(reply.tasks[0])) continue;
      return true;
    }
    if (reply.emptiness.reason != tasks::NoTask::kSearching) return false;
    // The next block is being ranked.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

absl::StatusOr<GateOutcome> Classroom::Gate(const ner::Model& before,
                                            const ner::Model& after) const {
  GateOutcome outcome;
  WINNOW_ASSIGN_OR_RETURN(
      const std::optional<measure::AuditSample> audit,
      measure::ReadAuditSample(corpus_->reader(), {kDataset}, corpus::kLatest, before, after, {}));
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

absl::StatusOr<std::vector<LabelledText>> Classroom::Answered(
    const ner::ErrorsOfPeople* errors) const {
  WINNOW_ASSIGN_OR_RETURN(
      measure::LabelledTexts answered,
      measure::ReadLabelledTexts(corpus_->reader(), {kDataset}, corpus::kLatest, errors));
  std::vector<LabelledText> texts;
  for (measure::LabelledExample& example : answered.texts)
    if (!text::IsHoldout(text::Bucket(example.split_key)))
      texts.push_back(std::move(example.labelled));
  return texts;
}

absl::StatusOr<std::vector<measure::PersonErrors>> Classroom::Errors() const {
  return measure::EstimateErrors(corpus_->reader(), {kDataset}, corpus::kLatest);
}

absl::StatusOr<std::pair<const ner::Model*, double>> Classroom::Online() {
  const auto start = std::chrono::steady_clock::now();
  WINNOW_RETURN_IF_ERROR(working_->CatchUp(corpus_->reader()).status());
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double steps = static_cast<double>(std::max<uint64_t>(1, working_->step()));
  return std::pair(working_->model().get(), 1e3 * seconds_ / steps);
}

bool Classroom::IsAudit(const tasks::LeasedTask& leased) {
  return leased.lease.task().selection().strategy() == stats::kAuditStrategy;
}

storage::v1::Verdict Classroom::Judge(bool right) {
  const bool accept = right != (oracle_.Uniform() < error_rates_[Turn()]);
  return accept ? storage::v1::VERDICT_ACCEPT : storage::v1::VERDICT_REJECT;
}

absl::Status Classroom::Submit(const tasks::LeasedTask& leased, const std::string& person) {
  const storage::v1::Task& task = leased.lease.task();
  const bool right = absl::c_any_of(
      gold_.at(leased.example.text())->accepted(),
      [&](const Span& gold) { return text::SameSpan(gold, task.question().span()); });
  tasks::GivenAnswer given;
  given.key = {person, "Submit", absl::StrCat(num_answers_), ""};
  given.task = corpus::Id(task.id());
  given.token = leased.lease.token();
  given.judgement.verdict = Judge(right);
  using Results = std::vector<absl::StatusOr<storage::v1::StoredAnswer>>;
  const Results results = Await<Results>(
      [&](std::function<void(Results)> done) { queue_->Submit(person, {given}, std::move(done)); });
  WINNOW_RETURN_IF_ERROR(results[0].status());
  ++num_answers_;
  num_audit_ += IsAudit(leased);
  num_accepted_ += given.judgement.verdict == storage::v1::VERDICT_ACCEPT && !IsAudit(leased);
  return absl::OkStatus();
}

// Which span it is makes no difference to an oracle.
absl::Status Classroom::AnswerCheck(const std::string& person) {
  const bool right = oracle_.Below(2) == 0;
  storage::v1::Example example;
  example.set_text(base_.texts[oracle_.Below(base_.texts.size())].text());
  storage::v1::Answer answer;
  answer.set_example_id(corpus::ExampleIdOf(example.text()));
  answer.set_task_id(corpus::ExampleIdOf(absl::StrCat("check ", num_answers_)));
  answer.set_kind(storage::v1::TASK_KIND_TEACH);
  answer.set_coverage(storage::v1::COVERAGE_BINARY);
  answer.set_verdict(Judge(right));
  answer.set_annotator(person);
  answer.set_surplus(true);
  answer.mutable_check()->set_gold_dataset(kGold);
  answer.mutable_check()->set_verdict(right ? storage::v1::VERDICT_ACCEPT
                                            : storage::v1::VERDICT_REJECT);
  WINNOW_RETURN_IF_ERROR(corpus_->Change([&](corpus::Transaction& transaction) {
    return transaction.AppendAnswers(kDataset, {answer}, {example}).status();
  }));
  ++num_answers_;
  return absl::OkStatus();
}

}  // namespace winnow::bench

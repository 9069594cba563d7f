// What the tests of queues share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/await.h"
#include "common/base/clock.h"
#include "common/corpus/testing.h"
#include "common/tasks/queue.h"
#include "gtest/gtest.h"

namespace winnow::tasks {

// "text 0", "text 1", ...
inline std::vector<std::string> Texts(int num_texts) {
  std::vector<std::string> texts;
  for (int i = 0; i < num_texts; ++i) texts.push_back(absl::StrCat("text ", i));
  return texts;
}

// "Is the first word of the text a job?"
inline storage::v1::Task MakeTask(absl::string_view text, absl::string_view strategy = "random") {
  storage::v1::Task task;
  task.set_example_id(corpus::ExampleIdOf(text));
  task.set_kind(storage::v1::TASK_KIND_TEACH);
  storage::v1::Span& span = *task.mutable_question()->mutable_span();
  span = corpus::MakeSpan(0, 4, "job");
  task.mutable_question()->set_score(0.5);
  task.set_id(corpus::TaskIdOf(task.example_id(), task.kind(), {span}));
  task.mutable_selection()->set_strategy(std::string(strategy));
  return task;
}

// Offers the tasks that it was given, in their order. Not for several threads.
class FakeStream final : public Stream {
 public:
  explicit FakeStream(std::vector<storage::v1::Task> tasks) : tasks_(std::move(tasks)) {}
  ~FakeStream() override {
    if (call_at_end_) call_at_end_();
  }

  std::optional<storage::v1::Task> Next(
      const AskedCounts& asked, absl::FunctionRef<bool(const corpus::Id& task)> is_known) override {
    asked_ = asked;
    for (const storage::v1::Task& task : tasks_) {
      if (!is_known(corpus::Id(task.id()))) return task;
    }
    return std::nullopt;
  }
  void Restart() override { ++num_restarts_; }
  absl::Status Refresh() override { return absl::OkStatus(); }
  absl::Status Complete(storage::v1::Task&) const override { return complete_status_; }
  void WhenCurrent(uint64_t, std::function<void(absl::Status)> done) override {
    done(absl::OkStatus());
  }
  Emptiness WhyEmpty() const override {
    return {NoTask::kExhausted, absl::InfiniteFuture(), "no more"};
  }
  uint64_t Generation() const override { return 0; }
  StreamFacts Facts() const override { return {}; }

  // What the queue told last.
  const AskedCounts& asked() const { return asked_; }
  int num_restarts() const { return num_restarts_; }
  void FailToComplete(absl::Status status) { complete_status_ = std::move(status); }
  void CallAtEnd(std::function<void()> call) { call_at_end_ = std::move(call); }

 private:
  const std::vector<storage::v1::Task> tasks_;
  AskedCounts asked_;
  int num_restarts_ = 0;
  absl::Status complete_status_;
  std::function<void()> call_at_end_;
};

// The calls of a person, waiting for their results.

inline absl::StatusOr<LeaseReply> Lease(Queue& queue, const std::string& person,
                                        uint32_t max_tasks = 1,
                                        absl::Duration ttl = absl::Minutes(5),
                                        const HeldTokens& held = {}) {
  return Await<absl::StatusOr<LeaseReply>>(
      [&](Queue::LeaseDone done) { queue.Lease(person, max_tasks, ttl, held, std::move(done)); });
}

// An accepting answer without request id, which took a second.
inline GivenAnswer AnswerTo(const storage::v1::Lease& lease,
                            storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT,
                            const std::string& answer_id = "") {
  GivenAnswer given;
  given.key = {lease.annotator(), "Submit", answer_id, absl::StrCat(verdict)};
  given.task = corpus::Id(lease.task().id());
  given.token = lease.token();
  given.judgement.verdict = verdict;
  given.judgement.took = absl::Seconds(1);
  return given;
}

inline absl::StatusOr<uint64_t> GiveBack(Queue& queue, const std::string& person,
                                         std::vector<HeldTask> held, const HeldTokens& kept = {}) {
  return Await<absl::StatusOr<uint64_t>>([&](Queue::GiveBackDone done) {
    queue.GiveBack(person, std::move(held), kept, std::move(done));
  });
}

using SubmitResults = std::vector<absl::StatusOr<storage::v1::StoredAnswer>>;

inline SubmitResults Submit(Queue& queue, const std::string& person,
                            std::vector<GivenAnswer> answers) {
  return Await<SubmitResults>(
      [&](Queue::SubmitDone done) { queue.Submit(person, std::move(answers), std::move(done)); });
}

inline absl::StatusOr<storage::v1::StoredAnswer> Submit(
    Queue& queue, const storage::v1::Lease& lease,
    storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT, const std::string& answer_id = "") {
  return Submit(queue, lease.annotator(), {AnswerTo(lease, verdict, answer_id)})[0];
}

inline absl::StatusOr<Queue::Undone> Undo(Queue& queue, const std::string& person,
                                          const std::string& request_id = "",
                                          uint64_t revision = 0) {
  return queue.Undo({person, "Undo", request_id, "body"}, person, revision, absl::Minutes(5));
}

// A queue "q" of questions about texts, answered into "d". A restart of the corpus, with the queue,
// keeps what is on the disk.
class TestQueue {
 public:
  explicit TestQueue(const std::vector<std::string>& texts, uint32_t overlap = 1) {
    record_.set_name("q");
    record_.set_kind(storage::v1::TASK_KIND_TEACH);
    record_.set_source("s");
    record_.set_dataset("d");
    record_.add_labels("job");
    record_.set_overlap(overlap);
    std::vector<storage::v1::Example> examples;
    for (const std::string& text : texts) {
      examples.push_back(corpus::MakeExample(text));
      tasks_.push_back(MakeTask(text));
    }
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_RETURN_IF_ERROR(transaction.ImportSource("s", examples).status());
      return transaction.PutQueue(record_);
    });
    Restart();
  }

  void Restart() {
    queue_.reset();
    corpus_.reset();
    // Tokens are told apart by when they were given.
    clock_.Advance(absl::Seconds(1));
    corpus_ = *corpus::Corpus::Open(disk_.Attach(), clock_);
    queue_ = OpenQueue(record_);
  }
  // Another queue over the same tasks and data set.
  std::unique_ptr<Queue> OpenOther() {
    storage::v1::Queue other = record_;
    other.set_name("other");
    Change([&](corpus::Transaction& transaction) { return transaction.PutQueue(other); });
    return OpenQueue(other);
  }
  void SetTasks(std::vector<storage::v1::Task> tasks) {
    tasks_ = std::move(tasks);
    Restart();
  }

  // The tasks that the person gets.
  std::vector<storage::v1::Lease> Take(const std::string& person, uint32_t max_tasks = 1,
                                       absl::Duration ttl = absl::Minutes(5)) {
    std::vector<storage::v1::Lease> leases;
    for (const LeasedTask& task : Lease(person, max_tasks, ttl).tasks) leases.push_back(task.lease);
    return leases;
  }
  // Their texts.
  std::vector<std::string> TakeTexts(const std::string& person, uint32_t max_tasks = 1,
                                     absl::Duration ttl = absl::Minutes(5)) {
    std::vector<std::string> texts;
    for (const LeasedTask& task : Lease(person, max_tasks, ttl).tasks)
      texts.push_back(task.example.text());
    return texts;
  }
  LeaseReply Lease(const std::string& person, uint32_t max_tasks = 1,
                   absl::Duration ttl = absl::Minutes(5)) {
    absl::StatusOr<LeaseReply> reply = tasks::Lease(*queue_, person, max_tasks, ttl);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *std::move(reply) : LeaseReply{};
  }
  absl::StatusOr<storage::v1::StoredAnswer> Submit(
      const storage::v1::Lease& lease, storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT,
      const std::string& answer_id = "") {
    return tasks::Submit(*queue_, lease, verdict, answer_id);
  }
  QueueFacts Facts() { return *queue_->Facts(); }

  // An answer to the task about the text that no queue asked for.
  void Import(absl::string_view text, const std::string& person = "") {
    Change([&](corpus::Transaction& transaction) {
      storage::v1::Answer answer = corpus::MakeAnswer(text);
      answer.set_task_id(MakeTask(text).id());
      answer.set_annotator(person);
      return transaction.AppendAnswers("d", {answer}).status();
    });
  }
  std::vector<storage::v1::Answer> Stored() const {
    return corpus::AnswersOf(corpus_->reader(), "d");
  }
  template <typename Fn>
  void Change(const Fn& fn) {
    const absl::Status changed = corpus_->Change(fn);
    ASSERT_TRUE(changed.ok()) << changed;
  }

  Queue& queue() { return *queue_; }
  // Of the queue opened last.
  FakeStream& stream() { return *stream_; }
  const storage::v1::Queue& record() const { return record_; }
  FakeClock& clock() { return clock_; }
  corpus::Disk& disk() { return disk_; }
  corpus::Corpus& corpus() { return *corpus_; }

 private:
  std::unique_ptr<Queue> OpenQueue(const storage::v1::Queue& record) {
    auto stream = std::make_unique<FakeStream>(tasks_);
    stream_ = stream.get();
    return *Queue::Open(record, *corpus_, clock_, std::move(stream));
  }

  storage::v1::Queue record_;
  std::vector<storage::v1::Task> tasks_;
  FakeClock clock_;
  corpus::Disk disk_;
  std::unique_ptr<corpus::Corpus> corpus_ = *corpus::Corpus::Open(disk_.Attach(), clock_);
  FakeStream* stream_ = nullptr;
  std::unique_ptr<Queue> queue_;
};

}  // namespace winnow::tasks

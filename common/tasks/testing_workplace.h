// A queue to which tasks can be added, and what people need to work on it, for tests.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/base/worker.h"
#include "common/corpus/corpus.h"
#include "common/corpus/testing.h"
#include "common/kv/memory_store.h"
#include "common/tasks/lease_waiters.h"
#include "common/tasks/queues.h"
#include "common/tasks/stored_stream.h"
#include "common/tasks/tasks_ahead.h"
#include "common/tasks/testing.h"
#include "gtest/gtest.h"

namespace winnow::tasks {

// The queue "q", answered into "d", one person a task. Thread-safe, but for its settings.
class TestWorkplace {
 public:
  TestWorkplace() {
    record_.set_name("q");
    record_.set_kind(storage::v1::TASK_KIND_COMPARE);
    record_.set_dataset("d");
    record_.set_overlap(1);
    EXPECT_TRUE(queues_.Create({}, record_).ok());
  }

  void AddTask(absl::string_view text) {
    const absl::Status added = corpus_->Change([&](corpus::Transaction& transaction) {
      return transaction.AppendTasks("q", {MakeTask(text)}, {corpus::MakeExample(text)}).status();
    });
    ASSERT_TRUE(added.ok()) << added;
    if (const auto open = queues_.FindOpen("q")) {
      ASSERT_TRUE(open->stream().Refresh().ok());
    }
  }
  // As UpdateQueue does.
  void SetMode(storage::v1::QueueMode mode) {
    record_.set_mode(mode);
    ASSERT_TRUE(corpus_
                    ->Change([&](corpus::Transaction& transaction) {
                      return transaction.PutQueue(record_);
                    })
                    .ok());
    queues_.Close("q");
  }

  FakeClock& clock() { return clock_; }
  corpus::Corpus& corpus() { return *corpus_; }
  Queues& queues() { return queues_; }
  LeaseWaiters& waiters() { return waiters_; }
  Worker& worker() { return worker_; }
  Workplace shared() { return {queues_, waiters_, worker_}; }

 private:
  FakeClock clock_;
  storage::v1::Queue record_;
  std::unique_ptr<corpus::Corpus> corpus_ =
      *corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
  Queues queues_{*corpus_, clock_, [this](const storage::v1::Queue& queue, OpenProgress&) {
                   return StoredStream::Open(queue, *corpus_);
                 }};
  LeaseWaiters waiters_{queues_, clock_, std::chrono::milliseconds(2)};
  Worker worker_;
};

}  // namespace winnow::tasks

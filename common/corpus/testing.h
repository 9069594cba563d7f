// What the tests of a corpus share.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/corpus/corpus.h"
#include "common/corpus/ids.h"
#include "common/corpus/transaction.h"
#include "common/kv/memory_store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

inline storage::v1::Example MakeExample(absl::string_view text) {
  storage::v1::Example example;
  example.set_text(std::string(text));
  return example;
}

inline storage::v1::Span MakeSpan(uint32_t start, uint32_t end, absl::string_view label) {
  storage::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(std::string(label));
  return span;
}

// A yes/no answer about the first character of the text.
inline storage::v1::Answer MakeAnswer(absl::string_view text,
                                      storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
  storage::v1::Answer answer;
  answer.set_example_id(ExampleIdOf(text));
  answer.set_kind(storage::v1::TASK_KIND_TEACH);
  answer.set_coverage(storage::v1::COVERAGE_BINARY);
  answer.set_verdict(verdict);
  storage::v1::Decision& decision = *answer.add_decisions();
  *decision.mutable_span() = MakeSpan(0, 1, "job_title");
  decision.set_verdict(verdict);
  answer.set_task_id(TaskIdOf(answer.example_id(), answer.kind(), {decision.span()}));
  return answer;
}

// Appends one answer about the text and returns its revision.
inline absl::StatusOr<uint64_t> Append(Transaction& transaction, absl::string_view dataset,
                                       absl::string_view text,
                                       storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
  WINNOW_ASSIGN_OR_RETURN(
      const std::vector<uint64_t> revisions,
      transaction.AppendAnswers(dataset, {MakeAnswer(text, verdict)}, {MakeExample(text)}));
  return revisions[0];
}

inline absl::StatusOr<uint64_t> Append(Corpus& corpus, absl::string_view dataset,
                                       absl::string_view text,
                                       storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
  uint64_t revision = 0;
  WINNOW_RETURN_IF_ERROR(corpus.Change([&](Transaction& transaction) -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(revision, Append(transaction, dataset, text, verdict));
    return absl::OkStatus();
  }));
  return revision;
}

// The answers of a data set, also those taken back, all or up to a revision.
inline std::vector<storage::v1::Answer> AnswersOf(const CorpusReader& reader,
                                                  absl::string_view dataset, uint64_t after = 0,
                                                  uint64_t up_to = kLatest) {
  std::vector<storage::v1::Answer> answers;
  const absl::Status status =
      reader.ForEachEntry(dataset, after, up_to, [&](const storage::v1::LogEntry& entry) {
        if (entry.has_answer()) answers.push_back(entry.answer());
        return true;
      });
  return status.ok() ? answers : std::vector<storage::v1::Answer>();
}

// A store in memory that outlives the corpus on it, as a directory does; its writes can be counted,
// held up and made to fail, and so can its syncs. Thread-safe.
class Disk {
 public:
  class View final : public kv::Store {
   public:
    explicit View(Disk& disk) : disk_(disk) {}
    absl::StatusOr<std::string> Get(absl::string_view key) const override {
      return disk_.store_.Get(key);
    }
    std::unique_ptr<kv::Iterator> Scan(const kv::Range& range,
                                       kv::Direction direction) const override {
      return disk_.store_.Scan(range, direction);
    }
    absl::Status Write(const kv::Batch& batch) override { return disk_.Write(batch); }
    absl::Status Sync() override { return disk_.Sync(); }

   private:
    Disk& disk_;
  };

  std::unique_ptr<kv::Store> Attach() { return std::make_unique<View>(*this); }

  int num_writes() const { return num_writes_; }
  int num_syncs() const { return num_syncs_; }
  void FailWrites(bool fail) { failing_ = fail; }
  void FailSyncs(bool fail) { failing_syncs_ = fail; }
  // Every sync takes a millisecond more.
  void SlowDown() { slow_ = true; }

  // Lets the next write begin, but not end, until Release.
  void Hold() { writes_.Hold(); }
  void Release() { writes_.Release(); }
  void WaitUntilAWriteIsHeld() { writes_.WaitUntilHeld(); }
  // The same of syncs.
  void HoldSyncs() { syncs_.Hold(); }
  void ReleaseSyncs() { syncs_.Release(); }
  void WaitUntilASyncIsHeld() { syncs_.WaitUntilHeld(); }

 private:
  class Gate {
   public:
    void Hold() {
      MutexLock lock(mutex_);
      held_ = true;
    }
    void Release() {
      MutexLock lock(mutex_);
      held_ = false;
      changed_.NotifyAll();
    }
    void WaitUntilHeld() {
      MutexLock lock(mutex_);
      while (!waiting_) changed_.Wait(mutex_);
    }
    void Pass() {
      MutexLock lock(mutex_);
      waiting_ = held_;
      changed_.NotifyAll();
      while (held_) changed_.Wait(mutex_);
    }

   private:
    Mutex mutex_;
    CondVar changed_;
    bool held_ WINNOW_GUARDED_BY(mutex_) = false;
    bool waiting_ WINNOW_GUARDED_BY(mutex_) = false;
  };

  static absl::Status NoSpace() { return absl::ResourceExhaustedError("no space left on device"); }
  absl::Status Write(const kv::Batch& batch) {
    writes_.Pass();
    if (failing_) return NoSpace();
    ++num_writes_;
    return store_.Write(batch);
  }
  absl::Status Sync() {
    syncs_.Pass();
    ++num_syncs_;
    if (slow_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return failing_syncs_ ? NoSpace() : absl::OkStatus();
  }

  kv::MemoryStore store_;
  std::atomic<int> num_writes_ = 0;
  std::atomic<int> num_syncs_ = 0;
  std::atomic<bool> failing_ = false;
  std::atomic<bool> failing_syncs_ = false;
  std::atomic<bool> slow_ = false;
  Gate writes_;
  Gate syncs_;
};

}  // namespace winnow::corpus

// The annotation service without people.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/corpus/corpus.h"
#include "common/corpus/ids.h"
#include "common/corpus/snapshots.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/measure/testing.h"
#include "common/rpc/convert.h"
#include "common/rpc/errors.h"
#include "gtest/gtest.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"
#include "winnow/annotation/v1/snapshots.grpc.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

// Annotation over a real corpus, whose answers the test appends itself: queues are only remembered.
class FakeAnnotationService final : public annotation::v1::AnnotationService::Service,
                                    public annotation::v1::SnapshotService::Service {
 public:
  explicit FakeAnnotationService(const std::filesystem::path& root) {
    std::filesystem::create_directories(root);
    auto store = *kv::RocksStore::Open(root / "db");
    const kv::RocksStore* database = store.get();
    corpus_ = *corpus::Corpus::Open(std::move(store), clock_);
    snapshots_ = *corpus::Snapshots::Open(
        *corpus_, root, clock_,
        [database](const std::filesystem::path& to) { return database->Checkpoint(to); });
  }

  std::vector<grpc::Service*> services() {
    return {static_cast<annotation::v1::AnnotationService::Service*>(this),
            static_cast<annotation::v1::SnapshotService::Service*>(this)};
  }
  corpus::Corpus& corpus() { return *corpus_; }

  // Sources and data sets.
  void AddSource(const std::string& name, const std::vector<std::string>& texts) {
    std::vector<storage::v1::Example> examples;
    for (const std::string& text : texts) examples.emplace_back().set_text(text);
    Change([&](corpus::Transaction& transaction) {
      return transaction.ImportSource(name, examples).status();
    });
  }
  uint64_t AddAnswer(const std::string& dataset, const std::string& text,
                     storage::v1::Answer answer) {
    answer.set_example_id(corpus::ExampleIdOf(text));
    if (answer.task_id().empty()) {
      answer.set_task_id(corpus::TaskIdOf(answer.example_id(), answer.kind(), {}));
    }
    storage::v1::Example example;
    example.set_text(text);
    uint64_t revision = 0;
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_ASSIGN_OR_RETURN(const auto revisions,
                              transaction.AppendAnswers(dataset, {answer}, {example}));
      revision = revisions.at(0);
      return absl::OkStatus();
    });
    return revision;
  }
  void AddComplete(const std::string& dataset, const measure::Annotated& annotated,
                   const std::string& label = "job_title") {
    storage::v1::Answer answer;
    answer.set_kind(storage::v1::TASK_KIND_MANUAL);
    answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
    answer.set_verdict(storage::v1::VERDICT_ACCEPT);
    answer.add_complete_labels(label);
    for (const storage::v1::Span& span : annotated.spans) {
      *answer.add_decisions()->mutable_span() = span;
      answer.mutable_decisions()->rbegin()->set_verdict(storage::v1::VERDICT_ACCEPT);
    }
    AddAnswer(dataset, annotated.text, answer);
  }
  void AddBinary(const std::string& dataset, const std::string& text,
                 const storage::v1::Span& span) {
    storage::v1::Answer answer;
    answer.set_kind(storage::v1::TASK_KIND_TEACH);
    answer.set_coverage(storage::v1::COVERAGE_BINARY);
    answer.set_verdict(storage::v1::VERDICT_ACCEPT);
    *answer.add_decisions()->mutable_span() = span;
    answer.mutable_decisions(0)->set_verdict(storage::v1::VERDICT_ACCEPT);
    AddAnswer(dataset, text, answer);
  }
  // A person's answer to a task of a queue.
  uint64_t AddJudgement(const std::string& dataset, const std::string& queue,
                        const annotation::v1::ComparisonTask& task,
                        storage::v1::Preference preference) {
    storage::v1::Answer answer;
    answer.set_kind(storage::v1::TASK_KIND_COMPARE);
    const bool ignored = preference == storage::v1::PREFERENCE_UNSPECIFIED;
    answer.set_verdict(ignored ? storage::v1::VERDICT_IGNORE : storage::v1::VERDICT_ACCEPT);
    answer.set_task_id(TaskIdOf(task));
    answer.set_queue(queue);
    answer.mutable_comparison()->set_preference(preference);
    return AddAnswer(dataset, task.text(), answer);
  }
  void Undo(const std::string& dataset, uint64_t revision) {
    Change([&](corpus::Transaction& transaction) {
      return transaction.Undo(dataset, revision, "ann").status();
    });
  }

  // These are what was asked for.
  std::vector<annotation::v1::QueueSpec> queues() const {
    MutexLock lock(mutex_);
    return queues_;
  }
  std::vector<annotation::v1::ComparisonTask> tasks() const {
    MutexLock lock(mutex_);
    return tasks_;
  }
  // From now on AddComparisons stores half of its tasks and fails.
  void SetBroken(bool broken) {
    MutexLock lock(mutex_);
    broken_ = broken;
  }
  size_t NumLiveSnapshots() const { return corpus_->reader().ListSnapshotLeases()->size(); }

  static std::string TaskIdOf(const annotation::v1::ComparisonTask& task) {
    const auto records = [](const auto& spans) {
      std::vector<storage::v1::Span> result;
      for (const auto& span : spans) result.push_back(rpc::ToRecord(span));
      return result;
    };
    return corpus::ComparisonTaskIdOf(corpus::ExampleIdOf(task.text()),
                                      records(task.comparison().spans_a()),
                                      records(task.comparison().spans_b()));
  }

  grpc::Status CreateSnapshot(grpc::ServerContext*, const annotation::v1::CreateSnapshotRequest*,
                              annotation::v1::Snapshot* response) override {
    const auto lease = snapshots_->Create({}, absl::Minutes(10));
    if (!lease.ok()) return rpc::ToGrpc(lease.status());
    response->set_id(lease->id());
    response->set_path(lease->path());
    response->set_revision(lease->revision());
    response->set_database_id(corpus_->reader().info().database_id());
    return grpc::Status::OK;
  }
  grpc::Status ReleaseSnapshot(grpc::ServerContext*,
                               const annotation::v1::ReleaseSnapshotRequest* request,
                               annotation::v1::ReleaseSnapshotResponse*) override {
    return rpc::ToGrpc(snapshots_->Release(request->id()));
  }
  grpc::Status CreateQueue(grpc::ServerContext*, const annotation::v1::CreateQueueRequest* request,
                           annotation::v1::Queue* response) override {
    MutexLock lock(mutex_);
    *response->mutable_spec() = request->spec();
    for (const annotation::v1::QueueSpec& queue : queues_) {
      if (queue.name() != request->spec().name()) continue;
      if (queue.SerializeAsString() == request->spec().SerializeAsString()) return grpc::Status::OK;
      return rpc::ToGrpc(absl::FailedPreconditionError("the queue has another spec"));
    }
    queues_.push_back(request->spec());
    return grpc::Status::OK;
  }
  grpc::Status AddComparisons(grpc::ServerContext*,
                              const annotation::v1::AddComparisonsRequest* request,
                              annotation::v1::AddComparisonsResponse*) override {
    MutexLock lock(mutex_);
    const int num_kept = broken_ ? request->tasks_size() / 2 : request->tasks_size();
    for (int i = 0; i < num_kept; ++i) {
      if (task_ids_.insert(TaskIdOf(request->tasks(i))).second) tasks_.push_back(request->tasks(i));
    }
    return broken_ ? rpc::ToGrpc(absl::UnavailableError("the disk is full")) : grpc::Status::OK;
  }
  grpc::Status ListAnswers(grpc::ServerContext*, const annotation::v1::ListAnswersRequest* request,
                           annotation::v1::ListAnswersResponse* response) override {
    const auto add = [&](const storage::v1::LogEntry& record) {
      if (response->entries_size() == static_cast<int>(request->page_size())) {
        response->set_has_more(true);
        return false;
      }
      annotation::v1::LogEntry& entry = *response->add_entries();
      if (record.has_undo()) {
        entry.mutable_undo()->set_revision(record.undo().revision());
        entry.mutable_undo()->set_undone_revision(record.undo().undoes());
        return true;
      }
      annotation::v1::Answer& answer = *entry.mutable_answer();
      answer.set_revision(record.answer().revision());
      answer.set_task_id(corpus::IdToHex(record.answer().task_id()));
      answer.set_verdict(rpc::ToApi(record.answer().verdict()));
      answer.mutable_comparison()->set_preference(
          static_cast<winnow::common::v1::Preference>(record.answer().comparison().preference()));
      answer.set_queue(record.answer().queue());
      return true;
    };
    return rpc::ToGrpc(corpus_->reader().ForEachEntry(request->dataset(), request->after_revision(),
                                                      corpus::kLatest, add));
  }

 private:
  void Change(const corpus::ChangeFn& change) {
    const absl::Status changed = corpus_->Change(change);
    ASSERT_TRUE(changed.ok()) << changed;
  }

  FakeClock clock_;
  std::unique_ptr<corpus::Corpus> corpus_;
  std::unique_ptr<corpus::Snapshots> snapshots_;
  mutable Mutex mutex_;
  bool broken_ WINNOW_GUARDED_BY(mutex_) = false;
  std::vector<annotation::v1::QueueSpec> queues_ WINNOW_GUARDED_BY(mutex_);
  std::vector<annotation::v1::ComparisonTask> tasks_ WINNOW_GUARDED_BY(mutex_);
  std::set<std::string> task_ids_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::evaluation

// What the tests of the evaluation service share: small models, a corpus, and annotation without
// people.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/corpus/corpus.h"
#include "common/corpus/ids.h"
#include "common/corpus/snapshots.h"
#include "common/kv/memory_store.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/models/training_keys.h"
#include "common/ner/learner.h"
#include "common/ner/supervision.h"
#include "common/ner/tagger.h"
#include "common/rpc/convert.h"
#include "common/rpc/errors.h"
#include "common/rpc/server.h"
#include "common/text/split_key.h"
#include "gtest/gtest.h"
#include "services/evaluation/evaluation_service.h"

namespace winnow::evaluation {

inline storage::v1::Span MakeSpan(uint32_t start, uint32_t end,
                                  absl::string_view label = "job_title") {
  storage::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(std::string(label));
  return span;
}

// A text with all its spans marked.
struct Annotated {
  std::string text;
  std::vector<storage::v1::Span> spans;
};

// "Nurse wanted in Paris" with the word of the job marked.
inline Annotated Ad(const std::string& job, const std::string& rest) {
  return {absl::StrCat(job, " ", rest), {MakeSpan(0, static_cast<uint32_t>(job.size()))}};
}

inline const std::vector<Annotated>& TrainingAds() {
  static const std::vector<Annotated> ads = {
      Ad("Nurse", "wanted in Paris"),
      Ad("Driver", "wanted in London"),
      Ad("Cook", "needed in Berlin"),
      Ad("Teacher", "needed in Rome"),
      Ad("Engineer", "for our team"),
      Ad("Painter", "for a new house"),
      Ad("Plumber", "wanted, full time"),
      Ad("Baker", "wanted, part time"),
      {"Apply today", {}},
      {"We are a friendly team", {}},
      {"Work in London or Paris", {}},
      Ad("Waiter", "needed in Madrid"),
  };
  return ads;
}

// A model of `labels` trained on complete annotations.
inline std::shared_ptr<const ner::Model> TrainOn(const std::vector<Annotated>& texts,
                                                 const std::vector<std::string>& labels = {
                                                     "job_title"}) {
  std::vector<ner::Example> examples;
  ner::FeatureExtractor extractor;
  for (const Annotated& annotated : texts) {
    storage::v1::LabelledText labelled;
    labelled.set_text(annotated.text);
    for (const storage::v1::Span& span : annotated.spans) *labelled.add_accepted() = span;
    for (const std::string& label : labels) labelled.add_complete_labels(label);
    const std::vector<text::Token> tokens = text::Tokenize(annotated.text);
    ner::Example& example = examples.emplace_back();
    ner::ExtractFeatures(annotated.text, tokens, /*knowledge=*/{}, extractor, example.features);
    example.constraint = ner::Compile(labelled, tokens, labels)->constraint;
  }
  ner::LearnerOptions options;
  options.hash_bits = 14;
  return ner::Train(labels, examples, {}, options)->model;
}

// Finds the jobs of TrainingAds.
inline std::shared_ptr<const ner::Model> GoodModel() {
  static const auto model = TrainOn(TrainingAds());
  return model;
}

// Finds nothing.
inline std::shared_ptr<const ner::Model> BlindModel() {
  static const auto model = [] {
    std::vector<Annotated> ads = TrainingAds();
    for (Annotated& ad : ads) ad.spans.clear();
    return TrainOn(ads);
  }();
  return model;
}

// Annotation over a real corpus, whose answers the test appends itself: queues are only remembered.
class FakeAnnotation final : public annotation::v1::AnnotationService::Service {
 public:
  explicit FakeAnnotation(const std::filesystem::path& root) {
    std::filesystem::create_directories(root);
    auto store = *kv::RocksStore::Open(root / "db");
    const kv::RocksStore* database = store.get();
    corpus_ = *corpus::Corpus::Open(std::move(store), clock_);
    snapshots_ = *corpus::Snapshots::Open(
        *corpus_, root, clock_,
        [database](const std::filesystem::path& to) { return database->Checkpoint(to); });
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
  void AddComplete(const std::string& dataset, const Annotated& annotated,
                   const std::string& label = "job_title") {
    storage::v1::Answer answer;
    answer.set_kind(storage::v1::TASK_KIND_COMPLETE);
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
    answer.set_kind(storage::v1::TASK_KIND_BINARY);
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
    answer.set_kind(storage::v1::TASK_KIND_COMPARISON);
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

  // What was asked for.
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
    return corpus::ComparisonTaskIdOf(corpus::ExampleIdOf(task.text()), records(task.spans_a()),
                                      records(task.spans_b()));
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
    const auto add = [&](const storage::v1::Answer& record) {
      if (response->answers_size() == static_cast<int>(request->page_size())) {
        response->set_more(true);
        return false;
      }
      annotation::v1::Answer& answer = *response->add_answers();
      answer.set_revision(record.revision());
      answer.set_undoes(record.undoes());
      answer.set_task_id(corpus::IdToHex(record.task_id()));
      answer.set_verdict(rpc::ToApi(record.verdict()));
      answer.set_preference(
          static_cast<winnow::common::v1::Preference>(record.comparison().preference()));
      answer.set_queue(record.queue());
      return true;
    };
    return rpc::ToGrpc(corpus_->reader().ForEachAnswer(
        request->dataset(), request->after_revision(), corpus::kLatest, add));
  }

 private:
  template <typename Fn>
  void Change(const Fn& fn) {
    const auto changed =
        corpus_->Mutate([&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
          WINNOW_RETURN_IF_ERROR(fn(transaction));
          return "";
        });
    ASSERT_TRUE(changed.ok()) << changed.status();
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

// The service behind a real server, with a model store, and annotation behind another server.
class EvaluationTest : public testing::Test {
 protected:
  EvaluationTest()
      : root_(MakeRoot()),
        annotation_(root_ / "corpus"),
        publisher_(*models::ModelPublisher::Open(root_ / "models")) {
    annotation_server_ = *rpc::Server::Start({}, {&annotation_});
    annotation_stub_ =
        annotation::v1::AnnotationService::NewStub(annotation_server_->InProcessChannel());
    models_ = std::make_unique<models::ModelCache>(&publisher_->store(), absl::Milliseconds(5));
    Restart(root_ / "corpus");
  }
  ~EvaluationTest() override {
    server_.reset();
    annotation_server_.reset();
    models_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  // The service again, over the same database.
  void Restart(const std::filesystem::path& corpus_root) {
    server_.reset();
    service_ = std::make_unique<EvaluationServiceImpl>(*models_, publisher_->store(), database_,
                                                       *annotation_stub_, corpus_root);
    server_ = *rpc::Server::Start({}, {service_.get()});
    stub_ = v1::EvaluationService::NewStub(server_->InProcessChannel());
  }

  // Publishes and promotes. The keys of `trained_on` go into the version; nothing is known of it
  // without.
  std::string Publish(const std::string& name, const std::shared_ptr<const ner::Model>& model,
                      const std::vector<std::string>* trained_on) {
    models::Manifest header;
    header.labels = model->labels();
    header.tag_scheme = "BIOES";
    models::Files files = {{std::string(models::kModelFile), model->Serialize()}};
    if (trained_on != nullptr) {
      models::TrainingKeys keys;
      for (const std::string& text : *trained_on) keys.push_back(text::SplitKey(text));
      files[std::string(models::kTrainingKeysFile)] = models::SerializeTrainingKeys(keys);
    }
    const models::VersionName version = *publisher_->Publish(name, header, files);
    EXPECT_TRUE(publisher_->Promote(version).ok());
    return version.ToString();
  }
  std::string Publish(const std::string& name, const std::shared_ptr<const ner::Model>& model,
                      const std::vector<std::string>& trained_on = {}) {
    return Publish(name, model, &trained_on);
  }

  // Calls the service; the status is as a client sees it.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::EvaluationService::Stub::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    Response response;
    const absl::Status status = rpc::FromGrpc((stub_.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  const std::filesystem::path root_;
  FakeAnnotation annotation_;
  std::unique_ptr<models::ModelPublisher> publisher_;
  kv::MemoryStore database_;
  std::unique_ptr<rpc::Server> annotation_server_;
  std::unique_ptr<annotation::v1::AnnotationService::Stub> annotation_stub_;
  std::unique_ptr<models::ModelCache> models_;
  std::unique_ptr<EvaluationServiceImpl> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::EvaluationService::Stub> stub_;

 private:
  static std::filesystem::path MakeRoot() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    const auto root = std::filesystem::path(testing::TempDir()) /
                      absl::StrCat("winnow_evaluation_", info->name(), "_", getpid());
    std::filesystem::remove_all(root);
    return root;
  }
};

}  // namespace winnow::evaluation

#include "tests/bench/queue_baselines.h"

#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "grpcpp/client_context.h"
#include "tests/bench/queue_load.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::bench {
namespace {

using annotation::v1::AnnotationService;

// Keys and values that the server writes for one answer and its lease.
constexpr size_t kRecordBytes = 1'000;

class EchoService final
    : public AnnotationService::WithCallbackMethod_SubmitAnswers<AnnotationService::Service> {
  grpc::ServerUnaryReactor* SubmitAnswers(
      grpc::CallbackServerContext* context, const annotation::v1::SubmitAnswersRequest* request,
      annotation::v1::SubmitAnswersResponse* response) override {
    for (const auto& answer : request->answers())
      response->add_results()->mutable_stored()->set_revision(answer.fencing_token());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class EchoCaller final : public Caller {
 public:
  EchoCaller(const std::string& address, const Limits& limits)
      : limits_(limits), stub_(AnnotationService::NewStub(OwnConnection(address))) {
    request_.set_queue("echo");
    request_.set_annotator("person");
    request_.add_answers()->set_answer_id(rpc::NewRequestId());
  }

  bool Next(grpc::CompletionQueue& events) override {
    num_replies_ += reader_ != nullptr && status_.ok() ? 1 : 0;
    if (!status_.ok() || limits_.IsOver()) return false;
    context_ = std::make_unique<grpc::ClientContext>();
    reader_ = stub_->PrepareAsyncSubmitAnswers(context_.get(), request_, &events);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, static_cast<Caller*>(this));
    return true;
  }

  uint64_t num_replies() const { return num_replies_; }
  const grpc::Status& status() const { return status_; }

 private:
  const Limits& limits_;
  const std::unique_ptr<AnnotationService::Stub> stub_;
  uint64_t num_replies_ = 0;
  grpc::Status status_;
  annotation::v1::SubmitAnswersRequest request_;
  annotation::v1::SubmitAnswersResponse response_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<annotation::v1::SubmitAnswersResponse>> reader_;
};

// Merges the records of many threads into synced batches. Thread-safe.
class GroupCommit {
 public:
  explicit GroupCommit(kv::Store& store) : store_(store), thread_([this] { Write(); }) {}
  ~GroupCommit() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    waiting_changed_.NotifyAll();
    thread_.join();
  }

  // Returns when the record is on disk.
  absl::Status Put(std::string key, std::string value) {
    MutexLock lock(mutex_);
    waiting_.Put(std::move(key), std::move(value));
    is_waiting_ = true;
    waiting_changed_.NotifyOne();
    const uint64_t group = group_;
    while (written_ <= group) written_changed_.Wait(mutex_);
    return status_;
  }

 private:
  void Write() {
    while (true) {
      kv::Batch batch;
      uint64_t group = 0;
      {
        MutexLock lock(mutex_);
        while (!is_waiting_ && !stopping_) waiting_changed_.Wait(mutex_);
        if (!is_waiting_) return;
        std::swap(batch, waiting_);
        is_waiting_ = false;
        group = group_++;
      }
      const absl::Status status = store_.Write(batch);
      MutexLock lock(mutex_);
      if (!status.ok()) status_ = status;
      written_ = group + 1;
      written_changed_.NotifyAll();
    }
  }

  kv::Store& store_;
  Mutex mutex_;
  CondVar waiting_changed_;
  CondVar written_changed_;
  kv::Batch waiting_ WINNOW_GUARDED_BY(mutex_);
  bool is_waiting_ WINNOW_GUARDED_BY(mutex_) = false;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  // Number of the group that waits, and of groups written.
  uint64_t group_ WINNOW_GUARDED_BY(mutex_) = 0;
  uint64_t written_ WINNOW_GUARDED_BY(mutex_) = 0;
  absl::Status status_ WINNOW_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace

absl::Status ServeEcho() {
  rpc::BlockTerminationSignals();
  EchoService service;
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server,
                          rpc::Server::Start({.address = "127.0.0.1:0"}, {&service}));
  std::cout << "echo on 127.0.0.1:" << server->port() << std::endl;
  rpc::WaitForTermination();
  return absl::OkStatus();
}

absl::StatusOr<double> MeasureEcho(const std::string& address, size_t num_callers,
                                   absl::Duration length, const std::atomic<bool>& stop) {
  Limits limits{.stop = &stop};
  std::vector<std::unique_ptr<EchoCaller>> callers;
  std::vector<Caller*> pointers;
  for (size_t i = 0; i < num_callers; ++i) {
    callers.push_back(std::make_unique<EchoCaller>(address, limits));
    pointers.push_back(callers.back().get());
  }
  const absl::Time start = absl::Now();
  limits.end = start + length;
  Drive(pointers);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  uint64_t num_replies = 0;
  for (const auto& caller : callers) {
    WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(caller->status()));
    num_replies += caller->num_replies();
  }
  return static_cast<double>(num_replies) / seconds;
}

absl::StatusOr<double> MeasureWrites(const std::filesystem::path& directory, size_t num_writers,
                                     absl::Duration length) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<kv::RocksStore> store,
                          kv::RocksStore::Open(directory));
  GroupCommit commit(*store);
  std::atomic<uint64_t> num_written = 0;
  std::atomic<bool> failed = false;
  const absl::Time start = absl::Now();
  std::vector<std::thread> writers;
  for (size_t i = 0; i < num_writers; ++i) {
    writers.emplace_back([&, i] {
      for (uint64_t n = 0; absl::Now() < start + length && !failed; ++n) {
        if (!commit.Put(absl::StrCat(i, ":", n), std::string(kRecordBytes, 'x')).ok())
          failed = true;
        ++num_written;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  if (failed) return absl::UnavailableError("the disk refused a write");
  return static_cast<double>(num_written) / absl::ToDoubleSeconds(absl::Now() - start);
}

}  // namespace winnow::bench

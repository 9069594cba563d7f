// Calls of services, whose messages are bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "grpcpp/channel.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/status.h"
#include "services/gateway/http/exchange.h"

namespace winnow::gateway {

struct CallSpec {
  std::shared_ptr<grpc::Channel> channel;
  // "/winnow.training.v1.TrainingService/GetModel"
  std::string path;
  std::vector<std::pair<std::string, std::string>> metadata;
  // From now on.
  std::optional<absl::Duration> timeout;
};

// Where gRPC tells what has come to pass in calls. Thread-safe.
class CallQueue {
 public:
  CallQueue();
  // REQUIRES: no call is left.
  ~CallQueue();

 private:
  friend class BackendCall;
  friend class UnaryCall;
  void PassOn();

  grpc::CompletionQueue queue_;
  std::thread thread_;
};

// A call of any kind. It runs from its construction on. Used by coroutines of its executor, which
// must be a strand; no two of them at a time. The executor's context runs until gRPC has done with
// the call.
//
// It does not use gRPC's callback API, which asks for the status from the start: the in-process
// transport then drops messages that nobody is reading at that moment (gRPC 1.51).
class BackendCall {
 public:
  // `queue` must outlive the executor's context.
  BackendCall(CallQueue& queue, boost::asio::any_io_executor executor, CallSpec spec);
  // Cancels what has not ended.
  ~BackendCall();
  BackendCall(const BackendCall&) = delete;
  BackendCall& operator=(const BackendCall&) = delete;

  // False when the call has ended.
  http::Awaitable<bool> Write(std::string message);
  // There is nothing more to write.
  http::Awaitable<void> EndWrites();
  // The next message of the service; none when there is no more.
  http::Awaitable<std::optional<std::string>> Read();
  // How it ended. REQUIRES: Read has told that there is no more, or Cancel was called; last.
  http::Awaitable<grpc::Status> Finish();

  // From any thread.
  void Cancel();

 private:
  class State;
  std::shared_ptr<State> state_;
};

struct UnaryReply {
  grpc::Status status;
  // If the status is OK.
  std::string message;
};

// The same for a method that takes and gives one message, in one step of gRPC's.
class UnaryCall {
 public:
  UnaryCall(CallQueue& queue, boost::asio::any_io_executor executor, CallSpec spec,
            std::string request);
  // Cancels what has not ended.
  ~UnaryCall();
  UnaryCall(const UnaryCall&) = delete;
  UnaryCall& operator=(const UnaryCall&) = delete;

  // Once.
  http::Awaitable<UnaryReply> Finish();

  // From any thread.
  void Cancel();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace winnow::gateway

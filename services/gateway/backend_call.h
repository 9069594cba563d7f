// One call of a service, of any kind, whose messages are bytes.
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
  void PassOn();

  grpc::CompletionQueue queue_;
  std::thread thread_;
};

// Runs from its construction on. Used by coroutines of its executor, which must be a strand; no two
// of them at a time. The executor's context runs until gRPC has done with the call.
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

// A call of a unary method: the reply, or why there is none.
struct UnaryReply {
  grpc::Status status;
  std::string message;
};
http::Awaitable<UnaryReply> CallUnary(BackendCall& call, std::string request);

}  // namespace winnow::gateway

#include "services/gateway/backend_call.h"

#include <memory>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace winnow::gateway {
namespace {

namespace asio = boost::asio;

// What a coroutine waits for; set and awaited on one strand.
class Event {
 public:
  explicit Event(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}

  void Set() {
    is_set_ = true;
    timer_.cancel();
  }
  // Until it is set.
  http::Awaitable<void> Wait() {
    while (!is_set_) {
      boost::system::error_code cancelled;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
  }
  void Reset() { is_set_ = false; }

 private:
  asio::steady_timer timer_;
  bool is_set_ = false;
};

grpc::ByteBuffer ToBuffer(std::string bytes) {
  // The slice owns the string.
  auto* owned = new std::string(std::move(bytes));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* string) { delete static_cast<std::string*>(string); },
      owned);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  bytes.reserve(buffer.Length());
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

void Prepare(const CallSpec& spec, grpc::ClientContext& context) {
  for (const auto& [name, value] : spec.metadata) context.AddMetadata(name, value);
  if (spec.timeout.has_value())
    context.set_deadline(absl::ToChronoTime(absl::Now() + *spec.timeout));
}

// What gRPC is asked to tell the end of. It is that of one call, and asked for again and again.
class Completion {
 public:
  explicit Completion(const asio::any_io_executor& executor)
      : executor_(executor), event_(executor) {}

  // The tag. `call` is kept until it has come to pass.
  void* Begin(std::shared_ptr<void> call) {
    call_ = std::move(call);
    return this;
  }
  // In gRPC's thread.
  void Complete(bool ok) {
    // This may be gone before post returns.
    const asio::any_io_executor executor = executor_;
    asio::post(executor, [this, ok, call = std::move(call_)] {
      ok_ = ok;
      event_.Set();
    });
  }
  // Whether it went well.
  http::Awaitable<bool> Wait() {
    co_await event_.Wait();
    event_.Reset();
    co_return ok_;
  }

 private:
  const asio::any_io_executor executor_;
  std::shared_ptr<void> call_;
  // Of the strand.
  Event event_;
  bool ok_ = false;
};

}  // namespace

CallQueue::CallQueue() : thread_([this] { PassOn(); }) {}

CallQueue::~CallQueue() {
  queue_.Shutdown();
  thread_.join();
}

void CallQueue::PassOn() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) static_cast<Completion*>(tag)->Complete(ok);
}

class BackendCall::State final : public std::enable_shared_from_this<State> {
 public:
  State(CallQueue& queue, const asio::any_io_executor& executor, const CallSpec& spec)
      : work_(asio::make_work_guard(executor)),
        stub_(spec.channel),
        started_(executor),
        written_(executor),
        read_(executor),
        finished_(executor) {
    Prepare(spec, context_);
    call_ = stub_.PrepareCall(&context_, spec.path, &queue.queue_);
  }

  void Start() { call_->StartCall(started_.Begin(shared_from_this())); }

  http::Awaitable<bool> Write(std::string message) {
    const bool started = co_await Started();
    if (!started) co_return false;
    outgoing_ = ToBuffer(std::move(message));
    call_->Write(outgoing_, written_.Begin(shared_from_this()));
    const bool ok = co_await written_.Wait();
    co_return ok;
  }

  http::Awaitable<void> EndWrites() {
    const bool started = co_await Started();
    if (!started) co_return;
    call_->WritesDone(written_.Begin(shared_from_this()));
    co_await written_.Wait();
  }

  http::Awaitable<std::optional<std::string>> Read() {
    std::optional<std::string> message;
    const bool started = co_await Started();
    if (!started) co_return message;
    call_->Read(&incoming_, read_.Begin(shared_from_this()));
    const bool ok = co_await read_.Wait();
    if (ok) message = ToString(incoming_);
    incoming_.Clear();
    co_return message;
  }

  http::Awaitable<grpc::Status> Finish() {
    co_await Started();
    call_->Finish(&status_, finished_.Begin(shared_from_this()));
    co_await finished_.Wait();
    co_return status_;
  }

  void Cancel() { context_.TryCancel(); }

 private:
  // Once: gRPC wants nothing else to be asked for before.
  http::Awaitable<bool> Started() {
    if (!is_started_.has_value()) is_started_ = co_await started_.Wait();
    co_return *is_started_;
  }

  const asio::executor_work_guard<asio::any_io_executor> work_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer outgoing_;
  grpc::ByteBuffer incoming_;
  grpc::Status status_;
  std::optional<bool> is_started_;
  Completion started_;
  Completion written_;
  Completion read_;
  Completion finished_;
};

BackendCall::BackendCall(CallQueue& queue, asio::any_io_executor executor, CallSpec spec)
    : state_(std::make_shared<State>(queue, executor, spec)) {
  state_->Start();
}

BackendCall::~BackendCall() { state_->Cancel(); }

http::Awaitable<bool> BackendCall::Write(std::string message) {
  return state_->Write(std::move(message));
}
http::Awaitable<void> BackendCall::EndWrites() { return state_->EndWrites(); }
http::Awaitable<std::optional<std::string>> BackendCall::Read() { return state_->Read(); }
http::Awaitable<grpc::Status> BackendCall::Finish() { return state_->Finish(); }
void BackendCall::Cancel() { state_->Cancel(); }

class UnaryCall::State final : public std::enable_shared_from_this<State> {
 public:
  State(CallQueue& queue, const asio::any_io_executor& executor, const CallSpec& spec,
        std::string request)
      : work_(asio::make_work_guard(executor)), stub_(spec.channel), finished_(executor) {
    Prepare(spec, context_);
    call_ =
        stub_.PrepareUnaryCall(&context_, spec.path, ToBuffer(std::move(request)), &queue.queue_);
  }

  void Start() {
    call_->StartCall();
    call_->Finish(&response_, &status_, finished_.Begin(shared_from_this()));
  }

  http::Awaitable<UnaryReply> Finish() {
    co_await finished_.Wait();
    UnaryReply reply{status_, ToString(response_)};
    co_return reply;
  }

  void Cancel() { context_.TryCancel(); }

 private:
  const asio::executor_work_guard<asio::any_io_executor> work_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> call_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
  Completion finished_;
};

UnaryCall::UnaryCall(CallQueue& queue, asio::any_io_executor executor, CallSpec spec,
                     std::string request)
    : state_(std::make_shared<State>(queue, executor, spec, std::move(request))) {
  state_->Start();
}

UnaryCall::~UnaryCall() { state_->Cancel(); }

http::Awaitable<UnaryReply> UnaryCall::Finish() { return state_->Finish(); }
void UnaryCall::Cancel() { state_->Cancel(); }

}  // namespace winnow::gateway

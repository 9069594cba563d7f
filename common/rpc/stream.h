// Streams of the callback API, which hold no thread: what all of them have in common. Admission,
// status, metrics and log are those of every call (handlers.h); beyond these a stream
//   * holds no more than its subclass sends before what it sent was written,
//   * is one of a limited number (streams.h),
//   * is dropped with DEADLINE_EXCEEDED when its client does not read for a minute, and
//   * ends within a second when its caller may not call any more.
//
//   class Watch final : public rpc::SendingStream<grpc::ServerWriteReactor<Queue>, Queue> { ... };
//
//   grpc::ServerWriteReactor<Queue>* WatchQueue(context, request) {
//     return handlers_.Open<Watch>("Annotation.WatchQueue", context, request, streams_, ...);
//   }
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/rpc/handlers.h"
#include "common/rpc/streams.h"
#include "google/protobuf/message.h"
#include "grpc/grpc.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace winnow::rpc {

// A stream on which the server sends `Response`; `Reactor` is gRPC's class of such streams. It
// keeps itself until gRPC is done with it, and then nobody else may need it. Thread-safe.
template <typename Reactor, typename Response>
class SendingStream : public Reactor,
                      public OpenStream,
                      public std::enable_shared_from_this<SendingStream<Reactor, Response>> {
 public:
  explicit SendingStream(StreamCall call)
      : context_(call.context), streams_(call.streams), call_(std::move(call.call)) {}

  // Once. `request` is null where requests are a stream, and must outlive the call.
  void Begin(const google::protobuf::Message* request) {
    self_ = this->shared_from_this();
    absl::Status status;
    {
      MutexLock lock(mutex_);
      status = call_.Admit(request);
    }
    if (status.ok()) status = streams_.Add(self_);
    if (!status.ok()) return Close(status);
    Admitted();
  }

  // Sends nothing more, lets the subclass clean up, and ends the call when both that and the
  // writing are done. Only the first time counts.
  void Close(const absl::Status& status) final {
    {
      MutexLock lock(mutex_);
      if (closing_) return;
      closing_ = true;
      status_ = status;
    }
    CleanUp([self = this->shared_from_this()] {
      MutexLock lock(self->mutex_);
      self->clean_ = true;
      self->FinishWhenDone();
    });
  }

  void LookAfter(const StreamTurn& turn) final {
    const absl::Status status = Check(turn.now);
    if (!status.ok()) Close(status);
    if (absl::IsDeadlineExceeded(status)) return Drop(status);
    TakeTurn(turn);
  }

 protected:
  // Called once, when the caller may call.
  virtual void Admitted() {}
  // Called every turn of Streams.
  virtual void TakeTurn(const StreamTurn&) {}
  // Called once; gives up what the stream holds, and calls `done` when that is done.
  virtual void CleanUp(std::function<void()> done) { done(); }
  // Called when everything was written.
  virtual void Drained() WINNOW_REQUIRES(mutex_) {}

  // Sends in the order of calls; nothing once the stream is closing.
  void Send(Response response) {
    MutexLock lock(mutex_);
    if (closing_) return;
    outbox_.push_back(std::move(response));
    if (!writing_) Write();
  }
  // Open, and everything was written.
  bool IsDrained() WINNOW_REQUIRES(mutex_) { return !closing_ && !writing_; }
  bool IsClosing() WINNOW_REQUIRES(mutex_) { return closing_; }
  grpc::CallbackServerContext& context() { return context_; }
  ActiveCall& call() WINNOW_REQUIRES(mutex_) { return call_; }

  Mutex mutex_;

 private:
  // What must end the stream.
  absl::Status Check(absl::Time now) {
    MutexLock lock(mutex_);
    // Afterwards gRPC may free the context.
    if (finished_) return absl::OkStatus();
    if (writing_ && now - write_began_ >= streams_.max_stall())
      return absl::DeadlineExceededError("the client does not read what it is sent");
    if (closing_ || now < check_at_) return absl::OkStatus();
    check_at_ = now + absl::Seconds(1);
    return call_.CheckCaller();
  }

  // Ends the call although the client reads nothing, not even a status by the usual way.
  void Drop(const absl::Status& status) {
    MutexLock lock(mutex_);
    if (finished_) return;
    grpc_call_cancel_with_status(context_.c_call(), static_cast<grpc_status_code>(status.code()),
                                 std::string(status.message()).c_str(), nullptr);
  }

  void Write() WINNOW_REQUIRES(mutex_) {
    writing_ = true;
    write_began_ = streams_.clock().SteadyNow();
    this->StartWrite(&outbox_.front());
  }

  void OnWriteDone(bool ok) final {
    if (!ok) Close(absl::CancelledError("the client went away"));
    MutexLock lock(mutex_);
    writing_ = false;
    outbox_.pop_front();
    if (!ok) outbox_.clear();
    if (!outbox_.empty()) return Write();
    if (!closing_) Drained();
    FinishWhenDone();
  }

  void OnCancel() final { Close(absl::CancelledError("the client went away")); }

  void FinishWhenDone() WINNOW_REQUIRES(mutex_) {
    if (!clean_ || writing_ || finished_) return;
    finished_ = true;
    this->Finish(call_.End(status_));
  }

  void OnDone() final {
    streams_.Remove(self_);
    // The last thing that it does.
    const std::shared_ptr<SendingStream> self = std::move(self_);
  }

  grpc::CallbackServerContext& context_;
  Streams& streams_;
  std::shared_ptr<SendingStream> self_;

  ActiveCall call_ WINNOW_GUARDED_BY(mutex_);
  // The first is being written, if there are any.
  std::deque<Response> outbox_ WINNOW_GUARDED_BY(mutex_);
  bool writing_ WINNOW_GUARDED_BY(mutex_) = false;
  absl::Time write_began_ WINNOW_GUARDED_BY(mutex_);
  // When to look next whether the caller may still call.
  absl::Time check_at_ WINNOW_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Open -> closing, with this status -> finished, when also clean and nothing is being written.
  bool closing_ WINNOW_GUARDED_BY(mutex_) = false;
  absl::Status status_ WINNOW_GUARDED_BY(mutex_);
  bool clean_ WINNOW_GUARDED_BY(mutex_) = false;
  bool finished_ WINNOW_GUARDED_BY(mutex_) = false;
};

// A stream in both directions. The next request is read when the subclass asks for it and
// everything sent was written, so a client that only sends is held up and takes no memory.
template <typename Request, typename Response>
class TalkingStream : public SendingStream<grpc::ServerBidiReactor<Request, Response>, Response> {
 public:
  using SendingStream<grpc::ServerBidiReactor<Request, Response>, Response>::SendingStream;

 protected:
  // A request, valid until ReadOn.
  virtual void Take(const Request& request) = 0;
  // The client has closed its side.
  virtual void TakeEnd() = 0;

  // Reads the next request.
  void ReadOn() {
    MutexLock lock(this->mutex_);
    wants_read_ = true;
    if (this->IsDrained()) Drained();
  }

 private:
  void Drained() final WINNOW_REQUIRES(this->mutex_) {
    if (std::exchange(wants_read_, false)) this->StartRead(&request_);
  }

  void OnReadDone(bool ok) final {
    if (ok) return Take(request_);
    if (this->context().IsCancelled())
      return this->Close(absl::CancelledError("the client went away"));
    TakeEnd();
  }

  bool wants_read_ WINNOW_GUARDED_BY(this->mutex_) = false;
  Request request_;
};

}  // namespace winnow::rpc

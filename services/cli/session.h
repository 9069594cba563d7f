// The services a command talks to: those of a server, or the same code inside this process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/errors.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"
#include "winnow/training/v1/training.grpc.pb.h"

namespace winnow::cli {

// Thread-safe.
class Session {
 public:
  // `host` is what must outlive the channel: the services in this process, or nothing.
  explicit Session(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<void> host = nullptr);

  annotation::v1::AnnotationService::Stub& annotation() { return *annotation_; }
  training::v1::TrainingService::Stub& training() { return *training_; }
  evaluation::v1::EvaluationService::Stub& evaluation() { return *evaluation_; }

 private:
  std::shared_ptr<void> host_;
  std::unique_ptr<annotation::v1::AnnotationService::Stub> annotation_;
  std::unique_ptr<training::v1::TrainingService::Stub> training_;
  std::unique_ptr<evaluation::v1::EvaluationService::Stub> evaluation_;
};

// Connects to "host:port". Unavailable when nobody answers within five seconds.
absl::StatusOr<std::unique_ptr<Session>> ConnectTo(const std::string& server);

// Hosts all services in this process on `data_dir`, without a port. FailedPrecondition when another
// process uses it.
absl::StatusOr<std::unique_ptr<Session>> HostOn(const std::string& data_dir);

// 128 random bits in hexadecimal: names one mutating call, so that a repetition of it is harmless.
std::string NewRequestId();

// For calls that read or write little, and for those that may score a whole source or wait for the
// learner.
inline constexpr absl::Duration kShortCall = absl::Seconds(60);
inline constexpr absl::Duration kLongCall = absl::Minutes(20);

// One unary call. A server that cannot be reached is tried again twice, with the same request and
// so the same request_id.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(
    Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const std::type_identity_t<Request>& request, absl::Duration deadline = kShortCall) {
  constexpr int kTries = 3;
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return response;
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE || attempt == kTries)
      return rpc::FromGrpc(status);
    absl::SleepFor(absl::Milliseconds(200) * attempt);
  }
}

}  // namespace winnow::cli

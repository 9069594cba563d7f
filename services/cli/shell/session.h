// The services a command talks to: those of a server, or the same code inside this process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "winnow/access/v1/access.grpc.pb.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"
#include "winnow/training/v1/training.grpc.pb.h"

namespace winnow::cli {

// Thread-safe.
class Session {
 public:
  // `host` is what must outlive the channel: the services in this process, or nothing.
  explicit Session(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<void> host = nullptr);
  // For services that run apart, each behind a channel of its own.
  Session(std::shared_ptr<grpc::Channel> annotation, std::shared_ptr<grpc::Channel> training,
          std::shared_ptr<grpc::Channel> evaluation);

  // Of the annotation service.
  access::v1::AccessService::Stub& access() { return *access_; }
  annotation::v1::AnnotationService::Stub& annotation() { return *annotation_; }
  training::v1::TrainingService::Stub& training() { return *training_; }
  evaluation::v1::EvaluationService::Stub& evaluation() { return *evaluation_; }

 private:
  std::shared_ptr<void> host_;
  std::unique_ptr<access::v1::AccessService::Stub> access_;
  std::unique_ptr<annotation::v1::AnnotationService::Stub> annotation_;
  std::unique_ptr<training::v1::TrainingService::Stub> training_;
  std::unique_ptr<evaluation::v1::EvaluationService::Stub> evaluation_;
};

// Connects to "host:port", where all services are; or to three of these, separated by commas, where
// annotation, training and evaluation are. InvalidArgument for another number of them; Unavailable
// when one does not answer within five seconds. Errors of rpc::Connect.
absl::StatusOr<std::unique_ptr<Session>> ConnectTo(const std::string& server,
                                                   const rpc::ConnectOptions& options = {});

// Hosts all services in this process on `data_dir`, without a port. FailedPrecondition when another
// process uses it.
absl::StatusOr<std::unique_ptr<Session>> HostOn(const std::string& data_dir);

using rpc::NewRequestId;

// For calls that read or write little, and for those that may score a whole source or wait for the
// learner.
inline constexpr absl::Duration kShortCall = absl::Seconds(60);
inline constexpr absl::Duration kLongCall = absl::Minutes(20);

// One unary call, tried again as common/rpc/client.h says.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(
    Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const std::type_identity_t<Request>& request, absl::Duration deadline = kShortCall) {
  return rpc::Client().Call(stub, method, request, {.timeout = deadline});
}

}  // namespace winnow::cli

// Answers for services that a process should have and could not open, so that its others serve.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/generic/async_generic_service.h"

namespace winnow::rpc {

// Thread-safe.
class FailedServices final : public grpc::CallbackGenericService {
 public:
  // Full name of the service ("winnow.training.v1.TrainingService") -> why it is not there.
  explicit FailedServices(std::map<std::string, absl::Status> failures)
      : failures_(std::move(failures)) {}

  // Each call of such a service ends with the service's failure, any other with UNIMPLEMENTED.
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  const std::map<std::string, absl::Status> failures_;
};

}  // namespace winnow::rpc

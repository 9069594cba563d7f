// Keeps what a server says of its health true.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/repeating_thread.h"
#include "grpcpp/health_check_service_interface.h"

namespace winnow::rpc {

// A service as grpc.health.v1 tells of it.
struct ServedService {
  // Full name ("winnow.training.v1.TrainingService").
  std::string name;
  // OK while the service can do its work. Asked every second, so it may also try to mend what is
  // wrong; the services of a watch are asked one after the other, in their order. Null: it always
  // can.
  std::function<absl::Status()> check;
};

// A service whose check fails is NOT_SERVING until it succeeds, and so is the empty name, which
// stands for all services. Log: "not_serving" (error) and "serving_again" (info).
class HealthWatch {
 public:
  // `health` must outlive it.
  HealthWatch(grpc::HealthCheckServiceInterface& health, std::vector<ServedService> services);

 private:
  void CheckAll();

  grpc::HealthCheckServiceInterface& health_;
  const std::vector<ServedService> services_;
  // As last told, in the order of services_.
  std::vector<bool> serving_;
  // None where there is nothing to check.
  std::optional<RepeatingThread> thread_;
};

}  // namespace winnow::rpc

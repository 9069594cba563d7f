// The methods that browsers may call, and the channels to their services.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/channel.h"

namespace winnow::gateway {

// One channel may be that of several services.
struct Backends {
  std::shared_ptr<grpc::Channel> annotation;
  std::shared_ptr<grpc::Channel> training;
  std::shared_ptr<grpc::Channel> evaluation;
};

struct CarriedMethod {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::shared_ptr<grpc::Channel> channel;
};

struct CarriedService {
  // "winnow.training.v1.TrainingService"
  std::string name;
  std::shared_ptr<grpc::Channel> channel;
};

// What the descriptors say: a method that is added to a service needs no code here. Immutable,
// thread-safe.
class CarriedMethods {
 public:
  explicit CarriedMethods(const Backends& backends);

  // By "SERVICE/METHOD"; null when there is none.
  const CarriedMethod* Find(absl::string_view path) const;
  const std::vector<CarriedService>& services() const { return services_; }

 private:
  std::map<std::string, CarriedMethod, std::less<>> methods_;
  std::vector<CarriedService> services_;
};

}  // namespace winnow::gateway

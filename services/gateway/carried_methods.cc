#include "services/gateway/carried_methods.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "winnow/access/v1/access.pb.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/evaluation/v1/evaluation.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::gateway {

CarriedMethods::CarriedMethods(const Backends& backends) {
  // A file is named by one of its messages.
  const std::pair<const google::protobuf::FileDescriptor*, std::shared_ptr<grpc::Channel>> files[] =
      {{access::v1::WhoAmIRequest::descriptor()->file(), backends.annotation},
       {annotation::v1::LeaseTasksRequest::descriptor()->file(), backends.annotation},
       {training::v1::ListModelsRequest::descriptor()->file(), backends.training},
       {evaluation::v1::PredictRequest::descriptor()->file(), backends.evaluation}};
  for (const auto& [file, channel] : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      const google::protobuf::ServiceDescriptor& service = *file->service(i);
      services_.push_back({service.full_name(), channel});
      for (int j = 0; j < service.method_count(); ++j) {
        const google::protobuf::MethodDescriptor& method = *service.method(j);
        methods_[absl::StrCat(service.full_name(), "/", method.name())] = {&method, channel};
      }
    }
  }
}

const CarriedMethod* CarriedMethods::Find(absl::string_view path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? nullptr : &found->second;
}

}  // namespace winnow::gateway

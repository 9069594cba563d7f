#include "common/rpc/failed_services.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"

namespace winnow::rpc {
namespace {

// Ends its call at once.
class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const absl::Status& why) { Finish(ToGrpc(why)); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* FailedServices::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  // "/SERVICE/METHOD"
  const std::vector<std::string> parts = absl::StrSplit(context->method(), '/');
  const auto failure = failures_.find(parts.size() == 3 ? parts[1] : "");
  if (failure == failures_.end())
    return new Refusal(absl::UnimplementedError(absl::StrCat("no method ", context->method())));
  return new Refusal(WithMessage(
      failure->second,
      absl::StrCat(failure->first, " could not be opened: ", failure->second.message())));
}

}  // namespace winnow::rpc

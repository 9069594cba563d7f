#include "services/cli/session.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/server.h"
#include "services/standalone/standalone.h"

namespace winnow::cli {
namespace {

// Ends hosted services in order: calls in flight first.
class Host {
 public:
  explicit Host(std::unique_ptr<standalone::Standalone> services)
      : services_(std::move(services)) {}
  ~Host() { services_->Shutdown(absl::Seconds(10)); }

 private:
  std::unique_ptr<standalone::Standalone> services_;
};

}  // namespace

Session::Session(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<void> host)
    : host_(std::move(host)),
      annotation_(annotation::v1::AnnotationService::NewStub(channel)),
      training_(training::v1::TrainingService::NewStub(channel)),
      evaluation_(evaluation::v1::EvaluationService::NewStub(channel)) {}

absl::StatusOr<std::unique_ptr<Session>> ConnectTo(const std::string& server) {
  std::shared_ptr<grpc::Channel> channel = rpc::Connect(server);
  if (!channel->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(5)))) {
    return absl::UnavailableError(absl::StrCat(
        "no server answers at ", server,
        "; start one with `winnow serve`, or leave out --server to work in this process"));
  }
  return std::make_unique<Session>(std::move(channel));
}

absl::StatusOr<std::unique_ptr<Session>> HostOn(const std::string& data_dir) {
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<standalone::Standalone> services,
                          standalone::Standalone::Start({.data_dir = data_dir, .address = ""}));
  std::shared_ptr<grpc::Channel> channel = services->channel();
  return std::make_unique<Session>(std::move(channel), std::make_shared<Host>(std::move(services)));
}

std::string NewRequestId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) absl::StrAppend(&id, absl::Hex(random(), absl::kZeroPad8));
  return id;
}

}  // namespace winnow::cli

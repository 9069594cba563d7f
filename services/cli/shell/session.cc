#include "services/cli/shell/session.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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
  ~Host() { services_->Shutdown(); }

 private:
  std::unique_ptr<standalone::Standalone> services_;
};

}  // namespace

Session::Session(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<void> host)
    : host_(std::move(host)),
      access_(access::v1::AccessService::NewStub(channel)),
      annotation_(annotation::v1::AnnotationService::NewStub(channel)),
      training_(training::v1::TrainingService::NewStub(channel)),
      evaluation_(evaluation::v1::EvaluationService::NewStub(channel)) {}

Session::Session(std::shared_ptr<grpc::Channel> annotation, std::shared_ptr<grpc::Channel> training,
                 std::shared_ptr<grpc::Channel> evaluation)
    : access_(access::v1::AccessService::NewStub(annotation)),
      annotation_(annotation::v1::AnnotationService::NewStub(annotation)),
      training_(training::v1::TrainingService::NewStub(training)),
      evaluation_(evaluation::v1::EvaluationService::NewStub(evaluation)) {}

absl::StatusOr<std::unique_ptr<Session>> ConnectTo(const std::string& server,
                                                   const rpc::ConnectOptions& options) {
  const std::vector<std::string> addresses = absl::StrSplit(server, ',');
  if (addresses.size() != 1 && addresses.size() != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("--server: '", server, "' is ", addresses.size(),
                     " addresses, must be one, or those of annotation, training and evaluation"));
  }

  const absl::Time deadline = absl::Now() + absl::Seconds(5);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (const std::string& address : addresses) {
    WINNOW_ASSIGN_OR_RETURN(channels.emplace_back(), rpc::Connect(address, options));
    if (!channels.back()->WaitForConnected(absl::ToChronoTime(deadline))) {
      return absl::UnavailableError(absl::StrCat(
          "no server answers at ", address,
          options.tls.authority.empty() ? "" : " with a certificate that --tls-ca vouches for",
          "; start one with `winnow serve`, or leave out --server (or unset WINNOW_SERVER) to "
          "work in this process"));
    }
  }
  if (channels.size() == 1) return std::make_unique<Session>(channels[0]);
  return std::make_unique<Session>(channels[0], channels[1], channels[2]);
}

absl::StatusOr<std::unique_ptr<Session>> HostOn(const std::string& data_dir) {
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<standalone::Standalone> services,
                          standalone::Standalone::Start({.data_dir = data_dir, .address = ""}));
  std::shared_ptr<grpc::Channel> channel = services->channel();
  return std::make_unique<Session>(std::move(channel), std::make_shared<Host>(std::move(services)));
}

}  // namespace winnow::cli

#include "tests/testing/predict_load.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/models/version_name.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::integration {
namespace {

// Channels to one address share a connection unless told not to.
std::shared_ptr<grpc::Channel> OwnConnection(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

PredictLoad::PredictLoad(const std::string& address, size_t num_connections, std::string model,
                         std::vector<std::string> texts)
    : model_(std::move(model)), texts_(std::move(texts)) {
  for (size_t i = 0; i < num_connections; ++i)
    connections_.push_back(std::make_unique<Connection>());
  for (size_t i = 0; i < num_connections; ++i) {
    connections_[i]->thread = std::thread([this, address, i] { Run(address, i); });
  }
}

PredictLoad::~PredictLoad() {
  stopping_ = true;
  for (const auto& connection : connections_) connection->thread.join();
}

void PredictLoad::Run(const std::string& address, size_t index) {
  Connection& connection = *connections_[index];
  const auto stub = evaluation::v1::EvaluationService::NewStub(OwnConnection(address));
  evaluation::v1::PredictRequest request;
  request.set_model(model_);
  request.add_texts("");
  for (size_t i = index; !stopping_; ++i) {
    request.set_texts(0, texts_[i % texts_.size()]);
    grpc::ClientContext context;
    evaluation::v1::PredictResponse response;
    const Clock::time_point began = Clock::now();
    const grpc::Status status = stub->Predict(&context, request, &response);
    const Clock::time_point ended = Clock::now();
    if (status.ok()) {
      Note(connection, response.model_version(), began, ended);
    } else {
      MutexLock lock(connection.mutex);
      connection.block.failures.push_back(
          absl::StrCat("code ", status.error_code(), ": ", status.error_message()));
    }
  }
}

void PredictLoad::Note(Connection& connection, const std::string& version, Clock::time_point began,
                       Clock::time_point ended) {
  const absl::StatusOr<models::Reference> reference = models::Reference::Parse(version);
  const uint64_t number = reference.ok() ? reference->number.value_or(0) : 0;
  MutexLock lock(connection.mutex);
  connection.block.latencies.push_back(absl::FromChrono(ended - began));
  if (number == 0 || number < connection.version) {
    connection.block.failures.push_back(
        absl::StrCat("version '", version, "' after ", connection.version));
  }
  if (number > connection.version) {
    connection.version = number;
    connection.since = ended;
  }
}

absl::Duration PredictLoad::AwaitVersion(uint64_t number, absl::Duration timeout) {
  const Clock::time_point begin = Clock::now();
  while (true) {
    Clock::time_point first = Clock::time_point::max();
    bool everywhere = true;
    for (const auto& connection : connections_) {
      MutexLock lock(connection->mutex);
      everywhere = everywhere && connection->version >= number;
      if (connection->version >= number) first = std::min(first, connection->since);
    }
    if (everywhere) return absl::FromChrono(std::max(first - begin, Clock::duration::zero()));
    if (Clock::now() - begin > absl::ToChronoNanoseconds(timeout)) return absl::InfiniteDuration();
    absl::SleepFor(absl::Milliseconds(1));
  }
}

PredictLoad::Block PredictLoad::TakeBlock() {
  Block all;
  for (const auto& connection : connections_) {
    Block block;
    {
      MutexLock lock(connection->mutex);
      std::swap(block, connection->block);
    }
    all.latencies.insert(all.latencies.end(), block.latencies.begin(), block.latencies.end());
    all.failures.insert(all.failures.end(), block.failures.begin(), block.failures.end());
  }
  return all;
}

}  // namespace winnow::integration

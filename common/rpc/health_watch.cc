#include "common/rpc/health_watch.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"

namespace winnow::rpc {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

}  // namespace

HealthWatch::HealthWatch(grpc::HealthCheckServiceInterface& health,
                         std::vector<ServedService> services)
    : health_(health), services_(std::move(services)), serving_(services_.size(), true) {
  for (const ServedService& service : services_) health_.SetServingStatus(service.name, true);
  const auto is_checked = [](const ServedService& service) { return service.check != nullptr; };
  if (std::none_of(services_.begin(), services_.end(), is_checked)) return;
  CheckAll();
  thread_.emplace(kInterval, [this](const std::stop_token&) { CheckAll(); });
}

void HealthWatch::CheckAll() {
  const std::vector<bool> before = serving_;
  for (size_t i = 0; i < services_.size(); ++i) {
    const auto& [name, check] = services_[i];
    const absl::Status status = check == nullptr ? absl::OkStatus() : check();
    serving_[i] = status.ok();
    if (serving_[i] == before[i]) continue;
    health_.SetServingStatus(name, serving_[i]);
    if (status.ok()) {
      LogEvent(LogLevel::kInfo, "serving_again", {{"service", name}});
    } else {
      LogEvent(LogLevel::kError, "not_serving",
               {{"service", name}, {"reason", std::string(status.message())}});
    }
  }
  const auto all = [](const std::vector<bool>& serving) {
    return std::find(serving.begin(), serving.end(), false) == serving.end();
  };
  if (all(serving_) != all(before)) health_.SetServingStatus("", all(serving_));
}

}  // namespace winnow::rpc

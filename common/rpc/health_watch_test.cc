#include "common/rpc/health_watch.h"

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "common/base/mutex.h"
#include "gtest/gtest.h"

namespace winnow::rpc {
namespace {

// Remembers what it was told.
class FakeHealth final : public grpc::HealthCheckServiceInterface {
 public:
  void SetServingStatus(const std::string& name, bool serving) override {
    MutexLock lock(mutex_);
    serving_[name] = serving;
    changed_.NotifyAll();
  }
  void SetServingStatus(bool) override {}
  void Shutdown() override {}

  bool IsServing(const std::string& name) {
    MutexLock lock(mutex_);
    return serving_.at(name);
  }
  void WaitUntil(const std::string& name, bool serving) {
    MutexLock lock(mutex_);
    while (!serving_.contains(name) || serving_[name] != serving) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, bool> serving_ WINNOW_GUARDED_BY(mutex_);
};

TEST(HealthWatch, AServiceThatCannotWorkIsNotServingUntilItCan) {
  FakeHealth health;
  std::atomic<bool> full = true;
  const auto check = [&] {
    return full ? absl::UnavailableError("no space left on device") : absl::OkStatus();
  };
  HealthWatch watch(health, {{"checked", check}, {"unchecked", nullptr}});
  health.WaitUntil("checked", false);
  health.WaitUntil("", false);
  EXPECT_TRUE(health.IsServing("unchecked"));
  full = false;
  health.WaitUntil("checked", true);
  health.WaitUntil("", true);
}

TEST(HealthWatch, AServiceCanRepeatWhatTheOneBeforeItHasFound) {
  FakeHealth health;
  const auto found = std::make_shared<absl::Status>();
  HealthWatch watch(health, {{"first", [found] { return *found = absl::UnavailableError("full"); }},
                             {"second", [found] { return *found; }}});
  EXPECT_FALSE(health.IsServing("first"));
  EXPECT_FALSE(health.IsServing("second"));
}

}  // namespace
}  // namespace winnow::rpc

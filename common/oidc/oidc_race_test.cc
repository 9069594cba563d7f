// Everything at once, for ThreadSanitizer: threads that show good and bad tokens while keys come
// and go.
#include <atomic>
#include <thread>
#include <vector>

#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/oidc/testing_keys.h"
#include "common/oidc/verifier.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

TEST(OidcRaceTest, TokensAreVerifiedWhileKeysChange) {
  const CapturedLog log;
  const TestKey lasting = TestKey::Ec("lasting");
  const TestKey a = TestKey::Ec("a");
  const TestKey b = TestKey::Ec("b");
  const std::string with_a = KeySetOf({&lasting, &a});
  const std::string with_b = KeySetOf({&lasting, &b});
  std::atomic<int> num_read = 0;
  const auto read = [&](const std::stop_token&) -> absl::StatusOr<std::string> {
    const int number = num_read++;
    if (number % 5 == 4) return absl::UnavailableError("away");
    return number % 2 == 0 ? with_a : with_b;
  };
  Verifier verifier(TestIssuer(), {read, absl::Milliseconds(1), absl::ZeroDuration()},
                    SystemClock::Get(), absl::Milliseconds(1));
  while (!verifier.Refresh().ok()) std::this_thread::yield();
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      const auto claims = TestClaims("anna", "manager", absl::Now());
      const std::string good = lasting.Sign("ES256", claims);
      const std::string fleeting = a.Sign("ES256", claims);
      while (num_read < 30) {
        const auto identity = verifier.Verify(good);
        ASSERT_TRUE(identity.ok()) << identity.status();
        EXPECT_EQ((*identity)->name, "anna");
        const auto perhaps = verifier.Verify(fleeting);
        EXPECT_TRUE(perhaps.ok() || ReasonOf(perhaps.status()) == "UNKNOWN_KEY");
        EXPECT_FALSE(verifier.Verify("a.b.c").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace winnow::oidc

#include "services/cli/shell/connect.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/shell/exit_code.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

absl::Status ConnectWith(const std::vector<std::string>& words) {
  std::istringstream in;
  std::ostringstream out, err;
  Interrupts interrupts;
  Environment environment = {.in = in,
                             .out = out,
                             .err = err,
                             .interrupts = interrupts,
                             .variable = [](const std::string&) { return ""; }};
  const absl::StatusOr<Invocation> invocation = Parse(ClientSpec({.name = "stats"}), words);
  EXPECT_TRUE(invocation.ok()) << invocation.status();
  return Connect(*invocation, environment).status();
}

TEST(Connect, SaysThatNoServerAnswers) {
  const absl::Status status = ConnectWith({"--server", "127.0.0.1:1"});
  EXPECT_EQ(ExitCodeOf(status), 3);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no server answers at 127.0.0.1:1"));
}

TEST(Connect, TakesOneAddressOrThree) {
  const absl::Status two = ConnectWith({"--server", "127.0.0.1:1,127.0.0.1:2"});
  EXPECT_EQ(ExitCodeOf(two), 2);
  EXPECT_THAT(std::string(two.message()),
              HasSubstr("is 2 addresses, must be one, or those of annotation"));
  const absl::Status three = ConnectWith({"--server", "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3"});
  EXPECT_EQ(ExitCodeOf(three), 3);
}

TEST(Connect, TakesAServerOrADataDirectory) {
  EXPECT_EQ(ExitCodeOf(ConnectWith({"--server", "127.0.0.1:1", "--data", "x"})), 2);
}

}  // namespace
}  // namespace winnow::cli

#include "services/cli/recipes/serve_address.h"

#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

TEST(Serve, ChecksWhereItMayListen) {
  EXPECT_TRUE(CheckAddress("127.0.0.1:7707", false).ok());
  EXPECT_TRUE(CheckAddress("127.0.0.1:0", false).ok());
  EXPECT_TRUE(CheckAddress("0.0.0.0:80", true).ok());
  EXPECT_FALSE(CheckAddress("0.0.0.0:80", false).ok());
  EXPECT_FALSE(CheckAddress("127.0.0.1:40000", false).ok());
  EXPECT_FALSE(CheckAddress("127.0.0.1", false).ok());
  EXPECT_TRUE(CheckAddress("unix:/tmp/winnow.sock", false).ok());
  EXPECT_FALSE(CheckAddress("127.evil.example:80", false).ok());
  EXPECT_FALSE(CheckAddress(":7707", true).ok());
  EXPECT_FALSE(CheckAddress("127.0.0.1:x", false).ok());
}

}  // namespace
}  // namespace winnow::cli

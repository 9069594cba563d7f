#include "services/cli/recipes/serve_address.h"

#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

TEST(Serve, ChecksHowAnAddressIsWritten) {
  EXPECT_TRUE(CheckAddressForm("127.0.0.1:7707").ok());
  EXPECT_TRUE(CheckAddressForm("127.0.0.1:0").ok());
  EXPECT_TRUE(CheckAddressForm("0.0.0.0:80").ok());
  EXPECT_FALSE(CheckAddressForm("127.0.0.1:40000").ok());
  EXPECT_FALSE(CheckAddressForm("127.0.0.1").ok());
  EXPECT_TRUE(CheckAddressForm("unix:/tmp/winnow.sock").ok());
  EXPECT_FALSE(CheckAddressForm(":7707").ok());
  EXPECT_FALSE(CheckAddressForm("127.0.0.1:x").ok());
}

}  // namespace
}  // namespace winnow::cli

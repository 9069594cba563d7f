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

TEST(Serve, ServesBrowsersWhereItIsTold) {
  EXPECT_EQ(*WebAddressOf("", "127.0.0.1:7707"), "127.0.0.1:7708");
  EXPECT_EQ(*WebAddressOf("", "unix:/tmp/winnow.sock"), "127.0.0.1:7708");
  // Several servers with free ports do not want the same one.
  EXPECT_EQ(*WebAddressOf("", "127.0.0.1:0"), "127.0.0.1:0");
  EXPECT_EQ(*WebAddressOf("0.0.0.0:80", "127.0.0.1:0"), "0.0.0.0:80");
  EXPECT_EQ(*WebAddressOf("none", "127.0.0.1:0"), "");
  for (const char* wrong : {"7708", "127.0.0.1:x", "127.0.0.1:40000", "unix:/tmp/web.sock"})
    EXPECT_FALSE(WebAddressOf(wrong, "127.0.0.1:0").ok()) << wrong;
}

}  // namespace
}  // namespace winnow::cli

#include "common/oidc/issuer_options.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

size_t NumProblems(const IssuerOptions& options) {
  return Violations::Of(CheckIssuer(options)).size();
}

TEST(IssuerOptionsTest, AllOrNothing) {
  EXPECT_TRUE(CheckIssuer({}).ok());
  EXPECT_TRUE(CheckIssuer({"https://issuer.example", "winnow", "roles", ""}).ok());
  EXPECT_EQ(NumProblems({"https://issuer.example", "", "", ""}), 2u);
  EXPECT_EQ(NumProblems({"", "winnow", "", ""}), 2u);
  EXPECT_EQ(NumProblems({"", "", "", "keys.json"}), 3u);
}

TEST(IssuerOptionsTest, WhatIsFetchedIsEncrypted) {
  EXPECT_EQ(NumProblems({"http://issuer.example", "winnow", "roles", ""}), 1u);
  EXPECT_EQ(NumProblems({"http://issuer.example", "winnow", "roles", "http://issuer.example/k"}),
            1u);
  // Its name alone, where nothing is fetched from it.
  EXPECT_EQ(NumProblems({"http://issuer.example", "winnow", "roles", "keys.json"}), 0u);
}

}  // namespace
}  // namespace winnow::oidc

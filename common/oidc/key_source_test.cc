#include "common/oidc/key_source.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/oidc/testing_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace winnow::oidc {
namespace {

using ::testing::HasSubstr;

constexpr char kConfiguration[] = "/.well-known/openid-configuration";

TEST(KeySourceTest, AFileIsReadAsItIsNow) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_keys_", getpid(), ".json");
  IssuerOptions options;
  options.keys = file.string();
  const KeySource source = KeySourceOf(options);
  EXPECT_THAT(source.read({}).status().message(), HasSubstr(file.string()));
  for (const char* content : {"a", "b"}) {
    ASSERT_TRUE(WriteFileAtomically(file, content).ok());
    EXPECT_EQ(*source.read({}), content);
  }
  std::filesystem::remove(file);
}

TEST(KeySourceTest, AnAddressIsFetched) {
  TestServer server;
  server.Put("/keys", "the keys");
  IssuerOptions options;
  options.keys = server.address() + "/keys";
  EXPECT_EQ(*KeySourceOf(options).read({}), "the keys");
}

TEST(KeySourceTest, TheIssuerTellsWhereItsKeysAre) {
  TestServer server;
  server.Put("/realm/keys", "the keys");
  for (const std::string& issuer :
       {absl::StrCat(server.address(), "/realm"), absl::StrCat(server.address(), "/realm/")}) {
    const nlohmann::json told = {{"issuer", issuer},
                                 {"jwks_uri", server.address() + "/realm/keys"}};
    server.Put(absl::StrCat("/realm", kConfiguration), told.dump());
    IssuerOptions options;
    options.issuer = issuer;
    EXPECT_EQ(*KeySourceOf(options).read({}), "the keys");
  }
}

TEST(KeySourceTest, WhatAnIssuerTellsIsNotTrustedBlindly) {
  TestServer server;
  IssuerOptions options;
  options.issuer = server.address();
  const KeySource source = KeySourceOf(options);
  EXPECT_THAT(source.read({}).status().message(), HasSubstr("404"));
  const auto tell = [&](const std::string& text) {
    server.Put(kConfiguration, text);
    return std::string(source.read({}).status().message());
  };
  EXPECT_THAT(tell("<html>"), HasSubstr("jwks_uri"));
  EXPECT_THAT(tell(nlohmann::json{{"issuer", options.issuer}}.dump()), HasSubstr("jwks_uri"));
  EXPECT_THAT(tell(R"({"issuer":"https://other","jwks_uri":"https://other/keys"})"),
              HasSubstr("https://other"));
  const nlohmann::json plain = {{"issuer", options.issuer},
                                {"jwks_uri", "http://keys.example/keys"}};
  EXPECT_THAT(tell(plain.dump()), HasSubstr("https://"));
}

}  // namespace
}  // namespace winnow::oidc

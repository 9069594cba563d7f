#include "services/cli/shell/sign_in.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

class SignInTest : public testing::Test {
 protected:
  SignInTest() {
    std::filesystem::remove_all(home_);
    std::filesystem::create_directories(home_ / ".config" / "winnow");
    variables_["HOME"] = home_.string();
    environment_.variable = [this](const std::string& name) { return variables_[name]; };
  }
  ~SignInTest() override { std::filesystem::remove_all(home_); }

  void WriteTokenFile(mode_t mode) {
    const std::filesystem::path file = home_ / ".config" / "winnow" / "token";
    ASSERT_TRUE(WriteFileDurably(file, "wnw_of_file\n").ok());
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
  }
  absl::StatusOr<rpc::ConnectOptions> Read(const std::vector<std::string>& words) {
    CommandSpec spec;
    spec.options = SignInOptions();
    const auto invocation = Parse(spec, words);
    EXPECT_TRUE(invocation.ok()) << invocation.status();
    return ReadSignIn(*invocation, environment_);
  }

  const std::filesystem::path home_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_sign_in_", getpid());
  std::map<std::string, std::string> variables_;
  std::istringstream in_;
  std::ostringstream out_, err_;
  Interrupts interrupts_;
  Environment environment_ = {.in = in_, .out = out_, .err = err_, .interrupts = interrupts_};
};

TEST_F(SignInTest, TheOptionIsBeforeTheVariableAndTheVariableBeforeTheFile) {
  EXPECT_EQ(Read({})->token, "");
  WriteTokenFile(0600);
  EXPECT_EQ(Read({})->token, "wnw_of_file");
  variables_["WINNOW_TOKEN"] = "wnw_of_variable";
  EXPECT_EQ(Read({})->token, "wnw_of_variable");
  EXPECT_EQ(Read({"--token", "wnw_typed"})->token, "wnw_typed");
}

TEST_F(SignInTest, AFileThatOthersCanReadIsRefusedWithWhatToDo) {
  for (const mode_t mode : {0640, 0604, 0644}) {
    WriteTokenFile(mode);
    const auto refused = Read({});
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition) << mode;
    EXPECT_THAT(refused.status().message(), HasSubstr("chmod 600"));
  }
  EXPECT_EQ(Read({"--token", "wnw_typed"})->token, "wnw_typed");
}

TEST_F(SignInTest, TheAuthorityIsTheOptionsOrTheVariables) {
  EXPECT_EQ(Read({})->tls.authority, "");
  variables_["WINNOW_TLS_CA"] = "ca.pem";
  EXPECT_EQ(Read({})->tls.authority, "ca.pem");
  EXPECT_EQ(Read({"--tls-ca", "system"})->tls.authority, "system");
}

}  // namespace
}  // namespace winnow::cli

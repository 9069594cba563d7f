// Helpers for tests of people.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace winnow::access {

// A directory DATA/access that is not there yet, removed at the end.
class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    data_ =
        std::filesystem::path(testing::TempDir()) /
        absl::StrCat("winnow_access_", info->test_suite_name(), "_", info->name(), "_", getpid());
    std::filesystem::remove_all(data_);
  }
  ~AccessTest() override { std::filesystem::remove_all(data_); }

  std::filesystem::path directory() const { return data_ / "access"; }
  std::filesystem::path file(const std::string& name) const { return directory() / name; }

 private:
  std::filesystem::path data_;
};

}  // namespace winnow::access

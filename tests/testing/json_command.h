// The winnow command as a script uses it.
#pragma once

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"

namespace winnow::integration {

// What `winnow WORDS --json` prints with this server. A failed expectation when it does not exit
// with 0.
inline nlohmann::json RunJson(const WinnowServer& server, std::vector<std::string> words) {
  words.insert(words.end(), {"--json", "--server", server.address()});
  const Finished finished = RunToEnd("winnow", words);
  EXPECT_EQ(finished.exit_code, 0) << finished;
  return nlohmann::json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
}

}  // namespace winnow::integration

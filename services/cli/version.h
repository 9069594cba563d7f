// The version of this program.
#pragma once

#include <string>

namespace winnow::cli {

// "winnow 0.1.0 (commit 0123456789ab of 2026-11-28, Release)"; the commit ends with "-dirty" where
// the sources had changes, and is missing where they did not come from git. Made by
// cmake/version.cmake.
std::string Version();

}  // namespace winnow::cli

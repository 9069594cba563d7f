// Tables and counts for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace winnow::cli {

// Columns two blanks apart. Not thread-safe.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  // REQUIRES: as many cells as the header has.
  void Add(std::vector<std::string> row);
  // Lines that end with '\n'. A column whose every cell begins with a digit (or is "-") is set
  // flush right.
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "83.1" for 0.831.
std::string Percent(double share);

// "3 texts", "1 text".
std::string Counted(uint64_t count, absl::string_view noun);

}  // namespace winnow::cli

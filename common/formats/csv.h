// Cells parted by a delimiter, as spreadsheets write them (RFC 4180).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/formats/lines.h"

namespace winnow::formats {

// Reads a file that comes in pieces, row by row. A quoted cell may hold the delimiter, line breaks
// and doubled quotes. Rows without a cell that holds anything are left out. Not thread-safe.
class CsvReader {
 public:
  // `line`: the one that the row begins in, from 1.
  using Take = std::function<void(size_t line, std::vector<std::string> cells)>;
  CsvReader(char delimiter, Take take, LineViolations& violations)
      : delimiter_(delimiter), take_(std::move(take)), violations_(violations) {}

  void Add(absl::string_view piece);
  void Finish();

 private:
  void AddChar(char c);
  void EndCell();
  void EndRow();

  const char delimiter_;
  const Take take_;
  LineViolations& violations_;
  // Of the file, and of the row that is being read.
  size_t line_ = 1, row_line_ = 1;
  enum class In { kCell, kQuotes, kAfterQuote } in_ = In::kCell;
  size_t row_bytes_ = 0;
  std::string cell_;
  std::vector<std::string> cells_;
};

}  // namespace winnow::formats

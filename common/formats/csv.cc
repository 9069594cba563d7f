#include "common/formats/csv.h"

#include <algorithm>

namespace winnow::formats {

void CsvReader::Add(absl::string_view piece) {
  for (const char c : piece) AddChar(c);
}

void CsvReader::AddChar(char c) {
  if (c == '\n') ++line_;
  if (++row_bytes_ <= LineCutter::kMaxBytes) {
    if (in_ == In::kQuotes) {
      if (c != '"') return cell_.push_back(c);
      in_ = In::kAfterQuote;
      return;
    }
    if (c == '"' && (in_ == In::kAfterQuote || cell_.empty())) {
      if (in_ == In::kAfterQuote) cell_.push_back('"');
      in_ = In::kQuotes;
      return;
    }
    in_ = In::kCell;
    if (c == delimiter_) return EndCell();
    if (c != '\n') return cell_.push_back(c);
  }
  if (c == '\n') EndRow();
}

void CsvReader::EndCell() {
  cells_.push_back(std::exchange(cell_, {}));
  in_ = In::kCell;
}

void CsvReader::EndRow() {
  if (!cell_.empty() && cell_.back() == '\r') cell_.pop_back();
  EndCell();
  std::vector<std::string> cells = std::exchange(cells_, {});
  const size_t line = std::exchange(row_line_, line_);
  if (std::exchange(row_bytes_, 0) > LineCutter::kMaxBytes)
    return violations_.Add(line, "", LineCutter::kTooLong);
  for (const std::string& cell : cells) {
    if (!CheckLine(line, cell, violations_)) return;
  }
  const auto empty = [](const std::string& cell) { return cell.empty(); };
  if (!std::all_of(cells.begin(), cells.end(), empty)) take_(line, std::move(cells));
}

void CsvReader::Finish() {
  if (in_ == In::kQuotes) violations_.Add(row_line_, "", "a quoted cell has no end");
  if (row_bytes_ > 0) EndRow();
}

}  // namespace winnow::formats

#include "services/cli/terminal/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/letters.h"

namespace winnow::cli {
namespace {

bool StartsWithDigit(absl::string_view cell) {
  return cell == "-" || (!cell.empty() && absl::ascii_isdigit(static_cast<unsigned char>(cell[0])));
}

}  // namespace

Table::Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void Table::Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

std::string Table::ToString() const {
  std::string out;
  std::vector<size_t> widths(rows_[0].size(), 0);
  std::vector<bool> flush_right(rows_[0].size(), rows_.size() > 1);
  for (size_t i = 0; i < rows_.size(); ++i) {
    for (size_t column = 0; column < rows_[i].size(); ++column) {
      widths[column] = std::max(widths[column], text::DisplayWidth(rows_[i][column]));
      if (i > 0 && !StartsWithDigit(rows_[i][column])) flush_right[column] = false;
    }
  }
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      const std::string blanks(widths[column] - text::DisplayWidth(row[column]), ' ');
      absl::StrAppend(&line, column > 0 ? "  " : "",
                      flush_right[column] ? blanks + row[column] : row[column] + blanks);
    }
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return out;
}

std::string Percent(double share) { return absl::StrFormat("%.1f", 100 * share); }

std::string Counted(uint64_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace winnow::cli

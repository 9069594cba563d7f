#include "common/formats/token_lines.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace winnow::formats {
namespace {

bool PartsSentences(absl::string_view line) {
  return absl::StripAsciiWhitespace(line).empty() || absl::StartsWith(line, "-DOCSTART-") ||
         absl::StartsWith(line, "# ") || line == "#";
}

std::vector<absl::string_view> Columns(absl::string_view line) {
  std::vector<absl::string_view> columns;
  if (absl::StrContains(line, '\t')) {
    columns = absl::StrSplit(line, '\t');
  } else {
    columns = absl::StrSplit(line, ' ', absl::SkipEmpty());
  }
  // A running number before the token.
  int number = 0;
  if (columns.size() > 2 && absl::SimpleAtoi(columns[0], &number)) columns.erase(columns.begin());
  return columns;
}

}  // namespace

bool IsTokenLines(const std::vector<absl::string_view>& lines) {
  size_t num_tokens = 0;
  bool any_label = false;
  for (const absl::string_view line : lines) {
    if (PartsSentences(line)) continue;
    const std::vector<absl::string_view> columns = Columns(line);
    constexpr size_t kMaxColumns = 12;
    if (columns.size() < 2 || columns.size() > kMaxColumns || columns.back().empty() ||
        !IsTag(columns.back())) {
      return false;
    }
    ++num_tokens;
    any_label |= columns.back().size() > 2;
  }
  // A line or two of text may end with an O.
  constexpr size_t kEnough = 5;
  return any_label || num_tokens >= kEnough;
}

void TokenLines::ReadLine(size_t number, absl::string_view line) {
  if (PartsSentences(line)) return EndSentence();
  if (!CheckLine(number, line, violations_)) return;
  const std::vector<absl::string_view> columns = Columns(line);
  if (columns.size() < 2) return violations_.Add(number, "", "has a token and no tag");
  if (num_bytes_ > kMaxBytes) return;
  num_bytes_ += columns.front().size() + columns.back().size() + 1;
  if (num_bytes_ > kMaxBytes) {
    violations_.Add(lines_.empty() ? number : lines_.front(), "",
                    absl::StrCat("begins a sentence of more than ", kMaxBytes >> 20, " MiB"));
    sentence_ = {};
    lines_.clear();
    return;
  }
  sentence_.tokens.emplace_back(columns.front());
  sentence_.tags.emplace_back(columns.back());
  lines_.push_back(number);
}

void TokenLines::EndSentence() {
  num_bytes_ = 0;
  if (lines_.empty()) return;
  nlohmann::json row = TaggedRow(
      sentence_, [&](size_t i, const std::string& what) { violations_.Add(lines_[i], "", what); });
  take_(lines_.front(), std::move(row));
  sentence_ = {};
  lines_.clear();
}

}  // namespace winnow::formats

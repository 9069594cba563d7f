#include "common/formats/lines.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::formats {

void LineViolations::Add(size_t line, absl::string_view field, absl::string_view what) {
  ++count_;
  const auto behind =
      std::upper_bound(items_.begin(), items_.end(), line,
                       [](size_t number, const Item& item) { return number < item.line; });
  if (items_.size() == Violations::kMaxListed) {
    if (behind == items_.end()) return;
    items_.pop_back();
  }
  items_.insert(behind, {line, std::string(field), std::string(what)});
}

absl::Status LineViolations::ToStatus(absl::string_view summary) const {
  Violations violations;
  for (const Item& item : items_) {
    const std::string line = item.line == 0 ? "file" : absl::StrCat(unit_, " ", item.line);
    violations.Add(item.field.empty() ? line : absl::StrCat(line, ": ", item.field), item.what);
  }
  violations.AddUnlisted(count_ - items_.size());
  return violations.ToStatus(summary);
}

void LineCutter::Keep(absl::string_view part) {
  if (too_long_) return;
  if (line_.size() + part.size() <= kMaxBytes) {
    line_.append(part.data(), part.size());
    return;
  }
  violations_.Add(number_, "", kTooLong);
  too_long_ = true;
  std::string().swap(line_);
}

bool CheckLine(size_t number, absl::string_view line, LineViolations& violations) {
  if (const size_t byte = text::FindInvalidUtf8(line); byte != absl::string_view::npos) {
    violations.Add(number, "", absl::StrCat("invalid UTF-8 at byte ", byte + 1));
    return false;
  }
  if (const size_t byte = line.find('\0'); byte != absl::string_view::npos) {
    violations.Add(number, "", absl::StrCat("NUL at byte ", byte + 1));
    return false;
  }
  return true;
}

}  // namespace winnow::formats

// The line-based formats share this: a file is cut into lines, and all that is wrong with them is
// collected.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"

namespace winnow::formats {

// Calls `read(number, line)` for each line of `content` in order, without its LF or CR LF. Lines
// are numbered from `first_line`; a byte order mark before line 1 is dropped.
template <typename Read>
void ForEachLine(absl::string_view content, Read read, size_t first_line = 1) {
  constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (first_line == 1 && content.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    content.remove_prefix(kByteOrderMark.size());
  for (size_t number = first_line; !content.empty(); ++number) {
    const size_t end = content.find('\n');
    absl::string_view line = content.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    read(number, line);
    content.remove_prefix(end == absl::string_view::npos ? content.size() : end + 1);
  }
}

// Violations by line, or by row where a file's rows have no lines of their own: the first
// Violations::kMaxListed, and the number of all, so that it takes no more memory however bad a file
// is. Not thread-safe.
class LineViolations {
 public:
  // What the numbers count: "line" at first.
  void set_unit(absl::string_view unit) { unit_ = std::string(unit); }
  const std::string& unit() const { return unit_; }

  // `field` may be empty: the line as a whole. Line 0: the file as a whole.
  void Add(size_t line, absl::string_view field, absl::string_view what);
  bool empty() const { return count_ == 0; }
  // Whether one more, of a later line, would only be counted: it need not be described.
  bool is_full() const { return count_ >= Violations::kMaxListed; }

  // OK when empty; else InvalidArgument as of Violations::ToStatus, in the order of the lines.
  absl::Status ToStatus(absl::string_view summary) const;

 private:
  struct Item {
    size_t line;
    std::string field;
    std::string what;
  };
  std::string unit_ = "line";
  // In the order of the lines.
  std::vector<Item> items_;
  size_t count_ = 0;
};

// Cuts a file that comes in pieces into lines as ForEachLine does. Not thread-safe.
class LineCutter {
 public:
  // Longer lines are refused, and not kept.
  static constexpr size_t kMaxBytes = size_t{16} << 20;
  static constexpr absl::string_view kTooLong = "is longer than 16 MiB";

  explicit LineCutter(LineViolations& violations) : violations_(violations) {}

  // Calls `read(number, line)` for each line that ends in `piece`.
  template <typename Read>
  void Add(absl::string_view piece, Read read) {
    for (size_t end; (end = piece.find('\n')) != absl::string_view::npos;) {
      Keep(piece.substr(0, end));
      EndLine(read);
      piece.remove_prefix(end + 1);
    }
    Keep(piece);
  }
  // The last line.
  template <typename Read>
  void Finish(Read read) {
    if (!line_.empty()) EndLine(read);
  }

 private:
  void Keep(absl::string_view part);
  template <typename Read>
  void EndLine(Read read) {
    absl::string_view line = line_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!too_long_) read(number_, line);
    line_.clear();
    too_long_ = false;
    ++number_;
  }

  LineViolations& violations_;
  std::string line_;
  size_t number_ = 1;
  bool too_long_ = false;
};

// Adds what keeps `line` from being read as text: ill-formed UTF-8, NUL. True if there was nothing.
bool CheckLine(size_t number, absl::string_view line, LineViolations& violations);

}  // namespace winnow::formats

// Token-per-line files, as in the CoNLL shared tasks.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/formats/lines.h"
#include "common/formats/tags.h"

namespace winnow::formats {

// Whether the first lines of a file are such: see TokenLines.
bool IsTokenLines(const std::vector<absl::string_view>& lines);

// Reads lines with at least two columns, parted by tabs, or by blanks where there is no tab: the
// token first (after a running number, if there is one), its tag last. Blank lines, -DOCSTART- and
// lines that begin with "# " part sentences. Each becomes a row as of TaggedRow; one longer than
// any text may be is refused where it begins. Not thread-safe.
class TokenLines {
 public:
  using Take = std::function<void(size_t number, nlohmann::json row)>;
  TokenLines(Take take, LineViolations& violations)
      : take_(std::move(take)), violations_(violations) {}

  void ReadLine(size_t number, absl::string_view line);
  void Finish() { EndSentence(); }

 private:
  // Of tokens and tags of a sentence: twice the longest text.
  static constexpr size_t kMaxBytes = size_t{2} << 20;

  void EndSentence();

  const Take take_;
  LineViolations& violations_;
  TaggedTokens sentence_;
  std::vector<size_t> lines_;
  size_t num_bytes_ = 0;
};

}  // namespace winnow::formats

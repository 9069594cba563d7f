#include "common/formats/recognise.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/formats/lines.h"
#include "common/formats/table.h"
#include "common/formats/tags.h"
#include "common/formats/token_lines.h"

namespace winnow::formats {
namespace {

// The first lines that hold anything.
std::vector<absl::string_view> FirstLines(absl::string_view head) {
  constexpr size_t kMaxLines = 30;
  // The last line of a longer file may be cut.
  if (head.size() >= kRecogniseBytes) head = head.substr(0, head.rfind('\n'));
  std::vector<absl::string_view> lines;
  ForEachLine(head, [&](size_t, absl::string_view line) {
    if (lines.size() < kMaxLines && !absl::StripAsciiWhitespace(line).empty())
      lines.push_back(line);
  });
  return lines;
}

// An object that goes on after its first line, as pretty-printed ones do.
bool GoesOn(absl::string_view line, size_t num_lines) {
  line = absl::StripTrailingAsciiWhitespace(line);
  if (num_lines == 1 || !absl::StrContains("{[,:", line.substr(line.size() - 1))) return false;
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (in_string && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      depth += absl::StrContains("{[", line.substr(i, 1)) ? 1 : 0;
      depth -= absl::StrContains("}]", line.substr(i, 1)) ? 1 : 0;
    }
  }
  return depth > 0;
}

std::optional<Container> RecogniseJson(absl::string_view head,
                                       const std::vector<absl::string_view>& lines) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(head);
  if (absl::StartsWith(text, "{"))
    return GoesOn(lines[0], lines.size()) ? Container::kJsonValues : Container::kJsonLines;
  if (!absl::StartsWith(text, "[")) return std::nullopt;
  const absl::string_view inside = absl::StripLeadingAsciiWhitespace(text.substr(1));
  // A row of its own: ["text", {"entities": [...]}].
  if (absl::StartsWith(inside, "\"")) {
    const absl::string_view end = absl::StripTrailingAsciiWhitespace(lines[0]);
    return absl::EndsWith(end, "]") ? Container::kJsonLines : Container::kJsonArray;
  }
  if (inside.empty() || absl::StrContains("{[(']", inside.substr(0, 1)))
    return Container::kJsonArray;
  return std::nullopt;
}

struct Named {
  absl::string_view beginning;
  absl::string_view what;
};

constexpr Named kNamed[] = {
    {"#FORMAT=WebAnno TSV",
     "INCEpTION's or WebAnno's TSV; export the documents as CoNLL 2002 instead"},
    {"<", "XML or HTML; write the texts as JSONL or plain text"},
    {"(\"", "Python source; write the list with json.dump"},
    {"('", "Python source; write the list with json.dump"},
    {"TRAIN_DATA", "Python source (spaCy's training data); write the list with json.dump"},
    {"import ", "Python source; write its data with json.dump"},
};

// brat's lines: "T1 <tab> PER 0 5 <tab> Paris".
bool IsBrat(absl::string_view line) {
  const std::vector<absl::string_view> cells = absl::StrSplit(line, '\t');
  return cells.size() == 3 && absl::StartsWith(cells[0], "T") && cells[0].size() > 1 &&
         std::all_of(cells[0].begin() + 1, cells[0].end(), absl::ascii_isdigit) &&
         std::count(cells[1].begin(), cells[1].end(), ' ') >= 2;
}

std::string LooksLike(absl::string_view line) {
  for (const Named& named : kNamed) {
    if (absl::StartsWith(line, named.beginning)) return std::string(named.what);
  }
  if (IsBrat(line)) {
    return "brat's standoff (.ann), which has the offsets without the text; write text and spans "
           "together as JSONL";
  }
  return "";
}

}  // namespace

Recognised Recognise(absl::string_view head) {
  const std::vector<absl::string_view> lines = FirstLines(head);
  if (lines.empty()) return {.looks_like = ""};
  if (const std::optional<Container> json = RecogniseJson(head, lines)) return {*json, ""};
  if (std::string named = LooksLike(absl::StripLeadingAsciiWhitespace(lines[0])); !named.empty())
    return {Container::kRefused, std::move(named)};
  if (IsTokenLines(lines)) return {Container::kTokens, ""};
  if (const std::optional<char> delimiter = TableDelimiter(lines[0]))
    return {Container::kTable, "", *delimiter};
  return {};
}

}  // namespace winnow::formats

#include "tests/bench/conll.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::bench {
namespace {

uint32_t LabelOf(absl::string_view label, std::vector<std::string>& labels) {
  const auto it = std::find(labels.begin(), labels.end(), label);
  if (it != labels.end()) return static_cast<uint32_t>(it - labels.begin());
  labels.emplace_back(label);
  return static_cast<uint32_t>(labels.size() - 1);
}

// Returns what is wrong with the line, or empty. `open`: whether the token before belongs to the
// last span.
std::string AddLine(absl::string_view line, bool& open, ConllSentence& sentence,
                    std::vector<std::string>& labels) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, '\t');
  if (fields.size() != 2 || fields[0].empty()) return "expected a token, a tab and a tag";
  const auto [token, tag] = std::pair(fields[0], fields[1]);
  if (text::FindInvalidUtf8(token) != absl::string_view::npos) return "the token is not UTF-8";
  const uint32_t position = static_cast<uint32_t>(sentence.tokens.size());
  const bool begins = absl::StartsWith(tag, "B-"), continues = absl::StartsWith(tag, "I-");
  if (tag != "O" && (!(begins || continues) || tag.size() == 2)) {
    return absl::StrCat("expected the tag O, B-LABEL or I-LABEL, not \"", tag, "\"");
  }
  if (continues && (!open || labels[sentence.spans.back().label] != tag.substr(2))) {
    return absl::StrCat("\"", tag, "\" does not continue an entity");
  }
  sentence.tokens.emplace_back(token);
  open = begins || continues;
  if (begins) sentence.spans.push_back({position, position + 1, LabelOf(tag.substr(2), labels)});
  if (continues) sentence.spans.back().end = position + 1;
  return "";
}

}  // namespace

absl::StatusOr<std::vector<ConllSentence>> ReadConll(const std::filesystem::path& path,
                                                     std::vector<std::string>& labels) {
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  std::vector<ConllSentence> sentences;
  Violations violations;
  ConllSentence sentence;
  bool open = false;
  const auto finish = [&] {
    if (!sentence.tokens.empty()) sentences.push_back(std::exchange(sentence, {}));
    open = false;
  };
  size_t number = 0;
  for (absl::string_view line : absl::StrSplit(content, '\n')) {
    ++number;
    line = absl::StripSuffix(line, "\r");
    if (line.empty()) {
      finish();
    } else if (const std::string wrong = AddLine(line, open, sentence, labels); !wrong.empty()) {
      violations.Add(absl::StrCat(path.string(), ":", number), wrong);
      open = false;
    }
  }
  finish();
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("not a CoNLL file"));
  return sentences;
}

size_t RemoveKnown(absl::Span<const ConllSentence> train, std::vector<ConllSentence>& sentences) {
  std::set<std::vector<std::string>> known;
  for (const ConllSentence& sentence : train) known.insert(sentence.tokens);
  return std::erase_if(
      sentences, [&](const ConllSentence& sentence) { return known.contains(sentence.tokens); });
}

}  // namespace winnow::bench

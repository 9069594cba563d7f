#include "tests/bench/sentences.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/formats/dataset.h"
#include "common/text/tokenizer.h"
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
std::string AddLine(absl::string_view line, bool& open, Sentence& sentence,
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

absl::StatusOr<std::vector<Sentence>> ParseConll(const std::string& content,
                                                 const std::string& name,
                                                 std::vector<std::string>& labels) {
  std::vector<Sentence> sentences;
  Violations violations;
  Sentence sentence;
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
      violations.Add(absl::StrCat(name, ":", number), wrong);
      open = false;
    }
  }
  finish();
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("not a CoNLL file"));
  return sentences;
}

Sentence ToSentence(const formats::ParsedRow& row, std::vector<std::string>& labels) {
  Sentence sentence;
  std::map<uint32_t, uint32_t> token_at, token_before;  // by code points
  for (const text::Token& token : text::Tokenize(row.text)) {
    const auto number = static_cast<uint32_t>(sentence.tokens.size());
    token_at[token.start] = number;
    token_before[token.end] = number;
    sentence.tokens.push_back(row.text.substr(token.begin_byte, token.end_byte - token.begin_byte));
  }
  for (const storage::v1::Decision& decision : row.answer.decisions()) {
    const storage::v1::Span& span = decision.span();
    const uint32_t label = LabelOf(span.label(), labels);
    const auto first = token_at.find(span.start()), last = token_before.find(span.end());
    if (first == token_at.end() || last == token_before.end()) {
      sentence.off_token_labels.push_back(label);
    } else {
      sentence.spans.push_back({first->second, last->second + 1, label});
    }
  }
  std::sort(sentence.spans.begin(), sentence.spans.end());
  return sentence;
}

absl::StatusOr<std::vector<Sentence>> ParseProdigy(const std::string& content,
                                                   const std::string& name,
                                                   std::vector<std::string>& labels) {
  const auto parsed = formats::ParseDataset(content, {.coverage = formats::Coverage::kComplete});
  if (!parsed.ok())
    return absl::Status(parsed.status().code(),
                        absl::StrCat(name, ": ", parsed.status().message()));
  std::vector<Sentence> sentences;
  for (const formats::ParsedRow& row : parsed->rows) {
    if (row.answer.verdict() == storage::v1::VERDICT_ACCEPT)
      sentences.push_back(ToSentence(row, labels));
  }
  return sentences;
}

}  // namespace

std::filesystem::path FileOfSplit(const std::filesystem::path& directory, absl::string_view split) {
  const std::filesystem::path conll = directory / absl::StrCat(split, ".conll");
  const std::filesystem::path prodigy = directory / absl::StrCat(split, ".prodigy.jsonl");
  return std::filesystem::exists(conll) || !std::filesystem::exists(prodigy) ? conll : prodigy;
}

absl::StatusOr<std::vector<Sentence>> ReadAnnotated(const std::filesystem::path& path,
                                                    std::vector<std::string>& labels) {
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  return path.extension() == ".jsonl" ? ParseProdigy(content, path.string(), labels)
                                      : ParseConll(content, path.string(), labels);
}

size_t RemoveKnown(absl::Span<const Sentence> train, std::vector<Sentence>& sentences) {
  std::set<std::vector<std::string>> known;
  for (const Sentence& sentence : train) known.insert(sentence.tokens);
  return std::erase_if(sentences,
                       [&](const Sentence& sentence) { return known.contains(sentence.tokens); });
}

}  // namespace winnow::bench

#include "common/formats/conll.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/formats/lines.h"

namespace winnow::formats {
namespace {

class ConllParser {
 public:
  void ReadLine(size_t number, absl::string_view line) {
    if (line.empty()) return EndSentence();
    if (!CheckLine(number, line, violations_)) return;
    const size_t tab = line.find('\t');
    if (tab == absl::string_view::npos)
      return violations_.Add(number, "", "has no tab between token and tag");
    const absl::string_view token = line.substr(0, tab);
    const absl::string_view tag = line.substr(tab + 1);
    if (token.empty()) violations_.Add(number, "token", "is empty");
    if (absl::StrContains(tag, '\t'))
      return violations_.Add(number, "", "has more than two columns");
    if (tag != "O" &&
        !((absl::StartsWith(tag, "B-") || absl::StartsWith(tag, "I-")) && tag.size() > 2)) {
      return violations_.Add(number, "tag",
                             absl::StrCat("is \"", tag, "\", not O, B-label or I-label"));
    }
    AddToken(token, tag);
  }

  absl::StatusOr<ConllFile> Finish() && {
    EndSentence();
    WINNOW_RETURN_IF_ERROR(violations_.ToStatus("not valid token-per-line data"));
    return std::move(file_);
  }

 private:
  void AddToken(absl::string_view token, absl::string_view tag) {
    const uint32_t index = static_cast<uint32_t>(sentence_.tokens.size());
    sentence_.tokens.emplace_back(token);
    if (tag == "O") return;
    const absl::string_view label = tag.substr(2);
    std::vector<ConllSpan>& spans = sentence_.spans;
    const bool continues =
        !spans.empty() && spans.back().end == index && spans.back().label == label;
    // An I- without its B- opens a span all the same, as common evaluations read it, and is
    // counted.
    if (tag[0] == 'I' && continues) {
      ++spans.back().end;
      return;
    }
    if (tag[0] == 'I') ++file_.num_unopened_tags;
    spans.push_back({index, index + 1, std::string(label)});
  }

  void EndSentence() {
    if (!sentence_.tokens.empty()) file_.sentences.push_back(std::move(sentence_));
    sentence_ = {};
  }

  ConllFile file_;
  ConllSentence sentence_;
  LineViolations violations_;
};

}  // namespace

absl::StatusOr<ConllFile> ParseConll(absl::string_view content) {
  ConllParser parser;
  ForEachLine(content,
              [&](size_t number, absl::string_view line) { parser.ReadLine(number, line); });
  return std::move(parser).Finish();
}

}  // namespace winnow::formats

#include "common/formats/tags.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/utf8.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using Wrong = std::function<void(size_t, const std::string&)>;

bool IsOutside(absl::string_view tag) {
  return tag == "O" || tag == "-" || tag == "_" || tag.empty();
}

struct Place {
  size_t start = 0;
  size_t end = 0;
};

// Where the tokens lie in `text`, in code points, with white space between them at most.
std::vector<Place> PlacesOf(const std::vector<std::string>& tokens, absl::string_view text,
                            const Wrong& wrong) {
  std::vector<Place> places;
  size_t byte = 0, position = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    for (size_t next = byte; next < text.size(); byte = next, ++position) {
      if (absl::StartsWith(text.substr(byte), tokens[i]) ||
          !text::IsWhiteSpace(text::DecodeUtf8(text, next))) {
        break;
      }
    }
    if (!absl::StartsWith(text.substr(byte), tokens[i])) {
      wrong(i, absl::StrCat("the token \"", tokens[i], "\" does not follow in the text"));
      return std::vector<Place>(tokens.size());
    }
    const size_t length = text::NumCodePoints(tokens[i]);
    places.push_back({position, position + length});
    byte += tokens[i].size();
    position += length;
  }
  return places;
}

}  // namespace

bool IsTag(absl::string_view tag) {
  return IsOutside(tag) ||
         (tag.size() > 2 && tag[1] == '-' && absl::StrContains("BIESLU", tag.substr(0, 1)));
}

json TaggedRow(const TaggedTokens& sentence, const Wrong& wrong) {
  std::string text = sentence.text.empty() ? absl::StrJoin(sentence.tokens, " ") : sentence.text;
  const std::vector<Place> places = PlacesOf(sentence.tokens, text, wrong);
  json spans = json::array();
  // The last span may be continued by the next token.
  bool open = false;
  for (size_t i = 0; i < sentence.tokens.size(); ++i) {
    const absl::string_view tag = sentence.tags[i];
    if (sentence.tokens[i].empty()) wrong(i, "the token is empty");
    if (!IsTag(tag)) {
      wrong(i, absl::StrCat("the tag is \"", tag,
                            "\", not O, or B-, I-, E-, S-, L-, U- with a label"));
    }
    if (IsOutside(tag) || !IsTag(tag) || sentence.tokens[i].empty()) {
      open = false;
      continue;
    }
    const std::string label(tag.substr(2));
    const absl::string_view kind = tag.substr(0, 1);
    if (open && !absl::StrContains("BSU", kind) && spans.back()["label"] == label) {
      spans.back()["end"] = places[i].end;
    } else {
      spans.push_back({{"start", places[i].start}, {"end", places[i].end}, {"label", label}});
    }
    open = absl::StrContains("BI", kind);
  }
  return {{"text", std::move(text)}, {"spans", std::move(spans)}};
}

}  // namespace winnow::formats

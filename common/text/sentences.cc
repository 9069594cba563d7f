#include "common/text/sentences.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/text/letters.h"
#include "common/text/scripts.h"
#include "common/text/utf8.h"

namespace winnow::text {
namespace {

// Ends a sentence, whatever comes next. Scripts without spaces between words have none between
// sentences either.
bool IsFullStop(char32_t c) {
  constexpr std::u32string_view kFullStops = U"。｡！？។៕။";
  return kFullStops.find(c) != kFullStops.npos;
}

// May end a sentence: what comes next decides.
bool IsTerminator(char32_t c) {
  constexpr std::u32string_view kTerminators = U".!?…．";
  return kTerminators.find(c) != kTerminators.npos || IsFullStop(c);
}

bool IsCloser(char32_t c) {
  const Category category = CategoryOf(c);
  return category == Category::kClosePunctuation || category == Category::kFinalPunctuation ||
         c == U'"' || c == U'\'';
}

// The terminator that ends at `end`, closing quotes and brackets left aside; 0: none does.
char32_t TerminatorBefore(const std::vector<char32_t>& text, size_t end) {
  while (end > 0 && IsCloser(text[end - 1])) --end;
  return end > 0 && IsTerminator(text[end - 1]) ? text[end - 1] : 0;
}

// Whether a sentence ends behind character `i`, which is its last or the white space behind it.
bool BreaksAfter(const std::vector<char32_t>& text, size_t i) {
  if (text[i] == U'\n') return true;
  if (!IsWhiteSpace(text[i])) {
    if (i + 1 == text.size() || IsWhiteSpace(text[i + 1]) || IsCloser(text[i + 1]) ||
        IsTerminator(text[i + 1])) {
      return false;
    }
    const char32_t terminator = TerminatorBefore(text, i + 1);
    if (terminator == U'!' || terminator == U'?' || terminator == U'．')
      return UnspacedScriptOf(text[i + 1]) != UnspacedScript::kNone;
    return IsFullStop(terminator);
  }
  if (i > 0 && IsWhiteSpace(text[i - 1])) return false;
  const char32_t terminator = TerminatorBefore(text, i);
  if (terminator == 0) return false;
  size_t next = i;
  while (next < text.size() && IsWhiteSpace(text[next])) ++next;
  return next == text.size() || IsFullStop(terminator) ||
         CategoryOf(text[next]) != Category::kLowerLetter;
}

}  // namespace

View SentencesAround(absl::string_view bytes, uint32_t start, uint32_t end) {
  std::vector<char32_t> text;
  for (size_t position = 0; position < bytes.size();) text.push_back(DecodeUtf8(bytes, position));
  size_t first = start;
  while (first > 0 && !BreaksAfter(text, first - 1)) --first;
  size_t last = end;
  while (last < text.size() && !BreaksAfter(text, last - 1)) ++last;
  while (first < start && IsWhiteSpace(text[first])) ++first;
  while (last > end && IsWhiteSpace(text[last - 1])) --last;
  return {static_cast<uint32_t>(first), static_cast<uint32_t>(last)};
}

}  // namespace winnow::text

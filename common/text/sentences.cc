#include "common/text/sentences.h"

#include <algorithm>
#include <vector>

#include "common/text/letters.h"
#include "common/text/utf8.h"

namespace winnow::text {
namespace {

bool IsTerminator(char32_t c) {
  return c == U'.' || c == U'!' || c == U'?' || c == U'…' || c == U'。' || c == U'！' || c == U'？';
}

bool IsCloser(char32_t c) {
  const Category category = CategoryOf(c);
  return category == Category::kClosePunctuation || category == Category::kFinalPunctuation ||
         c == U'"' || c == U'\'';
}

// Position behind the sentence that contains code point `i`: the first break at or after it.
bool BreaksAfter(const std::vector<char32_t>& text, size_t i) {
  if (text[i] == U'\n') return true;
  if (!IsWhiteSpace(text[i])) return false;
  if (i > 0 && IsWhiteSpace(text[i - 1])) return false;
  size_t last = i;
  while (last > 0 && IsCloser(text[last - 1])) --last;
  if (last == 0 || !IsTerminator(text[last - 1])) return false;
  size_t next = i;
  while (next < text.size() && IsWhiteSpace(text[next])) ++next;
  return next == text.size() || CategoryOf(text[next]) != Category::kLowerLetter;
}

}  // namespace

View SentencesAround(absl::string_view bytes, uint32_t start, uint32_t end) {
  std::vector<char32_t> text;
  for (size_t position = 0; position < bytes.size();) text.push_back(DecodeUtf8(bytes, position));
  size_t first = start;
  while (first > 0 && !BreaksAfter(text, first - 1)) --first;
  size_t last = end;
  while (last < text.size() && !BreaksAfter(text, last)) ++last;
  while (first < start && IsWhiteSpace(text[first])) ++first;
  while (last > end && IsWhiteSpace(text[last - 1])) --last;
  return {static_cast<uint32_t>(first), static_cast<uint32_t>(last)};
}

}  // namespace winnow::text

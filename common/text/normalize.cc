#include "common/text/normalize.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "common/text/utf8.h"

namespace winnow::text {
namespace {

auto CombiningClass(char32_t c) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

// The character is in form C, whatever stands beside it in a text of such characters. Most are.
bool IsSurelyNfc(char32_t c) {
  return c < 0x300 || (c >= 0x400 && c <= 0x482) || (c >= 0x3041 && c <= 0x3096) ||
         (c >= 0x30A1 && c <= 0x30FA) || (c >= 0x3400 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7A3);
}

bool IsSurelyNfc(absl::string_view text) {
  for (size_t position = 0; position < text.size();) {
    if (!IsSurelyNfc(DecodeUtf8(text, position))) return false;
  }
  return true;
}

}  // namespace

std::vector<char32_t> Decompose(absl::string_view text, Decomposition decomposition) {
  constexpr auto kCanonical = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  constexpr auto kFolded =
      static_cast<utf8proc_option_t>(kCanonical | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
  constexpr size_t kMaxExpansion = 32;  // Unicode's longest is 18.
  std::array<utf8proc_int32_t, kMaxExpansion> expansion;
  std::vector<char32_t> decomposed;
  for (size_t position = 0; position < text.size();) {
    int bound_class = UTF8PROC_BOUNDCLASS_START;
    const utf8proc_ssize_t size = utf8proc_decompose_char(
        static_cast<utf8proc_int32_t>(DecodeUtf8(text, position)), expansion.data(), kMaxExpansion,
        decomposition == Decomposition::kCanonical ? kCanonical : kFolded, &bound_class);
    decomposed.insert(decomposed.end(), expansion.begin(), expansion.begin() + size);
  }
  return decomposed;
}

std::string Compose(std::vector<char32_t> decomposed) {
  // In order here and not by utf8proc, which takes quadratic time for a long run of marks.
  const auto is_mark = [&](char32_t c) { return CombiningClass(c) != 0; };
  for (auto begin = decomposed.begin(); begin != decomposed.end();) {
    begin = std::find_if(begin, decomposed.end(), is_mark);
    const auto end = std::find_if_not(begin, decomposed.end(), is_mark);
    std::stable_sort(begin, end,
                     [&](char32_t a, char32_t b) { return CombiningClass(a) < CombiningClass(b); });
    begin = end;
  }
  std::vector<utf8proc_int32_t> code_points(decomposed.begin(), decomposed.end());
  code_points.push_back(0);  // Room for the terminator that utf8proc_reencode writes.
  const utf8proc_ssize_t num_bytes =
      utf8proc_reencode(code_points.data(), static_cast<utf8proc_ssize_t>(decomposed.size()),
                        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  return std::string(reinterpret_cast<const char*>(code_points.data()),
                     static_cast<size_t>(num_bytes));
}

absl::string_view ToNfc(absl::string_view text, std::string& buffer) {
  if (IsSurelyNfc(text) || FindInvalidUtf8(text) != absl::string_view::npos) return text;
  buffer = Compose(Decompose(text, Decomposition::kCanonical));
  return buffer == text ? text : absl::string_view(buffer);
}

}  // namespace winnow::text

#include "common/text/split_key.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/base/hash.h"
#include "common/text/utf8.h"

namespace winnow::text {
namespace {

constexpr uint64_t kBucketSalt = 0x57494E4E4F570001ull;

// The compatibility decomposition of the case-folded text without white space, in canonical order.
// REQUIRES: `text` is valid UTF-8.
std::vector<utf8proc_int32_t> Decompose(absl::string_view text) {
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                           UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
  constexpr size_t kMaxExpansion = 32;  // Unicode's longest is 18.
  std::array<utf8proc_int32_t, kMaxExpansion> expansion;
  std::vector<utf8proc_int32_t> decomposed;
  for (size_t position = 0; position < text.size();) {
    int bound_class = UTF8PROC_BOUNDCLASS_START;
    const utf8proc_ssize_t size =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(DecodeUtf8(text, position)),
                                expansion.data(), kMaxExpansion, kOptions, &bound_class);
    std::copy_if(expansion.begin(), expansion.begin() + size, std::back_inserter(decomposed),
                 [](utf8proc_int32_t c) { return !IsWhiteSpace(static_cast<char32_t>(c)); });
  }
  // Here and not by utf8proc, which takes quadratic time for a long run of marks.
  const auto combining_class = [](utf8proc_int32_t c) {
    return utf8proc_get_property(c)->combining_class;
  };
  const auto is_mark = [&](utf8proc_int32_t c) { return combining_class(c) != 0; };
  for (auto begin = decomposed.begin(); begin != decomposed.end();) {
    begin = std::find_if(begin, decomposed.end(), is_mark);
    const auto end = std::find_if_not(begin, decomposed.end(), is_mark);
    std::stable_sort(begin, end,
                     [&](auto a, auto b) { return combining_class(a) < combining_class(b); });
    begin = end;
  }
  return decomposed;
}

std::string Compose(std::vector<utf8proc_int32_t> code_points) {
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto size = static_cast<utf8proc_ssize_t>(code_points.size());
  code_points.push_back(0);  // Room for the terminator that utf8proc_reencode writes.
  const utf8proc_ssize_t num_bytes = utf8proc_reencode(code_points.data(), size, options);
  return std::string(reinterpret_cast<const char*>(code_points.data()),
                     static_cast<size_t>(num_bytes));
}

std::string Normalize(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); })) {
    std::string kept;
    for (const char c : text) {
      if (!absl::ascii_isspace(c)) kept.push_back(absl::ascii_tolower(c));
    }
    return kept;
  }
  if (FindInvalidUtf8(text) != absl::string_view::npos) return std::string(text);
  return Compose(Decompose(text));
}

}  // namespace

uint64_t SplitKey(absl::string_view text) { return Hash64(Normalize(text)); }

int Bucket(uint64_t split_key) {
  return static_cast<int>(MixHash(kBucketSalt, split_key) % kNumBuckets);
}

}  // namespace winnow::text

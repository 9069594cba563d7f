#include "common/text/split_key.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "common/base/hash.h"
#include "common/text/utf8.h"

namespace winnow::text {
namespace {

constexpr uint64_t kBucketSalt = 0x57494E4E4F570001ull;

struct Free {
  void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
};

// NFKC and full case folding. REQUIRES: `text` is valid UTF-8.
std::string Fold(absl::string_view text) {
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &folded,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(folded);
  return size < 0 ? std::string(text) : std::string(reinterpret_cast<const char*>(folded), static_cast<size_t>(size));
}

std::string WithoutWhiteSpace(absl::string_view text) {
  std::string kept;
  for (size_t position = 0; position < text.size();) {
    const size_t begin = position;
    if (!IsWhiteSpace(DecodeUtf8(text, position))) kept.append(text.data() + begin, position - begin);
  }
  return kept;
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
  // Folded twice: without the space between them a letter and a mark compose.
  return Fold(WithoutWhiteSpace(Fold(text)));
}

}  // namespace

uint64_t SplitKey(absl::string_view text) { return Hash64(Normalize(text)); }

int Bucket(uint64_t split_key) { return static_cast<int>(MixHash(kBucketSalt, split_key) % kNumBuckets); }

}  // namespace winnow::text

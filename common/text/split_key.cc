#include "common/text/split_key.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/base/hash.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace winnow::text {
namespace {

constexpr uint64_t kBucketSalt = 0x57494E4E4F570001ull;

std::string Normalize(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); })) {
    std::string kept;
    for (const char c : text) {
      if (!absl::ascii_isspace(c)) kept.push_back(absl::ascii_tolower(c));
    }
    return kept;
  }
  if (FindInvalidUtf8(text) != absl::string_view::npos) return std::string(text);
  std::vector<char32_t> decomposed = Decompose(text, Decomposition::kCompatibilityFolded);
  std::erase_if(decomposed, IsWhiteSpace);
  return Compose(std::move(decomposed));
}

}  // namespace

uint64_t SplitKey(absl::string_view text) { return Hash64(Normalize(text)); }

int Bucket(uint64_t split_key) {
  return static_cast<int>(MixHash(kBucketSalt, split_key) % kNumBuckets);
}

}  // namespace winnow::text

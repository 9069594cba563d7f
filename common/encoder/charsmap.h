// The table by which SentencePiece normalises texts (Kudo and Richardson 2018, arXiv:1808.06226):
// strings and what replaces them, in a double-array trie (Darts).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/encoder/aligned_text.h"

namespace winnow::encoder {

// Immutable, hence thread-safe.
class Charsmap {
 public:
  // The bytes of a "precompiled_charsmap": the size of the trie in bytes (u32), its units (u32
  // each), and the replacements, each with a NUL behind it; all little endian. InvalidArgument for
  // sizes that do not fit, and replacements that are no UTF-8. A trie that leads outside of itself
  // finds nothing there.
  static absl::StatusOr<Charsmap> Parse(absl::string_view bytes);

  // `text` with its characters replaced. As the reader of tokenizer.json does: of each extended
  // grapheme cluster of fewer than 6 bytes the shortest string in the table that it begins with
  // replaces all; of others, and where there is none, each code point is looked up by itself.
  AlignedText Normalize(absl::string_view text) const;

 private:
  // What replaces `text` if the table has a string that it begins with, the shortest.
  std::optional<absl::string_view> Find(absl::string_view text) const;

  std::vector<uint32_t> units_;
  std::string replacements_;
};

}  // namespace winnow::encoder

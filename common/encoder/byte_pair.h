// Byte pair encoding over bytes, as GPT-2 and RoBERTa use it (Sennrich et al. 2016,
// arXiv:1508.07909; Radford et al. 2019).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/encoder/piece_tokenizer.h"

namespace winnow::encoder {

struct BytePairOptions {
  bool prefix_space = false;  // a text without a blank in front is read as if it had one
  MarkPieces marks;
};

// A vocabulary in which each piece is the bytes it stands for, and the pairs that become one, first
// those that do so first.
struct BytePairs {
  absl::flat_hash_map<std::string, uint32_t> ids;
  std::vector<std::pair<std::string, std::string>> merges;
};

// Thread-safe, as its base.
class BytePairTokenizer final : public PieceTokenizer {
 public:
  // InvalidArgument for a byte without a piece, and a merge of or to what is none.
  static absl::StatusOr<BytePairTokenizer> Make(const BytePairs& pairs, BytePairOptions options);

  void Tokenize(absl::string_view text, std::vector<Piece>& pieces) const override;
  MarkPieces marks() const override { return options_.marks; }
  uint32_t num_ids() const override { return num_ids_; }

 private:
  struct Merge {
    uint32_t rank;
    uint32_t id;
  };
  static uint64_t PairOf(uint32_t left, uint32_t right) { return uint64_t{left} << 32 | right; }
  class Word;

  BytePairOptions options_;
  uint32_t num_ids_ = 0;
  std::array<uint32_t, 256> byte_ids_{};
  absl::flat_hash_map<uint64_t, Merge> merges_;
};

// The ends of the words that byte pairs are sought in: GPT-2's regular expression
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// The end of the word that begins at `position`. REQUIRES: position < text.size().
size_t BytePairWordEnd(absl::string_view text, size_t position);

}  // namespace winnow::encoder

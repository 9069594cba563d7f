// Unigram language model over pieces, as SentencePiece has it (Kudo 2018, arXiv:1804.10959): XLM-R,
// multilingual e5.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/encoder/charsmap.h"
#include "common/encoder/piece_tokenizer.h"
#include "common/encoder/piece_trie.h"

namespace winnow::encoder {

struct UnigramOptions {
  std::optional<Charsmap> charsmap;
  bool strip_left = false, strip_right = false;  // white space of the text
  bool one_space = false;                        // a run of blanks is one
  bool split_white_space = false;                // white space is between words, and lost
  bool prepend_mark = true;  // every word begins with U+2581, which blanks become
  bool split_marks = true;   // a word ends before the next U+2581
  uint32_t unknown = 0;
  MarkPieces marks;
};

struct ScoredPiece {
  std::string piece;
  double score = 0;  // log probability
};

// Thread-safe, as its base.
class UnigramTokenizer final : public PieceTokenizer {
 public:
  // The id of a piece is its index. REQUIRES: options.unknown is one.
  UnigramTokenizer(const std::vector<ScoredPiece>& vocabulary, UnigramOptions options);

  void Tokenize(absl::string_view text, std::vector<Piece>& pieces) const override;
  MarkPieces marks() const override { return options_.marks; }
  uint32_t num_ids() const override { return static_cast<uint32_t>(scores_.size()); }

 private:
  AlignedText Normalize(absl::string_view text) const;
  void AppendWord(absl::string_view text, const AlignedText& normal, size_t from, size_t to,
                  std::vector<Piece>& pieces) const;
  void AppendBestPath(absl::string_view text, const AlignedText& word,
                      std::vector<Piece>& pieces) const;

  const UnigramOptions options_;
  PieceTrie trie_;
  std::vector<double> scores_;
  double unknown_score_ = 0;
};

}  // namespace winnow::encoder

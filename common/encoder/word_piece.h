// WordPiece as BERT uses it (Devlin et al. 2019, arXiv:1810.04805; Wu et al. 2016,
// arXiv:1609.08144): words and punctuation, each divided into the longest pieces from its
// beginning.
#pragma once

#include <string>
#include <vector>

#include "common/encoder/aligned_text.h"
#include "common/encoder/piece_tokenizer.h"
#include "common/encoder/piece_trie.h"

namespace winnow::encoder {

struct WordPieceOptions {
  bool clean = true;          // leave control characters out
  bool space_chinese = true;  // every CJK ideograph is a word
  bool strip_accents = true;  // form D without nonspacing marks
  bool lower = true;
  size_t max_word_characters = 100;  // a longer word is unknown
  std::string continuing_prefix = "##";
  uint32_t unknown = 0;
  MarkPieces marks;
};

// Thread-safe, as its base. Characters are classed by this program's Unicode, which is newer than
// BERT's: of characters that Unicode 8 did not know some are punctuation or marks here only.
class WordPieceTokenizer final : public PieceTokenizer {
 public:
  // The id of a piece is its index.
  WordPieceTokenizer(const std::vector<std::string>& vocabulary, WordPieceOptions options);

  void Tokenize(absl::string_view text, std::vector<Piece>& pieces) const override;
  MarkPieces marks() const override { return options_.marks; }
  uint32_t num_ids() const override { return num_ids_; }

 private:
  class Words;
  void AppendPieces(const AlignedText& word, std::vector<Piece>& pieces) const;

  const WordPieceOptions options_;
  const uint32_t num_ids_;
  PieceTrie first_, continuing_;
};

}  // namespace winnow::encoder

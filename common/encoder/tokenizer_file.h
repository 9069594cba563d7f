// The files that say how a text is divided into pieces.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/encoder/piece_tokenizer.h"

namespace winnow::encoder {

// Reads a tokenizer.json with one of
// * WordPiece: BertNormalizer and BertPreTokenizer;
// * BPE over bytes: no normalizer, ByteLevel;
// * Unigram: Precompiled, runs of blanks replaced and white space stripped; WhitespaceSplit and
//   Metaspace;
// with two marks around a text. What the file says of truncation, padding and pairs is not read.
// InvalidArgument "NAME: WHAT" for any other step, which would give other pieces, and for a damaged
// file.
absl::StatusOr<std::unique_ptr<PieceTokenizer>> ParseTokenizer(absl::string_view json,
                                                               absl::string_view name);

// Reads a vocab.txt: a piece a line, for WordPiece with the marks [CLS] and [SEP]. `config`, if not
// empty, is a tokenizer_config.json that says whether to lower the case (by default it is) and to
// strip accents.
absl::StatusOr<std::unique_ptr<PieceTokenizer>> ParseVocabulary(absl::string_view vocabulary,
                                                                absl::string_view config,
                                                                absl::string_view name);

}  // namespace winnow::encoder

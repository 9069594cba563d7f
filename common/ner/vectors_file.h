// Word vectors made elsewhere, in the text format that word2vec, fastText and GloVe share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/ner/word_vectors.h"

namespace winnow::ner {

struct ImportedVectors {
  // WordForm::hash of the word of each row; none twice.
  std::vector<uint64_t> word_hashes;
  WordVectors vectors;
};

inline constexpr size_t kMaxImportedWords = 100'000;

// Reads the first rows of a file, which such files sort by falling frequency, until `max_words`
// forms of words (see word_form.h) have a vector; of rows with one form the first counts. What is
// behind is not read, and no more than the kept vectors is held in memory.
//
// UTF-8, one row per line: WORD VALUE VALUE..., separated by blanks or tabs; LF or CR LF. A first
// line of two whole numbers is word2vec's header COUNT DIM. A word with blanks in it, of which
// GloVe has some, is read and left out.
//
// Errors name "FILE:LINE". NotFound: there is no such file. InvalidArgument for the first row that
// has another number of values than the first or the header says, a value that is not a finite
// number, no word, ill-formed UTF-8 or more than a megabyte; for a file that ends before COUNT
// rows; and for one without vectors.
absl::StatusOr<ImportedVectors> ReadVectors(const std::filesystem::path& path,
                                            size_t max_words = kMaxImportedWords);

// The same of a file that comes in pieces, which may end anywhere. `next_piece` returns the next
// one, empty at the end, and is not asked for what is behind; its error is returned. Errors call
// the file `name`.
absl::StatusOr<ImportedVectors> ReadVectors(
    absl::FunctionRef<absl::StatusOr<std::string>()> next_piece, const std::string& name,
    size_t max_words = kMaxImportedWords);

}  // namespace winnow::ner

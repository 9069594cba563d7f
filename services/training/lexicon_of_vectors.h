// Word classes of word vectors that were learnt elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace winnow::training {

// A serialized ner::Lexicon of a file of vectors that comes in pieces (ner/vectors_file.h).
// InvalidArgument, naming the line, when it is not vectors in text format; the error of
// `next_piece`; Cancelled as soon as nobody waits any more. Thread-safe.
absl::StatusOr<std::string> LexiconOfVectors(
    absl::FunctionRef<absl::StatusOr<std::string>()> next_piece, uint64_t seed,
    absl::FunctionRef<bool()> is_cancelled);

}  // namespace winnow::training

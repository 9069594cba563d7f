// Word vectors from running text: the skip-gram model with negative sampling.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace winnow::ner {

// One vector per row.
using WordVectors = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Texts as sequences of words. Words are numbered by falling frequency; others that are too rare
// are left out.
struct WordSequences {
  std::vector<uint32_t> words;
  // Text i has words[begins[i]] to words[begins[i + 1] - 1]; size number of texts + 1.
  std::vector<size_t> begins;
  // Occurrences of each word.
  std::vector<uint64_t> counts;
};

struct SkipGramOptions {
  uint64_t seed = 1;
  // Words this far to either side are neighbours; each place draws its own reach, uniform in [1,
  // window].
  int window = 3;
  int num_negatives = 5;
  int epochs = 5;
  // Falls linearly to 0.
  double learning_rate = 0.05;
  // The share sqrt(subsample / f) + subsample / f of the occurrences of a word with relative
  // frequency f is kept.
  double subsample = 1e-3;
};

// Called with the part done, in [0, 1], several times a second or so; false cancels.
using LexiconProgress = std::function<bool(double fraction)>;

inline constexpr int kVectorSize = 64;

// Trains vectors of kVectorSize; row w is of word w (Mikolov, Sutskever, Chen, Corrado, Dean 2013).
// Left and right neighbours are told apart (Ling, Dyer, Black, Trancoso 2015): words then lie close
// if they stand in the same places of a sentence rather than in texts of the same topic. The
// negative samples of a place are shared by its neighbours (Ji, Satish, Li, Dubey 2016). One
// thread, so that the result depends on the input only. Cancelled: by `progress`.
absl::StatusOr<WordVectors> TrainSkipGram(const WordSequences& texts,
                                          const SkipGramOptions& options,
                                          const LexiconProgress& progress = nullptr);

}  // namespace winnow::ner

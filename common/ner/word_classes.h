// Classes of words whose vectors point in similar directions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/word_vectors.h"

namespace winnow::ner {

// Scales each row to length 1; rows of zeros stay.
void Normalise(WordVectors& vectors);

// Centres of spherical k-means (Dhillon, Modha 2001): unit vectors that maximise the sum of the
// cosines between vectors and their nearest centres. Immutable, hence thread-safe.
class WordClasses {
 public:
  // Learns at most `num_classes` classes. `vectors`: of length 1, by falling frequency of their
  // words. The result does not depend on the number of threads.
  static WordClasses Learn(const WordVectors& vectors, size_t num_classes, size_t num_threads);

  size_t size() const { return static_cast<size_t>(centres_.rows()); }

  // The class of each vector: that with the largest cosine, of equal ones the first.
  std::vector<uint32_t> Assign(const WordVectors& vectors, size_t num_threads) const;

 private:
  WordVectors centres_;
};

}  // namespace winnow::ner

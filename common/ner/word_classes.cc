#include "common/ner/word_classes.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace winnow::ner {
namespace {

constexpr int kIterations = 12;
// Rows of one matrix product.
constexpr Eigen::Index kBlock = 256;

}  // namespace

void Normalise(WordVectors& vectors) {
  for (Eigen::Index i = 0; i < vectors.rows(); ++i) vectors.row(i).stableNormalize();
}

std::vector<uint32_t> WordClasses::Assign(const WordVectors& vectors, size_t num_threads) const {
  std::vector<uint32_t> classes(static_cast<size_t>(vectors.rows()));
  const Eigen::Index num_blocks = (vectors.rows() + kBlock - 1) / kBlock;
  // Any thread may take any block: the classes of a block do not depend on it.
  std::atomic<Eigen::Index> next = 0;
  const auto work = [&] {
    WordVectors cosines;
    for (Eigen::Index block; (block = next.fetch_add(1)) < num_blocks;) {
      const Eigen::Index first = block * kBlock;
      const Eigen::Index size = std::min(kBlock, vectors.rows() - first);
      cosines.noalias() = vectors.middleRows(first, size) * centres_.transpose();
      for (Eigen::Index i = 0; i < size; ++i) {
        const float* row = &cosines(i, 0);
        classes[static_cast<size_t>(first + i)] =
            static_cast<uint32_t>(std::max_element(row, row + cosines.cols()) - row);
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < num_threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return classes;
}

WordClasses WordClasses::Learn(const WordVectors& vectors, size_t num_classes, size_t num_threads) {
  WordClasses result;
  const Eigen::Index k = std::min(static_cast<Eigen::Index>(num_classes), vectors.rows());
  // The most frequent words begin: their vectors are the best known, and they are spread over the
  // kinds of words.
  result.centres_ = vectors.topRows(k);
  if (k == 0) return result;
  std::vector<uint32_t> last;
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    const std::vector<uint32_t> classes = result.Assign(vectors, num_threads);
    if (classes == last) break;
    WordVectors sums = WordVectors::Zero(k, vectors.cols());
    for (Eigen::Index i = 0; i < vectors.rows(); ++i)
      sums.row(classes[static_cast<size_t>(i)]) += vectors.row(i);
    for (Eigen::Index c = 0; c < k; ++c) {
      // A class that lost all its words keeps its centre.
      if (!sums.row(c).isZero(0)) result.centres_.row(c) = sums.row(c).stableNormalized();
    }
    last = classes;
  }
  return result;
}

}  // namespace winnow::ner

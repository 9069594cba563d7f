// Weights of some labels as those of more labels, of which the first are the same. Internal to the
// folder.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "common/ner/transitions.h"

namespace winnow::ner {

// Copies the values of one row, blocks [num_blocks][from_k] to [num_blocks][k]; the others are left
// alone.
inline void WidenRow(const float* from, size_t from_k, float* to, size_t k, size_t num_blocks) {
  for (size_t block = 0; block < num_blocks; ++block) {
    std::copy(from + block * from_k, from + (block + 1) * from_k, to + block * k);
  }
}

// The place of the i-th closed tag or successor of `from_k` labels (O, S.., E.. and O, S.., B..)
// among those of k labels.
inline size_t WidePlace(size_t i, size_t from_k, size_t k) {
  return i <= from_k ? i : i + k - from_k;
}

// `outside` and `inside` as in Transitions; 0 where another label is involved.
inline Transitions WidenTransitions(const std::vector<float>& outside,
                                    const std::vector<float>& inside, size_t from_k, size_t k) {
  Transitions wide(static_cast<int>(k));
  const size_t n = 2 * from_k + 1;
  for (size_t i = 0; i < n; ++i) {
    for (size_t s = 0; s < n; ++s) {
      wide.outside[WidePlace(i, from_k, k) * (2 * k + 1) + WidePlace(s, from_k, k)] =
          outside[i * n + s];
    }
  }
  WidenRow(inside.data(), from_k, wide.inside.data(), k, 4);
  return wide;
}

}  // namespace winnow::ner

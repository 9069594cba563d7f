// The split: which texts are for learning and which are held out, decided by the text alone, so
// that it is the same for every training, every version and every machine.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace winnow::text {

inline constexpr int kNumBuckets = 1000;
// Buckets 0 to 99 are held out to tune on, 100 to 199 to report on.
inline constexpr int kTuneBuckets = 100;
inline constexpr int kHoldoutBuckets = 200;

// Hash64 of `text` after NFKC, full case folding and removal of all white space (IsWhiteSpace):
// texts that differ only in spacing, case or compatibility forms have one key. Ill-formed UTF-8 is
// hashed as it is. Persisted: it must never change.
uint64_t SplitKey(absl::string_view text);

// In [0, kNumBuckets). Persisted: it must never change.
int Bucket(uint64_t split_key);

// REQUIRES: bucket in [0, kNumBuckets).
constexpr bool IsHoldout(int bucket) { return bucket < kHoldoutBuckets; }

}  // namespace winnow::text

// The questions of a queue under one state of its working model, in the order of asking.
//
// The texts of the pool are ranked block by block, in an order that is drawn anew for each step of
// the model, until there are questions enough: so a large pool costs no more than a small one, and
// a rare entity is found even so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/base/random.h"
#include "common/corpus/ids.h"
#include "common/ner/acquisition.h"
#include "common/ner/patterns.h"
#include "common/teach/pool.h"
#include "common/teach/working_model.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

// Texts of a block, and bytes of them: whichever is reached first.
inline constexpr size_t kBlockTexts = 2000;
inline constexpr size_t kBlockBytes = size_t{1} << 20;

// A question in little memory; its text is one of the pool's.
struct Question {
  corpus::Id task;
  uint32_t text = 0;
  // [start, end) in code points.
  uint32_t start = 0;
  uint32_t end = 0;
  // Index into the labels of the queue.
  uint32_t label = 0;
  // Meaningless in a question of a pattern, which has no probability.
  double probability = 0;
};

// What one block gives. Immutable.
struct Block {
  std::vector<Question> of_model;
  std::vector<Question> of_patterns;
  // Candidates without a letter, which are no questions.
  uint64_t num_hidden = 0;
};

// Immutable; a longer one shares its blocks.
struct Ranking {
  // "name@N".
  std::string model_version;
  uint64_t step = 0;
  uint64_t model_digest = 0;
  std::vector<std::shared_ptr<const Block>> blocks;
  uint64_t num_texts = 0;
  // All texts of the pool are in it.
  bool complete = false;
};

// Draws the numbers below n without repetition, in an order that the seed decides (a Fisher-Yates
// shuffle that takes memory only for what was drawn). Not thread-safe.
class Draw {
 public:
  Draw(size_t n, uint64_t seed) : n_(n), random_(seed) {}
  bool empty() const { return drawn_ == n_; }
  // REQUIRES: !empty().
  size_t Next();

 private:
  size_t n_;
  size_t drawn_ = 0;
  Random random_;
  // Where a place holds another number than its own.
  absl::flat_hash_map<size_t, size_t> moved_;
};

// Ranks the texts of a pool under one state of a working model. Not thread-safe; what is passed in
// must outlive it, and the pool and the working model must not change meanwhile.
class Ranker {
 public:
  // `patterns` may be null.
  Ranker(const storage::v1::Queue& queue, const Pool& pool, const WorkingModel& working,
         ner::AcquisitionFunction acquisition, const ner::PatternSet* patterns, TextCache& texts);

  // The ranking with one more block. REQUIRES: !ranking().complete.
  absl::Status RankBlock();

  const std::shared_ptr<const Ranking>& ranking() const { return ranking_; }

 private:
  struct Found;
  absl::StatusOr<size_t> RankText(size_t index, Found& of_model, Found& of_patterns, Block& block);
  std::vector<Question> InOrder(const Found& found) const;

  const storage::v1::Queue& queue_;
  const Pool& pool_;
  const WorkingModel& working_;
  const ner::AcquisitionFunction acquisition_;
  const ner::PatternSet* const patterns_;
  TextCache& texts_;
  const uint64_t seed_;
  Draw draw_;
  std::shared_ptr<const Ranking> ranking_;
};

}  // namespace winnow::teach

// Scores of raw tokens: extraction and model in one pass, with a memory of what each word gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/features.h"
#include "common/ner/knowledge.h"
#include "common/ner/model.h"

namespace winnow::ner {

// Most features of a token are those that one word gives to it, whatever stands beside that word.
// Their sum, for each distance of the word, is kept for recent words: where a text repeats what was
// read before, only the features of several tokens together are looked up. Weights are integers, so
// the result is the same to the last bit.
//
// Scratch memory (about 10 MB) that belongs to its caller and serves any number of models and
// texts, best one model after the other; not thread-safe.
class Scorer {
 public:
  // Replaces `scores` by what Model::Score gives of the features of these tokens with the model's
  // knowledge.
  void Score(const Model& model, absl::Span<const absl::string_view> tokens,
             std::vector<float>& scores);

 private:
  struct Slot {
    uint64_t word_hash;
    uint64_t generation;
    WordForms forms;
  };

  void Use(const Model& model);
  void Fill(const Model& model, const WordForms& forms, bool with_characters, size_t slot);
  size_t SlotOf(const Model& model, absl::string_view token);
  // Adds what the word of a slot at `position` gives to the tokens within reach.
  void AddWord(size_t slot, std::ptrdiff_t position, size_t num_tokens);
  // Adds the features of several tokens to the sums, and makes scores of them.
  void FinishScores(const Model& model, absl::Span<const absl::string_view> tokens, bool all_caps,
                    std::vector<float>& scores);

  uint64_t generation_ = 0;  // slots of this one hold for the model in use
  uint64_t digest_ = 0;
  Knowledge knowledge_;
  size_t width_ = 0;      // 4K, padded: that of a row of sums
  size_t num_slots_ = 0;  // a power of 2; behind them those of Before() and Behind()
  std::vector<Slot> slots_;
  // [num_slots + 2][2 kReach + 1][width]; not set for slots that hold nothing.
  std::unique_ptr<int16_t[]> kept_;
  std::vector<int16_t> sums_;  // [num_tokens][width]
  std::vector<WordForms> forms_;
  std::vector<const int8_t*> rows_;  // those of the features of several tokens together
  std::vector<const int8_t**> row_ends_;
  FeatureExtractor extractor_;
};

}  // namespace winnow::ner

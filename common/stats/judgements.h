// What several people say of the same items, in any categories: the input of what measures their
// agreement and estimates their rates.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/status.h"

namespace winnow::stats {

// Indices from 0.
struct Judgement {
  size_t item = 0;
  size_t person = 0;
  size_t category = 0;
};

// Not everybody need have judged every item: what is missing is missing.
struct Judgements {
  // The text of each item, by any numbers. Items of one text are not independent: texts are the
  // unit of sampling.
  std::vector<size_t> item_texts;
  size_t num_people = 0;
  // At least 2.
  size_t num_categories = 2;
  std::vector<Judgement> all;

  size_t num_items() const { return item_texts.size(); }
};

// InvalidArgument naming each judgement with an index that is out of range, and too few categories.
absl::Status Validate(const Judgements& judgements);

// counts[item][category].
std::vector<std::vector<int>> CountByItem(const Judgements& judgements);

}  // namespace winnow::stats

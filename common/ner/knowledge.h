// Features are made with this beside the tokens.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "common/ner/lexicon.h"
#include "common/ner/patterns.h"

namespace winnow::ner {

// What is known of words from several sources, such as a pool and word vectors.
using Lexicons = std::vector<std::shared_ptr<const Lexicon>>;
inline constexpr size_t kMaxLexicons = 4;

// Knowledge of words and of phrases from outside the annotations ("external knowledge", Ratinov and
// Roth 2009). It is part of the model that was trained with it.
struct Knowledge {
  // At most kMaxLexicons, none null, no two with one digest.
  Lexicons lexicons;
  // May be null.
  std::shared_ptr<const PatternSet> patterns;
};

}  // namespace winnow::ner

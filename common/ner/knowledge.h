// What features are made with beside the tokens.
#pragma once

#include <memory>

#include "common/ner/lexicon.h"
#include "common/ner/patterns.h"

namespace winnow::ner {

// What is known from outside the annotations, of words and of phrases ("external knowledge",
// Ratinov and Roth 2009). Part of the model that was trained with it. Each may be null.
struct Knowledge {
  std::shared_ptr<const Lexicon> lexicon;
  std::shared_ptr<const PatternSet> patterns;
};

}  // namespace winnow::ner

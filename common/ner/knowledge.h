// Features are made with this beside the tokens.
#pragma once

#include <memory>

#include "common/ner/lexicon.h"
#include "common/ner/patterns.h"

namespace winnow::ner {

// Knowledge of words and of phrases from outside the annotations ("external knowledge", Ratinov and
// Roth 2009). It is part of the model that was trained with it. Each may be null.
struct Knowledge {
  std::shared_ptr<const Lexicon> lexicon;
  std::shared_ptr<const PatternSet> patterns;
};

}  // namespace winnow::ner

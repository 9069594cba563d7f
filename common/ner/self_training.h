// What a model is sure of in a text of which nothing is known.
#pragma once

#include "common/ner/example.h"
#include "common/ner/model.h"

namespace winnow::ner {

// Self-training (Scudder 1965; Yarowsky 1995) by partial supervision: a span with a probability of
// at least 0.6 is accepted, a token whose probability to be in an entity is below 0.05 is O, and
// all others may have any tag. The example counts 0.3. REQUIRES: its labels are the model's.
void TeachWhatIsFound(const Model& model, Example& example);

}  // namespace winnow::ner

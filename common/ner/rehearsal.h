// Keeping what a parent knows of labels that new answers do not speak of.
#pragma once

#include <vector>

#include "common/ner/model.h"
#include "common/ner/training.h"

namespace winnow::ner {

// Pseudo-rehearsal (Robins 1995) of spans: those of `labels` (by label; missing ones are false) to
// which the parent gives a probability p of at least 0.2, and to the spans of other labels that
// overlap them at most p / 5 together, are weak accepts of the example, with a factor of 2. Answers
// on one label say nothing of the others, and without this it claims spans that are theirs;
// stronger accepts, or those of spans that another label may claim by right, keep the answered
// label from correcting the parent (docs/decisions/0010). An example about which all or nothing is
// known stays as it is, and so does a span that it speaks of. REQUIRES: the labels of the example
// begin with the parent's.
void Rehearse(const Model& parent, const std::vector<bool>& labels, Example& example);

}  // namespace winnow::ner

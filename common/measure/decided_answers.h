// Decisions of reviewers in place of what they decide.
#pragma once

#include <cstdint>
#include <map>

#include "winnow/storage/v1/records.pb.h"

namespace winnow::measure {

// Takes out of answers, by revision, what one of them decides (Answer::decides): from answers to
// the same question what they say of its span, from complete annotations the labels of the
// decision. An answer of which nothing is left is erased. So the decision counts as it is, and is
// no vote among others; a text that is decided to be a bad one says nothing any more.
void ReplaceDecided(std::map<uint64_t, storage::v1::Answer>& answers);

}  // namespace winnow::measure

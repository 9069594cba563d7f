// Tokens with a tag each, as CoNLL, Hugging Face and spaCy's training JSON have them.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace winnow::formats {

// Whether it is O (also "-", "_" and nothing), or one of B-, I-, E-, S-, L-, U- with a label: IOB1,
// IOB2, BIOES, BILUO.
bool IsTag(absl::string_view tag);

// One sentence. `tags` are as many as `tokens`.
struct TaggedTokens {
  // That the tokens are of, if it is known; else they are joined by blanks.
  std::string text;
  std::vector<std::string> tokens;
  std::vector<std::string> tags;
};

// The sentence as Prodigy writes it, `text` and `spans`. An I-, E- or
// L- that continues nothing begins a span, as conlleval reads it. Calls `wrong(i, what)` for each
// token or tag that is none, and for a token that does not follow in the text.
nlohmann::json TaggedRow(const TaggedTokens& sentence,
                         const std::function<void(size_t, const std::string&)>& wrong);

}  // namespace winnow::formats

// CoNLL files: a token, a tab and its tag (IOB2) per line, an empty line between sentences.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/tags.h"

namespace winnow::bench {

struct ConllSentence {
  std::vector<std::string> tokens;
  // Labels index the `labels` given to ReadConll.
  std::vector<ner::TokenSpan> spans;

  std::vector<absl::string_view> views() const { return {tokens.begin(), tokens.end()}; }
};

// Reads a whole file; labels met for the first time are appended to `labels`. InvalidArgument,
// naming the file and the lines, when a line is not a token, a tab and O, B-LABEL or I-LABEL, an I-
// does not continue an entity of its label, or a token is not UTF-8.
absl::StatusOr<std::vector<ConllSentence>> ReadConll(const std::filesystem::path& path,
                                                     std::vector<std::string>& labels);

// Removes the sentences that have the tokens of a training sentence, and returns their number: they
// would measure memory.
size_t RemoveKnown(absl::Span<const ConllSentence> train, std::vector<ConllSentence>& sentences);

}  // namespace winnow::bench

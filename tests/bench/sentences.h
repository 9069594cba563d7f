// Completely annotated sentences: those of a benchmark's data set.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/tags.h"

namespace winnow::bench {

struct Sentence {
  std::vector<std::string> tokens;
  // Labels index the `labels` given to ReadAnnotated.
  std::vector<ner::TokenSpan> spans;
  // The labels of annotated spans that do not begin and end where tokens do. Nothing can predict
  // such a span: it is missed.
  std::vector<uint32_t> off_token_labels;

  std::vector<absl::string_view> views() const { return {tokens.begin(), tokens.end()}; }
};

// DIRECTORY/SPLIT.conll or, where there is none, DIRECTORY/SPLIT.prodigy.jsonl.
std::filesystem::path FileOfSplit(const std::filesystem::path& directory, absl::string_view split);

// Reads a whole file; labels met for the first time are appended to `labels`.
// * NAME.jsonl: Prodigy's rows, each completely annotated, cut into the tokens of text/tokenizer.h;
//   rows that are not accepted are left out.
// * Others: CoNLL, a token, a tab and its tag (IOB2) per line, an empty line between sentences.
// InvalidArgument, naming the file and the lines, where a file is not what it should be: of CoNLL,
// when a line is not a token, a tab and O, B-LABEL or I-LABEL, an I- does not continue an entity of
// its label, or a token is not UTF-8.
absl::StatusOr<std::vector<Sentence>> ReadAnnotated(const std::filesystem::path& path,
                                                    std::vector<std::string>& labels);

// Removes the sentences that have the tokens of a training sentence, and returns their number: they
// would measure memory.
size_t RemoveKnown(absl::Span<const Sentence> train, std::vector<Sentence>& sentences);

}  // namespace winnow::bench

#include "tests/bench/ner_knowledge.h"

#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/formats/patterns.h"
#include "common/ner/lexicon_learning.h"
#include "common/ner/patterns.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"
#include "tests/bench/sentences.h"

namespace winnow::bench {
namespace {

// Adds the word classes of the texts, if there are enough.
absl::Status AddPool(const std::vector<std::string>& files, const ner::LexiconOptions& options,
                     ner::Lexicons& lexicons) {
  WINNOW_ASSIGN_OR_RETURN(const auto texts, ReadTexts(files));
  std::vector<std::vector<absl::string_view>> views;
  for (const auto& tokens : texts) views.emplace_back(tokens.begin(), tokens.end());
  auto lexicon = ner::LearnLexicon(views, options);
  if (absl::IsFailedPrecondition(lexicon.status())) {
    std::cerr << "ner_bench: without word classes: " << lexicon.status().message() << "\n";
    return absl::OkStatus();
  }
  WINNOW_RETURN_IF_ERROR(lexicon.status());
  lexicons.push_back(*std::move(lexicon));
  return absl::OkStatus();
}

absl::Status AddVectors(const std::string& file, ner::LexiconOptions options,
                        ner::Lexicons& lexicons) {
  WINNOW_ASSIGN_OR_RETURN(const ner::ImportedVectors vectors, ner::ReadVectors(file));
  options.vectors = &vectors;
  const std::vector<absl::string_view> no_texts;
  WINNOW_ASSIGN_OR_RETURN(auto lexicon, ner::LearnLexicon(no_texts, options));
  lexicons.push_back(std::move(lexicon));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::vector<std::string>>> ReadTexts(
    const std::vector<std::string>& files) {
  std::vector<std::vector<std::string>> texts;
  for (const std::string& file : files) {
    if (absl::EndsWith(file, ".conll")) {
      std::vector<std::string> labels;
      WINNOW_ASSIGN_OR_RETURN(auto sentences, ReadAnnotated(file, labels));
      for (Sentence& sentence : sentences) texts.push_back(std::move(sentence.tokens));
      continue;
    }
    WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(file));
    if (text::FindInvalidUtf8(content) != absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat(file, ": not UTF-8"));
    }
    for (const absl::string_view line : absl::StrSplit(content, '\n', absl::SkipEmpty())) {
      const std::vector<absl::string_view> forms = text::Forms(line, text::Tokenize(line));
      texts.emplace_back(forms.begin(), forms.end());
    }
  }
  return texts;
}

absl::StatusOr<ner::Knowledge> MakeKnowledge(const KnowledgeFiles& files, uint64_t seed,
                                             size_t num_threads) {
  if (files.vectors.size() + !files.texts.empty() > ner::kMaxLexicons)
    return absl::InvalidArgumentError(
        absl::StrCat("--vectors: more than ", ner::kMaxLexicons, " with --pool"));
  ner::Knowledge knowledge;
  ner::LexiconOptions options;
  options.seed = seed;
  options.num_threads = num_threads;
  if (!files.texts.empty())
    WINNOW_RETURN_IF_ERROR(AddPool(files.texts, options, knowledge.lexicons));
  for (const std::string& file : files.vectors)
    WINNOW_RETURN_IF_ERROR(AddVectors(file, options, knowledge.lexicons));
  if (files.patterns.empty()) return knowledge;
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(files.patterns));
  WINNOW_ASSIGN_OR_RETURN(storage::v1::PatternSet patterns, formats::ParsePatterns(content));
  WINNOW_ASSIGN_OR_RETURN(knowledge.patterns, ner::PatternSet::Make(std::move(patterns)));
  return knowledge;
}

}  // namespace winnow::bench

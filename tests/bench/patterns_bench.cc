// How good and how fast a pattern file is by itself: exact spans on CoNLL files, and tokens per
// second.
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/formats/patterns.h"
#include "common/ner/patterns.h"
#include "tests/bench/sentences.h"

namespace winnow::bench {
namespace {

constexpr char kUsage[] =
    "Usage: patterns_bench PATTERNS.jsonl FILE.conll...\n\n"
    "Precision, recall and F1 of the longest matches of the patterns, micro-averaged over exact "
    "spans with their "
    "label.\n"
    "Example: patterns_bench data/drugs/drugs_patterns.jsonl data/drugs/test.conll\n";

absl::Status Run(const std::string& pattern_file, const std::vector<std::string>& files) {
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(pattern_file));
  WINNOW_ASSIGN_OR_RETURN(storage::v1::PatternSet parsed, formats::ParsePatterns(content));
  WINNOW_ASSIGN_OR_RETURN(const auto patterns, ner::PatternSet::Make(std::move(parsed)));
  ner::PatternMatcher matcher;
  for (const std::string& file : files) {
    std::vector<std::string> labels;
    WINNOW_ASSIGN_OR_RETURN(const std::vector<Sentence> sentences, ReadAnnotated(file, labels));
    size_t num_tokens = 0, correct = 0, predicted = 0, gold = 0;
    std::vector<ner::PatternMatch> matches;
    double seconds = 0;
    for (const Sentence& sentence : sentences) {
      const std::vector<absl::string_view> tokens = sentence.views();
      const auto begin = std::chrono::steady_clock::now();
      matcher.FindMatches(*patterns, tokens, matches);
      ner::KeepLongest(matches);
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      std::set<std::pair<std::pair<uint32_t, uint32_t>, std::string>> spans;
      for (const ner::TokenSpan& span : sentence.spans)
        spans.insert({{span.begin, span.end}, labels[span.label]});
      for (const ner::PatternMatch& match : matches) {
        correct +=
            spans.count({{match.span.begin, match.span.end}, patterns->labels()[match.span.label]});
      }
      num_tokens += tokens.size();
      predicted += matches.size();
      gold += spans.size();
    }
    const auto percent = [](size_t a, size_t b) {
      return b == 0 ? 0 : 100.0 * static_cast<double>(a) / static_cast<double>(b);
    };
    std::printf("%s: precision %.1f, recall %.1f, F1 %.1f; %zu found, %zu gold; %.2f M tokens/s\n",
                file.c_str(), percent(correct, predicted), percent(correct, gold),
                percent(2 * correct, predicted + gold), predicted, gold,
                static_cast<double>(num_tokens) / seconds * 1e-6);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    std::fputs(winnow::bench::kUsage, stderr);
    return 2;
  }
  const absl::Status status =
      winnow::bench::Run(arguments[0], {arguments.begin() + 1, arguments.end()});
  if (!status.ok())
    std::fprintf(stderr, "patterns_bench: %s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}

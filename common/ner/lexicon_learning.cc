#include "common/ner/lexicon_learning.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/ner/word_classes.h"
#include "common/ner/word_form.h"
#include "common/text/tokenizer.h"

namespace winnow::ner {
namespace {

// Rarer words have no class.
constexpr uint64_t kMinCount = 2;

// Occurrences of a word that do not begin a text, nor stand in one that is all in capitals.
struct CaseCounts {
  uint32_t lower = 0;
  uint32_t capital = 0;  // and mixed
  uint32_t caps = 0;
};

// Rare words: lower, Capital or CAPS in most cases (1 to 3). Others: CAPS more often than Capital
// or not, and the share of lower case.
uint32_t CaseProfile(const CaseCounts& counts) {
  const uint32_t total = counts.lower + counts.capital + counts.caps;
  if (total == 0) return 0;
  if (total < 3) return counts.lower * 2 >= total ? 1 : counts.capital >= counts.caps ? 2 : 3;
  const double lower = static_cast<double>(counts.lower) / total;
  const uint32_t share = lower == 0 ? 0 : lower < 0.1 ? 1 : lower < 0.5 ? 2 : lower < 0.9 ? 3 : 4;
  if (lower == 1) return 4;
  return 5 + 2 * share + (counts.caps > counts.capital);
}

// Reads texts token by token and knows of each word how often and how it occurs.
class WordCounter {
 public:
  void BeginText() {
    begins_.push_back(words_.size());
    cases_.clear();
  }
  void Add(absl::string_view token) {
    const WordForm form = FormOf(token);
    const auto [it, is_new] = index_.try_emplace(form.hash, static_cast<uint32_t>(seen_.size()));
    if (is_new) seen_.push_back({.hash = form.hash});
    ++seen_[it->second].count;
    words_.push_back(it->second);
    cases_.push_back(form.word_case);
  }
  void EndText() {
    const bool has_lower = std::any_of(cases_.begin(), cases_.end(), [](WordCase c) {
      return c == WordCase::kLower || c == WordCase::kCapital || c == WordCase::kMixed;
    });
    // In a text that is all in capitals the case of a word says nothing; nor does it at its
    // beginning.
    if (!has_lower) return;
    for (size_t i = 1; i < cases_.size(); ++i) {
      CaseCounts& counts = seen_[words_[begins_.back() + i]].cases;
      counts.lower += cases_[i] == WordCase::kLower;
      counts.capital += cases_[i] == WordCase::kCapital || cases_[i] == WordCase::kMixed;
      counts.caps += cases_[i] == WordCase::kCaps;
    }
  }

  struct Seen {
    uint64_t hash = 0;
    uint64_t count = 0;
    CaseCounts cases;
  };

  // Renumbers the words by falling frequency, of equally frequent ones the first met first, and
  // leaves those out of the sequences that occur less than `min_count` times. Returns all words, in
  // the new order.
  std::vector<Seen> Finish(uint64_t min_count, WordSequences& sequences) {
    std::vector<uint32_t> order(seen_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return seen_[a].count > seen_[b].count; });
    std::vector<uint32_t> rank(seen_.size());
    std::vector<Seen> sorted;
    for (const uint32_t word : order) {
      rank[word] = static_cast<uint32_t>(sorted.size());
      sorted.push_back(seen_[word]);
      if (seen_[word].count >= min_count) sequences.counts.push_back(seen_[word].count);
    }
    begins_.push_back(words_.size());
    for (size_t text = 0; text + 1 < begins_.size(); ++text) {
      sequences.begins.push_back(sequences.words.size());
      for (size_t i = begins_[text]; i < begins_[text + 1]; ++i) {
        if (rank[words_[i]] < sequences.counts.size()) sequences.words.push_back(rank[words_[i]]);
      }
    }
    sequences.begins.push_back(sequences.words.size());
    return sorted;
  }

 private:
  absl::flat_hash_map<uint64_t, uint32_t> index_;
  std::vector<Seen> seen_;
  std::vector<uint32_t> words_;
  std::vector<size_t> begins_;
  std::vector<WordCase> cases_;  // of the text being read
};

// Learns vectors of the words that are frequent enough to have classes.
absl::StatusOr<ImportedVectors> LearnVectors(const std::vector<WordCounter::Seen>& words,
                                             const WordSequences& sequences,
                                             const LexiconOptions& options,
                                             const LexiconProgress& progress) {
  uint64_t num_tokens = 0;
  for (const auto& word : words) num_tokens += word.count;
  if (words.empty() || num_tokens < options.min_tokens) {
    return absl::FailedPreconditionError(absl::StrCat("the pool has ", num_tokens,
                                                      " words; word classes need at least ",
                                                      options.min_tokens, " to be of use"));
  }
  ImportedVectors vectors;
  SkipGramOptions skip_gram;
  skip_gram.seed = options.seed;
  WINNOW_ASSIGN_OR_RETURN(vectors.vectors, TrainSkipGram(sequences, skip_gram, progress));
  for (size_t w = 0; w < sequences.counts.size(); ++w) vectors.word_hashes.push_back(words[w].hash);
  return vectors;
}

absl::StatusOr<std::shared_ptr<const Lexicon>> Learn(WordCounter& counter,
                                                     const LexiconOptions& options,
                                                     const LexiconProgress& progress) {
  WordSequences sequences;
  const auto words = counter.Finish(kMinCount, sequences);
  ImportedVectors vectors;
  if (options.vectors != nullptr) {
    vectors = *options.vectors;
  } else {
    WINNOW_ASSIGN_OR_RETURN(vectors, LearnVectors(words, sequences, options, progress));
  }
  Normalise(vectors.vectors);
  std::array<std::vector<uint32_t>, kNumGranularities> classes;
  for (size_t g = 0; g < kNumGranularities; ++g) {
    classes[g] = WordClasses::Learn(vectors.vectors, kNumClasses[g], options.num_threads)
                     .Assign(vectors.vectors, options.num_threads);
    if (progress && !progress(1))
      return absl::CancelledError("the pool's words are not all classed");
  }

  // Words that have vectors come first. Rare words have none, and imported vectors may lack others:
  // of these the case profile alone is known.
  absl::flat_hash_map<uint64_t, uint32_t> profiles;
  for (const auto& word : words) profiles.emplace(word.hash, CaseProfile(word.cases));
  std::vector<Lexicon::Word> entries;
  for (size_t w = 0; w < vectors.word_hashes.size(); ++w) {
    const auto known = profiles.extract(vectors.word_hashes[w]);
    const uint32_t profile = known.empty() ? 0 : known.mapped();
    entries.push_back({vectors.word_hashes[w],
                       WordEntry({classes[0][w], classes[1][w], classes[2][w]}, profile)});
  }
  for (const auto& word : words) {
    const auto left = profiles.find(word.hash);
    if (left != profiles.end() && left->second != 0)
      entries.push_back({word.hash, WordEntry(left->second)});
  }
  return Lexicon::Make(entries);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Lexicon>> LearnLexicon(
    absl::Span<const absl::string_view> texts, const LexiconOptions& options,
    const LexiconProgress& progress) {
  WordCounter counter;
  std::vector<text::Token> tokens;
  for (const absl::string_view text : texts) {
    tokens.clear();
    text::Tokenize(text, tokens);
    counter.BeginText();
    for (const text::Token& token : tokens) {
      counter.Add(text.substr(token.begin_byte, token.end_byte - token.begin_byte));
    }
    counter.EndText();
  }
  return Learn(counter, options, progress);
}

absl::StatusOr<std::shared_ptr<const Lexicon>> LearnLexicon(
    absl::Span<const std::vector<absl::string_view>> texts, const LexiconOptions& options,
    const LexiconProgress& progress) {
  WordCounter counter;
  for (const std::vector<absl::string_view>& text : texts) {
    counter.BeginText();
    for (const absl::string_view token : text) counter.Add(token);
    counter.EndText();
  }
  return Learn(counter, options, progress);
}

}  // namespace winnow::ner

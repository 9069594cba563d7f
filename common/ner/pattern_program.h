// The program that a set of patterns is compiled to: PatternSet keeps it, PatternMatcher runs it.
// Internal to the folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/text/regex.h"
#include "winnow/storage/v1/patterns.pb.h"

namespace winnow::ner {

// A piece (a token of text/tokenizer.h) is compared by the hash of its text, or of its text in
// lower case.
uint64_t TextKey(absl::string_view piece);
uint64_t LowerKey(absl::string_view lowered_piece);

// The key of a run of pieces, taken up one by one.
class RunKey {
 public:
  explicit RunKey(size_t num_pieces) : key_(num_pieces) {}
  void Add(uint64_t piece_key) { key_ = MixHash(key_, piece_key); }
  uint64_t key() const { return key_; }

 private:
  uint64_t key_;
};

struct CompiledTest {
  storage::v1::TokenTest::Attribute attribute;
  bool negated;
  std::vector<uint64_t> keys;       // TEXT, LOWER: the RunKey of each value, ascending
  std::vector<std::string> shapes;  // SHAPE
  std::optional<text::Regex> regex;
  uint32_t min_length, max_length;
};

// All tests of one place of a token pattern, of some pieces.
struct Predicate {
  std::vector<CompiledTest> tests;
  bool negated = false;
  // It is tried on words, too.
  bool of_words = false;
  // Numbers of pieces that it is tried on; ascending.
  std::vector<uint32_t> sizes;
};

enum class Count : uint8_t { kOne, kOptional, kAnyNumber };

struct Element {
  uint32_t predicate;  // index into PatternProgram::predicates
  Count count;
};

struct TokenRule {
  uint32_t pattern;
  std::vector<Element> elements;
};

struct PatternProgram {
  // The trie of literal patterns: from TrieEdge(node, key of a piece) to the node behind it; node 0
  // is the root.
  absl::flat_hash_map<uint64_t, uint32_t> edges;
  std::vector<std::vector<uint32_t>> patterns_at = {{}};

  std::vector<Predicate> predicates;
  std::vector<TokenRule> rules;
  // Rules by the key of the piece that they begin with, and those that may begin with any.
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> rules_at;
  std::vector<uint32_t> free_rules;

  std::vector<uint32_t> label_of;  // of each pattern: index into the labels
};

inline uint64_t TrieEdge(uint32_t node, uint64_t piece_key) { return MixHash(node, piece_key); }

// `labels`: those of the patterns, ascending, each once. InvalidArgument, naming the pattern, for
// what PatternSet::Make refuses.
absl::StatusOr<std::unique_ptr<const PatternProgram>> CompilePatterns(
    const storage::v1::PatternSet& patterns, const std::vector<std::string>& labels);

}  // namespace winnow::ner

// Finds what word lists and patterns mark in the tokens of a text.
//
// Patterns were mostly written for spaCy's tokens, which are longer than ours (text/tokenizer.h):
// "u.s.", "'s", "y-3" and web addresses are one token there. So what a pattern asks for is itself
// cut as the text is, and then compared piece by piece, wherever the white space is:
// * A string pattern, and a value of TEXT or LOWER, matches the run of pieces that it consists of:
//   {"LOWER": "u.s."} the four of "U.S.". A value that begins with "n't" also matches joined to the
//   value before it: "do", "n't" in "don't".
// * SHAPE, LIKE_NUM, LIKE_URL, LIKE_EMAIL and regular expressions are tried on single pieces and on
//   the word at which they stand: the touching pieces, with and without the symbols at its ends.
//   All other tests are tried on single pieces.
// * In scripts without spaces each character is a piece ("東京" two), and nothing tells how far a
// word
//   goes: values match wherever they stand, and the tests of words see single characters and what
//   stands between them.
// * Values, expressions and texts are compared in Unicode's form C: it does not matter whether "é"
// is
//   one character or two.
// * A number and its unit in one word ("10mg") are one piece here and two tokens there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/tags.h"
#include "winnow/storage/v1/patterns.pb.h"

namespace winnow::ner {

struct PatternProgram;

// A compiled set of patterns. String patterns and token patterns of TEXT and LOWER alone are in one
// hash trie, so that the time per token does not grow with their number; the others are simulated,
// bit-parallel over the positions, in time proportional to the number of tokens, and their matches
// are shorter than kMaxMatchPieces pieces. Immutable, hence thread-safe.
class PatternSet {
 public:
  static constexpr int kMaxMatchPieces = 64;

  // InvalidArgument, naming the pattern, for one without a label or without a token, and for a
  // malformed expression.
  static absl::StatusOr<std::shared_ptr<const PatternSet>> Make(storage::v1::PatternSet patterns);
  // Reads the bytes that Serialize gave. InvalidArgument also for other bytes.
  static absl::StatusOr<std::shared_ptr<const PatternSet>> Parse(absl::string_view bytes);
  ~PatternSet();

  // Equal for equal patterns.
  std::string Serialize() const;
  // Hash64 of Serialize.
  uint64_t digest() const { return digest_; }

  const storage::v1::PatternSet& patterns() const { return patterns_; }
  // Sorted, without repetition; TokenSpan::label of a match is an index into it.
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  friend class PatternMatcher;

  explicit PatternSet(storage::v1::PatternSet patterns);

  storage::v1::PatternSet patterns_;
  std::vector<std::string> labels_;
  uint64_t digest_ = 0;
  std::unique_ptr<const PatternProgram> program_;
};

// A match: the tokens, and the pattern that they match.
struct PatternMatch {
  TokenSpan span;
  // Index into PatternSet::patterns.
  uint32_t pattern = 0;

  auto operator<=>(const PatternMatch&) const = default;
};

// Scratch memory that belongs to its caller and serves any number of sets and texts; not
// thread-safe.
class PatternMatcher {
 public:
  PatternMatcher();
  ~PatternMatcher();

  // Replaces `matches` by all matches, ascending. `tokens` are UTF-8, together one text, from any
  // tokenizer: matches begin and end where they do. Tokens that touch in memory touch in the text;
  // they should be views into it.
  void FindMatches(const PatternSet& set, absl::Span<const absl::string_view> tokens,
                   std::vector<PatternMatch>& matches);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

// Keeps, of the matches of each label, the longest, of equally long ones the first, and of the
// others those that share no token with what was kept: spaCy's filter_spans, label by label.
// Ascending.
void KeepLongest(std::vector<PatternMatch>& matches);

}  // namespace winnow::ner

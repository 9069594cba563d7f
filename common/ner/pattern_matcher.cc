#include <algorithm>
#include <deque>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/ner/pattern_program.h"
#include "common/ner/patterns.h"
#include "common/text/letters.h"
#include "common/text/normalize.h"
#include "common/text/scripts.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::ner {
namespace {

using storage::v1::TokenTest;

// This many symbols at each side of a word are tried with and without.
constexpr uint32_t kMaxTrimmed = 3;

// The tests that ask how a value looks, and nothing else.
bool Looks(absl::string_view value, TokenTest::Attribute attribute) {
  switch (attribute) {
    case TokenTest::ATTRIBUTE_IS_ALPHA:
      return text::IsAllLetters(value);
    case TokenTest::ATTRIBUTE_IS_DIGIT:
      return text::IsAllDigits(value);
    case TokenTest::ATTRIBUTE_IS_ASCII:
      return text::IsAllAscii(value);
    case TokenTest::ATTRIBUTE_IS_PUNCT:
      return text::IsAllPunctuation(value);
    case TokenTest::ATTRIBUTE_IS_LOWER:
      return text::IsLowerCase(value);
    case TokenTest::ATTRIBUTE_IS_UPPER:
      return text::IsUpperCase(value);
    case TokenTest::ATTRIBUTE_IS_TITLE:
      return text::IsTitleCase(value);
    case TokenTest::ATTRIBUTE_LIKE_NUM:
      return text::LooksLikeNumber(value);
    case TokenTest::ATTRIBUTE_LIKE_URL:
      return text::LooksLikeUrl(value);
    case TokenTest::ATTRIBUTE_LIKE_EMAIL:
      return text::LooksLikeEmail(value);
    default:
      return false;
  }
}

bool IsUnspaced(absl::string_view piece) {
  size_t position = 0;
  return text::UnspacedScriptOf(text::DecodeUtf8(piece, position)) != text::UnspacedScript::kNone;
}

}  // namespace

struct PatternMatcher::Scratch {
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Piece {
    absl::string_view text;   // as it stands in its token
    absl::string_view value;  // the same in form C, which is what is compared
    uint64_t text_key;
    uint64_t lower_key;
    uint32_t first_of = kNone;  // the token that begins with it
    uint32_t last_of = kNone;   // the token that ends with it
  };
  struct Run {
    uint32_t begin;
    uint32_t size;
    auto operator<=>(const Run&) const = default;
  };
  // The places where a predicate holds. They are found when a rule first asks, once per text.
  struct Hits {
    uint64_t text = 0;            // the number of the text that it speaks of
    std::vector<uint64_t> alone;  // a bit per piece: it holds of this piece alone
    std::vector<Run> runs;        // it holds of these runs of more pieces; ascending
  };

  std::vector<Piece> pieces;
  std::vector<Run> words;  // of two pieces or more, ascending
  std::vector<text::Token> cut;
  std::vector<uint32_t> nodes, next_nodes;
  std::vector<Hits> hits;  // of each predicate
  uint64_t text = 0;       // number of texts
  std::string lowered, joined, composed;
  std::deque<std::string> kept;  // values that are not as written
  std::vector<PatternMatch> matches;

  void AddPiece(absl::string_view piece) {
    absl::string_view value = text::ToNfc(piece, composed);
    if (value.data() != piece.data()) value = kept.emplace_back(value);
    text::Lower(value, lowered);
    pieces.push_back({piece, value, TextKey(value), LowerKey(lowered)});
  }

  // The text's tokens may come from another tokenizer than the patterns' values, so both are cut to
  // the same pieces; a match counts where pieces begin and end with tokens.
  void Cut(absl::Span<const absl::string_view> tokens) {
    pieces.clear();
    kept.clear();
    for (size_t t = 0; t < tokens.size(); ++t) {
      const size_t first = pieces.size();
      cut.clear();
      text::Tokenize(tokens[t], cut);
      for (const text::Token& piece : cut) {
        AddPiece(tokens[t].substr(piece.begin_byte, piece.end_byte - piece.begin_byte));
      }
      if (pieces.size() == first) continue;
      pieces[first].first_of = static_cast<uint32_t>(t);
      pieces.back().last_of = static_cast<uint32_t>(t);
    }
  }

  bool Touches(size_t i) const {
    return pieces[i - 1].text.data() + pieces[i - 1].text.size() == pieces[i].text.data();
  }

  // Whether a piece and the one before it may be of one word. A character of a script without
  // spaces is none: nothing tells how far its word goes.
  bool Continues(size_t i) const {
    return Touches(i) && !IsUnspaced(pieces[i - 1].value) && !IsUnspaced(pieces[i].value);
  }

  // A word is a run of pieces that touch, with and without the symbols at its ends: "(u.s.)" is
  // also tried as "u.s." and "u.s".
  void FindWords() {
    words.clear();
    const auto size = static_cast<uint32_t>(pieces.size());
    for (uint32_t begin = 0, end; begin < size; begin = end) {
      for (end = begin + 1; end < size && Continues(end);) ++end;
      if (end - begin < 2) continue;
      for (uint32_t first = begin;; ++first) {
        for (uint32_t last = end; last > first + 1; --last) {
          if (last - first < PatternSet::kMaxMatchPieces) words.push_back({first, last - first});
          if (end - last == kMaxTrimmed || !text::IsAllSymbols(pieces[last - 1].value)) break;
        }
        if (first - begin == kMaxTrimmed || !text::IsAllSymbols(pieces[first].value)) break;
      }
    }
    std::sort(words.begin(), words.end());
  }

  bool IsAsWritten(size_t i) const { return pieces[i].value.data() == pieces[i].text.data(); }

  // The value of a run. Pieces that touch are one stretch of memory already; others are joined.
  absl::string_view Value(uint32_t begin, uint32_t size) {
    const absl::string_view first = pieces[begin].text, last = pieces[begin + size - 1].text;
    bool is_stretch = IsAsWritten(begin);
    for (uint32_t i = begin + 1; i < begin + size; ++i) is_stretch &= Touches(i) && IsAsWritten(i);
    if (is_stretch)
      return {first.data(), static_cast<size_t>(last.data() + last.size() - first.data())};
    joined.clear();
    for (uint32_t i = begin; i < begin + size; ++i) absl::StrAppend(&joined, pieces[i].value);
    return joined;
  }

  bool Passes(const CompiledTest& test, uint32_t begin, uint32_t size) {
    const bool lower = test.attribute == TokenTest::ATTRIBUTE_LOWER;
    if (!test.keys.empty()) {
      RunKey run(size);
      for (uint32_t i = begin; i < begin + size; ++i)
        run.Add(lower ? pieces[i].lower_key : pieces[i].text_key);
      return std::binary_search(test.keys.begin(), test.keys.end(), run.key());
    }
    const absl::string_view value = Value(begin, size);
    switch (test.attribute) {
      case TokenTest::ATTRIBUTE_TEXT:
        return test.regex->IsFoundIn(value);
      case TokenTest::ATTRIBUTE_LOWER:
        text::Lower(value, lowered);
        return test.regex->IsFoundIn(lowered);
      case TokenTest::ATTRIBUTE_SHAPE: {
        const std::string shape = text::ShapeOf(value);
        return test.regex.has_value()
                   ? test.regex->IsFoundIn(shape)
                   : std::find(test.shapes.begin(), test.shapes.end(), shape) != test.shapes.end();
      }
      case TokenTest::ATTRIBUTE_LENGTH: {
        const size_t length = text::NumCodePoints(value);
        return test.min_length <= length && length <= test.max_length;
      }
      default:
        return Looks(value, test.attribute);
    }
  }

  bool Holds(const Predicate& predicate, uint32_t begin, uint32_t size) {
    const bool all = std::all_of(
        predicate.tests.begin(), predicate.tests.end(),
        [&](const CompiledTest& test) { return Passes(test, begin, size) != test.negated; });
    return all != predicate.negated;
  }

  // The hits of a predicate in this text.
  const Hits& HitsOf(const std::vector<Predicate>& predicates, uint32_t index) {
    Hits& found = hits[index];
    if (found.text == text) return found;
    found.text = text;
    found.runs.clear();
    const auto n = static_cast<uint32_t>(pieces.size());
    found.alone.assign(n / 64 + 2, 0);  // One word more, so that a window never ends behind it.
    const Predicate& predicate = predicates[index];
    const auto try_run = [&](Run run) {
      if (Holds(predicate, run.begin, run.size)) found.runs.push_back(run);
    };
    for (const uint32_t size : predicate.sizes) {
      for (uint32_t begin = 0; begin + size <= n; ++begin) {
        if (size > 1) {
          try_run({begin, size});
        } else if (Holds(predicate, begin, 1)) {
          found.alone[begin / 64] |= uint64_t{1} << (begin % 64);
        }
      }
    }
    if (predicate.of_words) {
      for (const Run& word : words) try_run(word);
    }
    std::sort(found.runs.begin(), found.runs.end());
    return found;
  }

  // The positions behind those of `at` once a predicate has taken its pieces. Bit k: k pieces
  // behind `start`.
  static uint64_t Advance(const Hits& found, uint32_t start, uint64_t at) {
    const uint32_t word = start / 64, shift = start % 64;
    const uint64_t window =
        shift == 0 ? found.alone[word]
                   : (found.alone[word] >> shift) | (found.alone[word + 1] << (64 - shift));
    uint64_t behind = (at & window) << 1;
    for (auto run = std::lower_bound(found.runs.begin(), found.runs.end(), Run{start, 0});
         run != found.runs.end() && run->begin < start + 64; ++run) {
      const uint32_t end = run->begin - start + run->size;
      if (end < 64 && (at >> (run->begin - start) & 1) != 0) behind |= uint64_t{1} << end;
    }
    return behind;
  }

  void Emit(const PatternProgram& program, uint32_t begin, uint32_t end, uint32_t pattern) {
    const uint32_t first = pieces[begin].first_of, last = pieces[end - 1].last_of;
    if (first != kNone && last != kNone)
      matches.push_back({{first, last + 1, program.label_of[pattern]}, pattern});
  }

  // Simulates the automaton of a rule from one start. Bit k of `at` says that the elements so far
  // can have taken exactly k pieces.
  void RunRule(const PatternProgram& program, const TokenRule& rule, uint32_t start) {
    uint64_t at = 1;
    for (const Element& element : rule.elements) {
      const Hits& found = HitsOf(program.predicates, element.predicate);
      uint64_t behind = Advance(found, start, at);
      if (element.count == Count::kOne) {
        at = behind;
      } else if (element.count == Count::kOptional) {
        at |= behind;
      } else {
        for (uint64_t fresh = behind & ~at; fresh != 0; fresh = Advance(found, start, fresh) & ~at)
          at |= fresh;
      }
      if (at == 0) return;
    }
    for (at &= ~uint64_t{1}; at != 0; at &= at - 1) {
      Emit(program, start, start + static_cast<uint32_t>(__builtin_ctzll(at)), rule.pattern);
    }
  }

  // Follows the literals that begin at a piece. A literal may mix TEXT and LOWER, so a node is left
  // by both keys, and several nodes are followed at once.
  void FollowTrie(const PatternProgram& program, uint32_t start) {
    nodes = {0};
    for (uint32_t i = start; i < pieces.size() && !nodes.empty(); ++i) {
      next_nodes.clear();
      for (const uint32_t node : nodes) {
        for (const uint64_t key : {pieces[i].text_key, pieces[i].lower_key}) {
          const auto edge = program.edges.find(TrieEdge(node, key));
          if (edge == program.edges.end()) continue;
          next_nodes.push_back(edge->second);
          for (const uint32_t pattern : program.patterns_at[edge->second])
            Emit(program, start, i + 1, pattern);
        }
      }
      nodes.swap(next_nodes);
    }
  }

  void Find(const PatternProgram& program, absl::Span<const absl::string_view> tokens) {
    matches.clear();
    Cut(tokens);
    ++text;
    if (!program.rules.empty()) FindWords();
    if (hits.size() < program.predicates.size()) hits.resize(program.predicates.size());
    for (uint32_t start = 0; start < pieces.size(); ++start) {
      if (pieces[start].first_of == kNone) continue;
      FollowTrie(program, start);
      if (!program.rules_at.empty()) {
        for (const uint64_t key : {pieces[start].text_key, pieces[start].lower_key}) {
          const auto rules = program.rules_at.find(key);
          if (rules == program.rules_at.end()) continue;
          for (const uint32_t rule : rules->second) RunRule(program, program.rules[rule], start);
        }
      }
      for (const uint32_t rule : program.free_rules) RunRule(program, program.rules[rule], start);
    }
    std::sort(matches.begin(), matches.end());
    matches.erase(std::unique(matches.begin(), matches.end()), matches.end());
  }
};

PatternMatcher::PatternMatcher() : scratch_(std::make_unique<Scratch>()) {}
PatternMatcher::~PatternMatcher() = default;

void PatternMatcher::FindMatches(const PatternSet& set, absl::Span<const absl::string_view> tokens,
                                 std::vector<PatternMatch>& matches) {
  scratch_->Find(*set.program_, tokens);
  matches = scratch_->matches;
}

}  // namespace winnow::ner

#include "common/ner/patterns.h"

#include <utf8proc.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/text/regex.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::ner {
namespace {

using storage::v1::Pattern;
using storage::v1::TokenPattern;
using storage::v1::TokenTest;

constexpr uint64_t kTextSeed = 1;
constexpr uint64_t kLowerSeed = 2;

// Of each side of a word, this many symbols are tried with and without.
constexpr uint32_t kMaxTrimmed = 3;

bool IsAscii(absl::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

// Lower case, character by character.
void Lower(absl::string_view value, std::string& lower) {
  lower.clear();
  for (size_t position = 0; position < value.size();) {
    const uint8_t byte = static_cast<uint8_t>(value[position]);
    if (byte < 0x80) {
      lower.push_back(static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte));
      ++position;
      continue;
    }
    const char32_t c = text::DecodeUtf8(value, position);
    utf8proc_uint8_t bytes[4];
    const auto size =
        utf8proc_encode_char(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)), bytes);
    lower.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
}

std::vector<absl::string_view> PiecesOf(absl::string_view value) {
  return text::Forms(value, text::Tokenize(value));
}

// Keys of the pieces of a value of TEXT or LOWER.
std::vector<uint64_t> KeysOf(absl::string_view value, bool lower) {
  std::string lowered(value);
  if (lower) Lower(value, lowered);
  std::vector<uint64_t> keys;
  for (const absl::string_view piece : PiecesOf(lowered))
    keys.push_back(Hash64(piece, lower ? kLowerSeed : kTextSeed));
  return keys;
}

uint64_t Combine(absl::Span<const uint64_t> keys) {
  uint64_t combined = keys.size();
  for (const uint64_t key : keys) combined = MixHash(combined, key);
  return combined;
}

enum class Letter { kUpper, kLower, kUncased, kDigit, kPunctuation, kOther };

Letter LetterOf(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
      return Letter::kUpper;
    case UTF8PROC_CATEGORY_LL:
      return Letter::kLower;
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return Letter::kUncased;
    case UTF8PROC_CATEGORY_ND:
      return Letter::kDigit;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
      return Letter::kPunctuation;
    default:
      return Letter::kOther;
  }
}

// Whether `is(letter)` holds for every character.
template <typename Is>
bool All(absl::string_view value, const Is& is) {
  for (size_t position = 0; position < value.size();) {
    if (!is(LetterOf(text::DecodeUtf8(value, position)))) return false;
  }
  return true;
}

bool IsPunctuation(absl::string_view value) {
  return All(value, [](Letter letter) { return letter == Letter::kPunctuation; });
}

// Punctuation, "<", "$" and the like.
bool IsSymbol(absl::string_view value) {
  return All(value, [](Letter letter) {
    return letter == Letter::kPunctuation || letter == Letter::kOther;
  });
}

// There is an upper-case or lower-case letter, and no `other` one.
bool IsCased(absl::string_view value, Letter other) {
  bool cased = false;
  return All(value,
             [&](Letter letter) {
               cased |= letter == Letter::kUpper || letter == Letter::kLower;
               return letter != other;
             }) &&
         cased;
}

// As Python's istitle.
bool IsTitle(absl::string_view value) {
  bool any = false, in_run = false;
  return All(value,
             [&](Letter letter) {
               const bool cased = letter == Letter::kUpper || letter == Letter::kLower;
               const bool right = !cased || (letter == Letter::kUpper) != in_run;
               in_run = cased;
               any |= cased;
               return right;
             }) &&
         any;
}

std::string ShapeOf(absl::string_view value) {
  constexpr int kMaxRun = 4;
  std::string shape, last;
  int run = 0;
  for (size_t position = 0; position < value.size();) {
    const size_t begin = position;
    const Letter letter = LetterOf(text::DecodeUtf8(value, position));
    const std::string symbol = letter == Letter::kUpper                                 ? "X"
                               : letter == Letter::kLower || letter == Letter::kUncased ? "x"
                               : letter == Letter::kDigit
                                   ? "d"
                                   : std::string(value.substr(begin, position - begin));
    run = symbol == last ? run + 1 : 1;
    if (run <= kMaxRun) shape += symbol;
    last = symbol;
  }
  return shape;
}

const text::Regex& Compiled(const char* pattern) {
  return *new text::Regex(*text::Regex::Compile(pattern));
}

// The lists and forms that spaCy's English has, less its list of all top-level domains.
bool LooksLikeNumber(absl::string_view value) {
  static const text::Regex& regex = Compiled(
      R"((?i)^[-+~±]?(\d[\d.,]*(/\d[\d.,]*)?|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|)"
      R"(thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|)"
      R"(ninety|hundred|thousand|million|billion|trillion|\d+(st|nd|rd|th)|first|second|third|fourth|fifth|sixth|)"
      R"(seventh|eighth|ninth|tenth)$)");
  return regex.IsFoundIn(value);
}

bool LooksLikeUrl(absl::string_view value) {
  static const text::Regex& regex = Compiled(
      R"((?i)^((https?|ftp)://[^\s]+|www\.[^\s]+\.[^\s]+|([a-z0-9][a-z0-9-]*\.)+(com|org|net|edu|gov|mil|int|info|biz|)"
      R"(io|co|me|tv|eu|uk|de|fr|nl|es|it|ch|at|us|ca|au|in|jp|cn|ru|br)(:\d+)?([/?#][^\s]*)?)$)");
  return regex.IsFoundIn(value);
}

bool LooksLikeEmail(absl::string_view value) {
  static const text::Regex& regex = Compiled(
      R"((?i)^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)+$)");
  return regex.IsFoundIn(value);
}

struct Test {
  TokenTest::Attribute attribute;
  bool negated;
  std::vector<uint64_t> keys;       // TEXT, LOWER: Combine of each value's keys, sorted.
  std::vector<std::string> shapes;  // SHAPE
  std::optional<text::Regex> regex;
  uint32_t min_length, max_length;
};

// What one place of a token pattern asks of some pieces.
struct Predicate {
  std::vector<Test> tests;
  bool negated = false;
  bool of_words = false;
  // Numbers of pieces that it is tried on, beside words; ascending.
  std::vector<uint32_t> sizes;
};

enum class Count : uint8_t { kOne, kOptional, kAnyNumber };

struct Element {
  uint32_t predicate;
  Count count;
};

struct TokenRule {
  uint32_t pattern;
  std::vector<Element> elements;
};

bool IsValueTest(const TokenTest& test) {
  return !test.negated() && !test.values().empty() &&
         (test.attribute() == TokenTest::ATTRIBUTE_TEXT ||
          test.attribute() == TokenTest::ATTRIBUTE_LOWER);
}

// The place is one value of TEXT or LOWER.
bool IsLiteral(const TokenPattern& token) {
  return !token.negated() && token.tests_size() == 1 && IsValueTest(token.tests(0)) &&
         token.tests(0).values_size() == 1;
}

bool IsLiteral(const Pattern& pattern) {
  return std::all_of(
      pattern.tokens().begin(), pattern.tokens().end(), [](const TokenPattern& token) {
        return IsLiteral(token) && token.min_count() > 0 && token.min_count() == token.max_count();
      });
}

absl::StatusOr<Predicate> Compile(const TokenPattern& token) {
  Predicate predicate;
  predicate.negated = token.negated();
  std::set<uint32_t> sizes;
  for (const TokenTest& test : token.tests()) {
    Test& compiled = predicate.tests.emplace_back();
    compiled.attribute = test.attribute();
    compiled.negated = test.negated();
    compiled.min_length = test.min_length();
    compiled.max_length = test.max_length();
    const bool of_strings = test.attribute() == TokenTest::ATTRIBUTE_TEXT ||
                            test.attribute() == TokenTest::ATTRIBUTE_LOWER ||
                            test.attribute() == TokenTest::ATTRIBUTE_SHAPE;
    if (of_strings && test.values().empty()) {
      WINNOW_ASSIGN_OR_RETURN(compiled.regex, text::Regex::Compile(test.regex()));
    } else if (test.attribute() == TokenTest::ATTRIBUTE_SHAPE) {
      compiled.shapes = {test.values().begin(), test.values().end()};
    } else if (of_strings) {
      for (const std::string& value : test.values()) {
        const std::vector<uint64_t> keys =
            KeysOf(value, test.attribute() == TokenTest::ATTRIBUTE_LOWER);
        compiled.keys.push_back(Combine(keys));
        if (!test.negated() && !keys.empty()) sizes.insert(static_cast<uint32_t>(keys.size()));
      }
      std::sort(compiled.keys.begin(), compiled.keys.end());
    }
    predicate.of_words |=
        !test.negated() && (compiled.regex.has_value() || !compiled.shapes.empty() ||
                            test.attribute() == TokenTest::ATTRIBUTE_LIKE_NUM ||
                            test.attribute() == TokenTest::ATTRIBUTE_LIKE_URL ||
                            test.attribute() == TokenTest::ATTRIBUTE_LIKE_EMAIL);
  }
  if (sizes.empty() || predicate.negated) sizes = {1};
  predicate.of_words &= !predicate.negated;
  predicate.sizes = {sizes.begin(), sizes.end()};
  return predicate;
}

}  // namespace

struct PatternSet::Program {
  // The trie: from MixHash(node, key of a piece) to the node behind it; node 0 is the root.
  absl::flat_hash_map<uint64_t, uint32_t> edges;
  std::vector<std::vector<uint32_t>> patterns_at = {{}};

  std::vector<Predicate> predicates;
  std::vector<TokenRule> rules;
  // Rules by the key of the piece that they begin with, and those that may begin with any.
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> rules_at;
  std::vector<uint32_t> free_rules;

  std::vector<uint32_t> label_of;  // of a pattern

  void AddLiteral(absl::Span<const uint64_t> keys, uint32_t pattern) {
    uint32_t node = 0;
    for (const uint64_t key : keys) {
      const auto [edge, is_new] =
          edges.try_emplace(MixHash(node, key), static_cast<uint32_t>(patterns_at.size()));
      if (is_new) patterns_at.emplace_back();
      node = edge->second;
    }
    patterns_at[node].push_back(pattern);
  }

  void AddLiteral(const Pattern& pattern, uint32_t index) {
    // As the pattern stands, and with each "n't" joined to the value before it.
    std::vector<std::pair<std::string, bool>> apart, joined;
    for (const TokenPattern& token : pattern.tokens()) {
      const bool lower = token.tests(0).attribute() == TokenTest::ATTRIBUTE_LOWER;
      const std::string& value = token.tests(0).values(0);
      for (uint32_t i = 0; i < token.min_count(); ++i) {
        apart.push_back({value, lower});
        const bool contracted =
            absl::StartsWithIgnoreCase(value, "n't") || absl::StartsWithIgnoreCase(value, "n’t");
        if (contracted && !joined.empty() && joined.back().second == lower) {
          joined.back().first += value;
        } else {
          joined.push_back({value, lower});
        }
      }
    }
    const auto add = [&](const std::vector<std::pair<std::string, bool>>& values) {
      std::vector<uint64_t> keys;
      for (const auto& [value, lower] : values) {
        const std::vector<uint64_t> more = KeysOf(value, lower);
        keys.insert(keys.end(), more.begin(), more.end());
      }
      AddLiteral(keys, index);
    };
    add(apart);
    if (joined.size() < apart.size()) add(joined);
  }

  // `interned`: predicates by the bytes of what they were compiled from.
  absl::Status AddRule(const Pattern& pattern, uint32_t index,
                       std::map<std::string, uint32_t>& interned) {
    TokenRule rule{index, {}};
    for (const TokenPattern& token : pattern.tokens()) {
      TokenPattern place = token;
      place.clear_min_count();
      place.clear_max_count();
      const auto [known, is_new] =
          interned.try_emplace(place.SerializeAsString(), static_cast<uint32_t>(predicates.size()));
      if (is_new) {
        WINNOW_ASSIGN_OR_RETURN(Predicate predicate, Compile(token));
        predicates.push_back(std::move(predicate));
      }
      const auto add = [&](uint32_t times, Count count) {
        rule.elements.insert(rule.elements.end(), times, Element{known->second, count});
      };
      add(token.min_count(), Count::kOne);
      if (token.max_count() == 0) {
        add(1, Count::kAnyNumber);
      } else {
        add(token.max_count() - token.min_count(), Count::kOptional);
      }
    }
    const TokenPattern& first = pattern.tokens(0);
    const uint32_t number = static_cast<uint32_t>(rules.size());
    if (IsLiteral(first) && first.min_count() > 0) {
      const TokenTest& test = first.tests(0);
      rules_at[KeysOf(test.values(0), test.attribute() == TokenTest::ATTRIBUTE_LOWER).front()]
          .push_back(number);
    } else {
      free_rules.push_back(number);
    }
    rules.push_back(std::move(rule));
    return absl::OkStatus();
  }
};

namespace {

// What makes a pattern one that cannot be compiled; empty if nothing does. formats/patterns.h says
// it in more words.
std::string Defect(const Pattern& pattern) {
  if (pattern.label().empty()) return "has no label";
  if (pattern.text().empty() == pattern.tokens().empty()) return "needs either text or tokens";
  if (pattern.tokens().empty())
    return text::Tokenize(pattern.text()).empty() ? "is only white space" : "";
  uint64_t num_elements = 0;
  for (const TokenPattern& token : pattern.tokens()) {
    if (token.max_count() > 0 && token.min_count() > token.max_count())
      return "has min_count above max_count";
    num_elements += std::max<uint64_t>(token.max_count(),
                                       uint64_t{token.min_count()} + (token.max_count() == 0));
    if (IsLiteral(token) && text::Tokenize(token.tests(0).values(0)).empty())
      return "asks for white space";
    for (const TokenTest& test : token.tests()) {
      if (test.attribute() < TokenTest::ATTRIBUTE_TEXT ||
          test.attribute() > TokenTest::ATTRIBUTE_LIKE_EMAIL) {
        return "has a test of an unknown attribute";
      }
    }
  }
  return num_elements > PatternSet::kMaxMatchPieces ? "has too many tokens" : "";
}

}  // namespace

PatternSet::PatternSet(storage::v1::PatternSet patterns) : patterns_(std::move(patterns)) {}
PatternSet::~PatternSet() = default;

absl::StatusOr<std::shared_ptr<const PatternSet>> PatternSet::Make(
    storage::v1::PatternSet patterns) {
  const std::shared_ptr<PatternSet> set(new PatternSet(std::move(patterns)));
  auto program = std::make_unique<Program>();
  for (const Pattern& pattern : set->patterns_.patterns()) set->labels_.push_back(pattern.label());
  std::sort(set->labels_.begin(), set->labels_.end());
  set->labels_.erase(std::unique(set->labels_.begin(), set->labels_.end()), set->labels_.end());
  std::map<std::string, uint32_t> interned;
  for (int i = 0; i < set->patterns_.patterns_size(); ++i) {
    const Pattern& pattern = set->patterns_.patterns(i);
    const uint32_t index = static_cast<uint32_t>(i);
    std::string defect = Defect(pattern);
    if (defect.empty() && !pattern.text().empty()) {
      program->AddLiteral(KeysOf(pattern.text(), /*lower=*/false), index);
    } else if (defect.empty() && IsLiteral(pattern)) {
      program->AddLiteral(pattern, index);
    } else if (defect.empty()) {
      defect = std::string(program->AddRule(pattern, index, interned).message());
    }
    if (!defect.empty())
      return absl::InvalidArgumentError(absl::StrCat("pattern ", i + 1, " ", defect));
    program->label_of.push_back(static_cast<uint32_t>(
        std::lower_bound(set->labels_.begin(), set->labels_.end(), pattern.label()) -
        set->labels_.begin()));
  }
  set->program_ = std::move(program);
  set->digest_ = Hash64(set->Serialize());
  return set;
}

absl::StatusOr<std::shared_ptr<const PatternSet>> PatternSet::Parse(absl::string_view bytes) {
  storage::v1::PatternSet patterns;
  if (!patterns.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a set of patterns");
  }
  return Make(std::move(patterns));
}

std::string PatternSet::Serialize() const { return patterns_.SerializeAsString(); }

struct PatternMatcher::Scratch {
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Piece {
    absl::string_view text;
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
  // Where a predicate holds.
  struct Hits {
    uint64_t text = 0;            // of which text it speaks
    std::vector<uint64_t> alone;  // bit: of the piece there
    std::vector<Run> runs;        // of more pieces, ascending
  };

  std::vector<Piece> pieces;
  std::vector<Run> words;  // of two pieces or more, ascending
  std::vector<text::Token> cut;
  std::vector<uint32_t> nodes, next_nodes;
  std::vector<Hits> hits;  // of each predicate
  uint64_t text = 0;       // number of texts
  std::string lowered, joined;
  std::vector<PatternMatch> matches;

  void AddPiece(absl::string_view piece) {
    Lower(piece, lowered);
    pieces.push_back({piece, Hash64(piece, kTextSeed), Hash64(lowered, kLowerSeed)});
  }

  void Cut(absl::Span<const absl::string_view> tokens) {
    pieces.clear();
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

  void FindWords() {
    words.clear();
    const auto size = static_cast<uint32_t>(pieces.size());
    for (uint32_t begin = 0, end; begin < size; begin = end) {
      for (end = begin + 1; end < size && Touches(end);) ++end;
      if (end - begin < 2) continue;
      for (uint32_t first = begin;; ++first) {
        for (uint32_t last = end; last > first + 1; --last) {
          if (last - first < PatternSet::kMaxMatchPieces) words.push_back({first, last - first});
          if (end - last == kMaxTrimmed || !IsSymbol(pieces[last - 1].text)) break;
        }
        if (first - begin == kMaxTrimmed || !IsSymbol(pieces[first].text)) break;
      }
    }
    std::sort(words.begin(), words.end());
  }

  absl::string_view Value(uint32_t begin, uint32_t size) {
    const absl::string_view first = pieces[begin].text, last = pieces[begin + size - 1].text;
    bool touch = true;
    for (uint32_t i = begin + 1; i < begin + size; ++i) touch &= Touches(i);
    if (touch) return {first.data(), static_cast<size_t>(last.data() + last.size() - first.data())};
    joined.clear();
    for (uint32_t i = begin; i < begin + size; ++i) absl::StrAppend(&joined, pieces[i].text);
    return joined;
  }

  bool Passes(const Test& test, uint32_t begin, uint32_t size) {
    const bool lower = test.attribute == TokenTest::ATTRIBUTE_LOWER;
    if (!test.keys.empty()) {
      uint64_t combined = size;
      for (uint32_t i = begin; i < begin + size; ++i) {
        combined = MixHash(combined, lower ? pieces[i].lower_key : pieces[i].text_key);
      }
      return std::binary_search(test.keys.begin(), test.keys.end(), combined);
    }
    absl::string_view value = Value(begin, size);
    switch (test.attribute) {
      case TokenTest::ATTRIBUTE_TEXT:
        return test.regex->IsFoundIn(value);
      case TokenTest::ATTRIBUTE_LOWER:
        Lower(value, lowered);
        return test.regex->IsFoundIn(lowered);
      case TokenTest::ATTRIBUTE_SHAPE: {
        const std::string shape = ShapeOf(value);
        return test.regex.has_value()
                   ? test.regex->IsFoundIn(shape)
                   : std::find(test.shapes.begin(), test.shapes.end(), shape) != test.shapes.end();
      }
      case TokenTest::ATTRIBUTE_LENGTH: {
        const size_t length = text::NumCodePoints(value);
        return test.min_length <= length && length <= test.max_length;
      }
      case TokenTest::ATTRIBUTE_IS_ALPHA:
        return All(value, [](Letter letter) { return letter <= Letter::kUncased; });
      case TokenTest::ATTRIBUTE_IS_DIGIT:
        return All(value, [](Letter letter) { return letter == Letter::kDigit; });
      case TokenTest::ATTRIBUTE_IS_ASCII:
        return IsAscii(value);
      case TokenTest::ATTRIBUTE_IS_PUNCT:
        return IsPunctuation(value);
      case TokenTest::ATTRIBUTE_IS_LOWER:
        return IsCased(value, Letter::kUpper);
      case TokenTest::ATTRIBUTE_IS_UPPER:
        return IsCased(value, Letter::kLower);
      case TokenTest::ATTRIBUTE_IS_TITLE:
        return IsTitle(value);
      case TokenTest::ATTRIBUTE_LIKE_NUM:
        return LooksLikeNumber(value);
      case TokenTest::ATTRIBUTE_LIKE_URL:
        return LooksLikeUrl(value);
      case TokenTest::ATTRIBUTE_LIKE_EMAIL:
        return LooksLikeEmail(value);
      default:
        return false;
    }
  }

  bool Holds(const Predicate& predicate, uint32_t begin, uint32_t size) {
    const bool all =
        std::all_of(predicate.tests.begin(), predicate.tests.end(),
                    [&](const Test& test) { return Passes(test, begin, size) != test.negated; });
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

  void Emit(const PatternSet::Program& program, uint32_t begin, uint32_t end, uint32_t pattern) {
    const uint32_t first = pieces[begin].first_of, last = pieces[end - 1].last_of;
    if (first != kNone && last != kNone)
      matches.push_back({{first, last + 1, program.label_of[pattern]}, pattern});
  }

  void RunRule(const PatternSet::Program& program, const TokenRule& rule, uint32_t start) {
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

  void FollowTrie(const PatternSet::Program& program, uint32_t start) {
    nodes = {0};
    for (uint32_t i = start; i < pieces.size() && !nodes.empty(); ++i) {
      next_nodes.clear();
      for (const uint32_t node : nodes) {
        for (const uint64_t key : {pieces[i].text_key, pieces[i].lower_key}) {
          const auto edge = program.edges.find(MixHash(node, key));
          if (edge == program.edges.end()) continue;
          next_nodes.push_back(edge->second);
          for (const uint32_t pattern : program.patterns_at[edge->second])
            Emit(program, start, i + 1, pattern);
        }
      }
      nodes.swap(next_nodes);
    }
  }

  void Find(const PatternSet::Program& program, absl::Span<const absl::string_view> tokens) {
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

void KeepLongest(std::vector<PatternMatch>& matches) {
  const auto length = [](const PatternMatch& match) { return match.span.end - match.span.begin; };
  std::sort(matches.begin(), matches.end(), [&](const PatternMatch& a, const PatternMatch& b) {
    return std::tuple(length(b), a.span.begin, a) < std::tuple(length(a), b.span.begin, b);
  });
  // The ends of what is kept, by label and begin.
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> kept;
  const auto overlaps = [&](const TokenSpan& span) {
    auto next = kept.lower_bound({span.label, span.begin});
    if (next != kept.end() && next->first.first == span.label && next->first.second < span.end)
      return true;
    return next != kept.begin() && (--next)->first.first == span.label && next->second > span.begin;
  };
  size_t size = 0;
  for (const PatternMatch& match : matches) {
    if (overlaps(match.span)) continue;
    kept[{match.span.label, match.span.begin}] = match.span.end;
    matches[size++] = match;
  }
  matches.resize(size);
  std::sort(matches.begin(), matches.end());
}

}  // namespace winnow::ner

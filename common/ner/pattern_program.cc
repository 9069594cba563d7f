#include "common/ner/pattern_program.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/ner/patterns.h"
#include "common/text/letters.h"
#include "common/text/normalize.h"
#include "common/text/tokenizer.h"

namespace winnow::ner {
namespace {

using storage::v1::Pattern;
using storage::v1::TokenPattern;
using storage::v1::TokenTest;

constexpr uint64_t kTextSeed = 1;
constexpr uint64_t kLowerSeed = 2;

// What is compared is in form C, so that it does not matter how a character is coded.
std::string Composed(absl::string_view value) {
  std::string buffer;
  return std::string(text::ToNfc(value, buffer));
}

// Keys of the pieces of a value of TEXT or LOWER.
std::vector<uint64_t> KeysOf(absl::string_view value, bool lower) {
  const std::string lowered = lower ? text::Lower(Composed(value)) : Composed(value);
  std::vector<uint64_t> keys;
  for (const absl::string_view piece : text::Forms(lowered, text::Tokenize(lowered)))
    keys.push_back(lower ? LowerKey(piece) : TextKey(piece));
  return keys;
}

bool IsLower(const TokenTest& test) { return test.attribute() == TokenTest::ATTRIBUTE_LOWER; }

bool IsValueTest(const TokenTest& test) {
  return !test.negated() && !test.values().empty() &&
         (test.attribute() == TokenTest::ATTRIBUTE_TEXT || IsLower(test));
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

// Adds to `sizes` the numbers of pieces that the values consist of.
absl::StatusOr<CompiledTest> Compile(const TokenTest& test, std::set<uint32_t>& sizes) {
  CompiledTest compiled;
  compiled.attribute = test.attribute();
  compiled.negated = test.negated();
  compiled.min_length = test.min_length();
  compiled.max_length = test.max_length();
  const bool is_shape = test.attribute() == TokenTest::ATTRIBUTE_SHAPE;
  if (!is_shape && !IsLower(test) && test.attribute() != TokenTest::ATTRIBUTE_TEXT) return compiled;
  if (test.values().empty()) {
    WINNOW_ASSIGN_OR_RETURN(compiled.regex, text::Regex::Compile(Composed(test.regex())));
  } else if (is_shape) {
    compiled.shapes = {test.values().begin(), test.values().end()};
  } else {
    for (const std::string& value : test.values()) {
      const std::vector<uint64_t> keys = KeysOf(value, IsLower(test));
      RunKey run(keys.size());
      for (const uint64_t key : keys) run.Add(key);
      compiled.keys.push_back(run.key());
      if (!test.negated() && !keys.empty()) sizes.insert(static_cast<uint32_t>(keys.size()));
    }
    std::sort(compiled.keys.begin(), compiled.keys.end());
  }
  return compiled;
}

// Whether a test may speak of a word of several pieces ("u.s.", "a@b.org").
bool IsOfWords(const CompiledTest& test) {
  return !test.negated && (test.regex.has_value() || !test.shapes.empty() ||
                           test.attribute == TokenTest::ATTRIBUTE_LIKE_NUM ||
                           test.attribute == TokenTest::ATTRIBUTE_LIKE_URL ||
                           test.attribute == TokenTest::ATTRIBUTE_LIKE_EMAIL);
}

absl::StatusOr<Predicate> Compile(const TokenPattern& token) {
  Predicate predicate;
  predicate.negated = token.negated();
  std::set<uint32_t> sizes;
  for (const TokenTest& test : token.tests()) {
    WINNOW_ASSIGN_OR_RETURN(CompiledTest compiled, Compile(test, sizes));
    predicate.of_words |= IsOfWords(compiled);
    predicate.tests.push_back(std::move(compiled));
  }
  // A negated place means one token that is otherwise, not every run that is.
  if (sizes.empty() || predicate.negated) sizes = {1};
  predicate.of_words &= !predicate.negated;
  predicate.sizes = {sizes.begin(), sizes.end()};
  return predicate;
}

// The reason why a pattern cannot be compiled; empty if there is none. formats/patterns.h says it
// in more words.
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

class Compiler {
 public:
  absl::Status Add(const Pattern& pattern, uint32_t index) {
    const std::string defect = Defect(pattern);
    if (!defect.empty()) return absl::InvalidArgumentError(defect);
    if (!pattern.text().empty()) {
      AddLiteral(KeysOf(pattern.text(), /*lower=*/false), index);
    } else if (IsLiteral(pattern)) {
      AddLiteral(pattern, index);
    } else {
      return AddRule(pattern, index);
    }
    return absl::OkStatus();
  }

  PatternProgram& program() { return *program_; }
  std::unique_ptr<const PatternProgram> Finish() && { return std::move(program_); }

 private:
  // The values of a literal pattern, and whether each is one of LOWER.
  using Values = std::vector<std::pair<std::string, bool>>;

  void AddLiteral(absl::Span<const uint64_t> keys, uint32_t pattern) {
    std::vector<std::vector<uint32_t>>& patterns_at = program_->patterns_at;
    uint32_t node = 0;
    for (const uint64_t key : keys) {
      const auto [edge, is_new] = program_->edges.try_emplace(
          TrieEdge(node, key), static_cast<uint32_t>(patterns_at.size()));
      if (is_new) patterns_at.emplace_back();
      node = edge->second;
    }
    patterns_at[node].push_back(pattern);
  }

  void AddLiteral(const Values& values, uint32_t pattern) {
    std::vector<uint64_t> keys;
    for (const auto& [value, lower] : values) {
      const std::vector<uint64_t> more = KeysOf(value, lower);
      keys.insert(keys.end(), more.begin(), more.end());
    }
    AddLiteral(keys, pattern);
  }

  // Adds the pattern as it stands, and with each "n't" joined to the value before it.
  void AddLiteral(const Pattern& pattern, uint32_t index) {
    Values apart, joined;
    for (const TokenPattern& token : pattern.tokens()) {
      const bool lower = IsLower(token.tests(0));
      const std::string& value = token.tests(0).values(0);
      const bool contracted =
          absl::StartsWithIgnoreCase(value, "n't") || absl::StartsWithIgnoreCase(value, "n’t");
      for (uint32_t i = 0; i < token.min_count(); ++i) {
        apart.push_back({value, lower});
        if (contracted && !joined.empty() && joined.back().second == lower) {
          joined.back().first += value;
        } else {
          joined.push_back({value, lower});
        }
      }
    }
    AddLiteral(apart, index);
    if (joined.size() < apart.size()) AddLiteral(joined, index);
  }

  absl::Status AddRule(const Pattern& pattern, uint32_t index) {
    TokenRule rule{index, {}};
    for (const TokenPattern& token : pattern.tokens()) {
      WINNOW_ASSIGN_OR_RETURN(const uint32_t predicate, PredicateOf(token));
      const auto add = [&](uint32_t times, Count count) {
        rule.elements.insert(rule.elements.end(), times, Element{predicate, count});
      };
      add(token.min_count(), Count::kOne);
      if (token.max_count() == 0) {
        add(1, Count::kAnyNumber);
      } else {
        add(token.max_count() - token.min_count(), Count::kOptional);
      }
    }
    // A rule that begins with a literal is tried only where that stands.
    const TokenPattern& first = pattern.tokens(0);
    const uint32_t number = static_cast<uint32_t>(program_->rules.size());
    if (IsLiteral(first) && first.min_count() > 0) {
      const TokenTest& test = first.tests(0);
      program_->rules_at[KeysOf(test.values(0), IsLower(test)).front()].push_back(number);
    } else {
      program_->free_rules.push_back(number);
    }
    program_->rules.push_back(std::move(rule));
    return absl::OkStatus();
  }

  // Equal places share a predicate, so that it is tried on each text once.
  absl::StatusOr<uint32_t> PredicateOf(const TokenPattern& token) {
    TokenPattern place = token;
    place.clear_min_count();
    place.clear_max_count();
    std::vector<Predicate>& predicates = program_->predicates;
    const auto [known, is_new] =
        interned_.try_emplace(place.SerializeAsString(), static_cast<uint32_t>(predicates.size()));
    if (is_new) {
      WINNOW_ASSIGN_OR_RETURN(Predicate predicate, Compile(token));
      predicates.push_back(std::move(predicate));
    }
    return known->second;
  }

  std::unique_ptr<PatternProgram> program_ = std::make_unique<PatternProgram>();
  // Predicates by the bytes of the places that they were compiled from.
  std::map<std::string, uint32_t> interned_;
};

}  // namespace

uint64_t TextKey(absl::string_view piece) { return Hash64(piece, kTextSeed); }

uint64_t LowerKey(absl::string_view lowered_piece) { return Hash64(lowered_piece, kLowerSeed); }

absl::StatusOr<std::unique_ptr<const PatternProgram>> CompilePatterns(
    const storage::v1::PatternSet& patterns, const std::vector<std::string>& labels) {
  Compiler compiler;
  for (int i = 0; i < patterns.patterns_size(); ++i) {
    const Pattern& pattern = patterns.patterns(i);
    if (const absl::Status status = compiler.Add(pattern, static_cast<uint32_t>(i)); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("pattern ", i + 1, " ", status.message()));
    }
    const auto label = std::lower_bound(labels.begin(), labels.end(), pattern.label());
    compiler.program().label_of.push_back(static_cast<uint32_t>(label - labels.begin()));
  }
  return std::move(compiler).Finish();
}

}  // namespace winnow::ner

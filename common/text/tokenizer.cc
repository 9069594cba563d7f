#include "common/text/tokenizer.h"

#include <array>
#include <cstddef>

#include "common/text/letters.h"
#include "common/text/scripts.h"
#include "common/text/utf8.h"

namespace winnow::text {
namespace {

// kOther: the token ends behind it.
enum class Kind : uint8_t { kSpace, kWord, kMark, kOther };

Kind KindOf(char32_t c) {
  if (IsWhiteSpace(c)) return Kind::kSpace;
  if (c == 0x200C || c == 0x200D) return Kind::kMark;
  const Category category = CategoryOf(c);
  if (IsMark(category)) return Kind::kMark;
  if (!IsLetter(category) && !IsNumber(category)) return Kind::kOther;
  if (UnspacedScriptOf(c) == UnspacedScript::kNone) return Kind::kWord;
  return ExtendsCharacter(c) ? Kind::kMark : Kind::kOther;
}

constexpr std::array<Kind, 128> kAsciiKinds = [] {
  std::array<Kind, 128> kinds{};
  for (int c = 0; c < 128; ++c) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    kinds[c] = word ? Kind::kWord : space ? Kind::kSpace : Kind::kOther;
  }
  return kinds;
}();

}  // namespace

void Tokenize(absl::string_view text, std::vector<Token>& tokens) {
  // Kind of the token that touches the current position; kSpace: none does.
  Kind open = Kind::kSpace;
  uint32_t code_point = 0;
  for (size_t position = 0; position < text.size(); ++code_point) {
    const uint32_t begin = static_cast<uint32_t>(position);
    const uint8_t byte = static_cast<uint8_t>(text[position]);
    Kind kind;
    if (byte < 0x80) {
      kind = kAsciiKinds[byte];
      ++position;
    } else {
      kind = KindOf(DecodeUtf8(text, position));
    }
    if (kind == Kind::kSpace) {
      open = Kind::kSpace;
    } else if (open != Kind::kSpace &&
               (kind == Kind::kMark || (kind == Kind::kWord && open == Kind::kWord))) {
      tokens.back().end_byte = static_cast<uint32_t>(position);
      tokens.back().end = code_point + 1;
    } else {
      tokens.push_back({begin, static_cast<uint32_t>(position), code_point, code_point + 1});
      open = kind;
    }
  }
}

std::vector<Token> Tokenize(absl::string_view text) {
  std::vector<Token> tokens;
  Tokenize(text, tokens);
  return tokens;
}

std::vector<absl::string_view> Forms(absl::string_view text, absl::Span<const Token> tokens) {
  std::vector<absl::string_view> forms;
  Forms(text, tokens, forms);
  return forms;
}

void Forms(absl::string_view text, absl::Span<const Token> tokens,
           std::vector<absl::string_view>& forms) {
  forms.clear();
  for (const Token& token : tokens) {
    forms.push_back(text.substr(token.begin_byte, token.end_byte - token.begin_byte));
  }
}

}  // namespace winnow::text

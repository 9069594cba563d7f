#include "common/encoder/word_piece.h"

#include <algorithm>
#include <utility>

#include "absl/strings/strip.h"
#include "common/text/letters.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace winnow::encoder {
namespace {

using text::Category;

bool IsAscii(char32_t c) { return c < 0x80; }

bool IsAsciiLetter(char32_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

bool IsAsciiDigit(char32_t c) { return c >= '0' && c <= '9'; }

bool IsRemovedControl(char32_t c) {
  if (c == 0 || c == 0xFFFD) return true;
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const Category category = text::CategoryOf(c);
  return category == Category::kControl || category == Category::kFormat ||
         category == Category::kPrivateUse;
}

// All of ASCII that is neither letter, digit, space nor control counts, "$" as well.
bool IsPunctuation(char32_t c) {
  if (IsAscii(c)) return c > ' ' && c < 0x7F && !IsAsciiLetter(c) && !IsAsciiDigit(c);
  return text::IsPunctuation(text::CategoryOf(c));
}

// The blocks as BERT's tokenizers have them in Rust, whose extension E begins 0x100 later than
// Unicode's.
bool IsChinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B81F) ||
         (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

}  // namespace

// Collects the characters of a word and hands it on when it ends.
class WordPieceTokenizer::Words {
 public:
  Words(const WordPieceTokenizer& tokenizer, std::vector<Piece>& pieces)
      : tokenizer_(tokenizer), options_(tokenizer.options_), pieces_(pieces) {}

  // A character of the text at [begin, end).
  void Add(absl::string_view character, char32_t c, uint32_t begin, uint32_t end) {
    if (IsAscii(c) && (IsAsciiLetter(c) || IsAsciiDigit(c))) return AddNormal(Lower(c), begin, end);
    if (options_.clean && IsRemovedControl(c)) return;
    if (text::IsWhiteSpace(c)) return Finish();
    const bool alone = options_.space_chinese && IsChinese(c);
    if (alone) Finish();
    if (options_.strip_accents && !IsAscii(c)) {
      AddWithoutAccents(character, begin, end);
    } else {
      AddLower(c, begin, end);
    }
    if (alone) Finish();
  }

  void Finish() {
    if (!word_.empty()) tokenizer_.AppendPieces(word_, pieces_);
    word_.clear();
  }

 private:
  char32_t Lower(char32_t c) const {
    if (!options_.lower) return c;
    return IsAscii(c) ? (c >= 'A' && c <= 'Z' ? c | 0x20 : c) : text::ToLower(c);
  }

  void AddWithoutAccents(absl::string_view character, uint32_t begin, uint32_t end) {
    for (const char32_t c : text::Decompose(character, text::Decomposition::kCanonical)) {
      if (text::CategoryOf(c) != Category::kNonspacingMark) AddLower(c, begin, end);
    }
  }

  void AddLower(char32_t c, uint32_t begin, uint32_t end) {
    AddNormal(Lower(c), begin, end);
    // The one character whose lower case is two.
    if (options_.lower && c == 0x130) AddNormal(0x307, begin, end);
  }

  void AddNormal(char32_t c, uint32_t begin, uint32_t end) {
    if (text::IsWhiteSpace(c)) return Finish();
    const bool alone = IsPunctuation(c);
    if (alone) Finish();
    word_.Append(c, begin, end);
    if (alone) Finish();
  }

  const WordPieceTokenizer& tokenizer_;
  const WordPieceOptions& options_;
  std::vector<Piece>& pieces_;
  AlignedText word_;
};

WordPieceTokenizer::WordPieceTokenizer(const std::vector<std::string>& vocabulary,
                                       WordPieceOptions options)
    : options_(std::move(options)), num_ids_(static_cast<uint32_t>(vocabulary.size())) {
  for (uint32_t id = 0; id < num_ids_; ++id) {
    absl::string_view piece = vocabulary[id];
    first_.Add(piece, id);
    if (absl::ConsumePrefix(&piece, options_.continuing_prefix)) continuing_.Add(piece, id);
  }
}

void WordPieceTokenizer::Tokenize(absl::string_view text, std::vector<Piece>& pieces) const {
  pieces.clear();
  Words words(*this, pieces);
  for (size_t position = 0; position < text.size();) {
    const size_t begin = position;
    const char32_t c = text::DecodeUtf8(text, position);
    words.Add(text.substr(begin, position - begin), c, static_cast<uint32_t>(begin),
              static_cast<uint32_t>(position));
  }
  words.Finish();
}

void WordPieceTokenizer::AppendPieces(const AlignedText& word, std::vector<Piece>& pieces) const {
  const absl::string_view bytes = word.bytes();
  const size_t num_before = pieces.size();
  bool known = bytes.size() <= options_.max_word_characters ||
               text::NumCodePoints(bytes) <= options_.max_word_characters;
  for (size_t begin = 0; known && begin < bytes.size();) {
    size_t length = 0;
    uint32_t id = 0;
    (begin == 0 ? first_ : continuing_)
        .FindPrefixes(bytes.substr(begin), [&](size_t found_length, uint32_t found_id) {
          length = found_length;
          id = found_id;
        });
    known = length > 0;
    if (known) pieces.push_back({id, word.begin(begin), word.end(begin + length)});
    begin += length;
  }
  if (known) return;
  pieces.resize(num_before);
  pieces.push_back({options_.unknown, word.begin(0), word.end(bytes.size())});
}

}  // namespace winnow::encoder

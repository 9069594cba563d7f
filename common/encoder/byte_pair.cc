#include "common/encoder/byte_pair.h"

#include <algorithm>
#include <queue>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text/letters.h"
#include "common/text/utf8.h"

namespace winnow::encoder {
namespace {

enum class Kind { kSpace, kLetter, kNumber, kOther };

Kind KindOf(char32_t c) {
  if (text::IsWhiteSpace(c)) return Kind::kSpace;
  const text::Category category = text::CategoryOf(c);
  if (text::IsLetter(category)) return Kind::kLetter;
  return text::IsNumber(category) ? Kind::kNumber : Kind::kOther;
}

// The end of the longest run of one kind; `last` is where its last character begins.
size_t RunEnd(absl::string_view text, size_t position, Kind kind, size_t& last) {
  while (position < text.size()) {
    size_t next = position;
    if (KindOf(text::DecodeUtf8(text, next)) != kind) break;
    last = position;
    position = next;
  }
  return position;
}

bool IsInsideCharacter(absl::string_view text, size_t position) {
  return position < text.size() && (static_cast<uint8_t>(text[position]) & 0xC0) == 0x80;
}

}  // namespace

size_t BytePairWordEnd(absl::string_view text, size_t position) {
  for (const absl::string_view contraction : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (absl::StartsWith(text.substr(position), contraction)) return position + contraction.size();
  }
  const auto kind_at = [&](size_t at) { return KindOf(text::DecodeUtf8(text, at)); };
  size_t last = position;
  const size_t begin = position + (text[position] == ' ' ? 1 : 0);
  if (begin < text.size() && kind_at(begin) != Kind::kSpace)
    return RunEnd(text, begin, kind_at(begin), last);
  const size_t end = RunEnd(text, position, Kind::kSpace, last);
  // The last white space goes with what is behind.
  return end == text.size() || last == position ? end : last;
}

absl::StatusOr<BytePairTokenizer> BytePairTokenizer::Make(const BytePairs& pairs,
                                                          BytePairOptions options) {
  BytePairTokenizer tokenizer;
  tokenizer.options_ = options;
  for (const auto& [piece, id] : pairs.ids)
    tokenizer.num_ids_ = std::max(tokenizer.num_ids_, id + 1);
  for (size_t byte = 0; byte < tokenizer.byte_ids_.size(); ++byte) {
    const auto it = pairs.ids.find(std::string(1, static_cast<char>(byte)));
    if (it == pairs.ids.end())
      return absl::InvalidArgumentError(absl::StrCat("has no piece for the byte ", byte));
    tokenizer.byte_ids_[byte] = it->second;
  }
  for (const auto& [left, right] : pairs.merges) {
    const auto left_id = pairs.ids.find(left), right_id = pairs.ids.find(right),
               id = pairs.ids.find(left + right);
    if (left_id == pairs.ids.end() || right_id == pairs.ids.end() || id == pairs.ids.end()) {
      return absl::InvalidArgumentError(absl::StrCat("has a merge of or to what is no piece: \"",
                                                     absl::CHexEscape(left), "\" and \"",
                                                     absl::CHexEscape(right), "\""));
    }
    const auto rank = static_cast<uint32_t>(tokenizer.merges_.size());
    tokenizer.merges_.insert_or_assign(PairOf(left_id->second, right_id->second),
                                       Merge{rank, id->second});
  }
  return tokenizer;
}

// The pieces of a word while they are merged: a linked list over its bytes.
class BytePairTokenizer::Word {
 public:
  Word(const BytePairTokenizer& tokenizer, absl::string_view bytes) : tokenizer_(tokenizer) {
    const auto size = static_cast<int>(bytes.size());
    for (int i = 0; i < size; ++i) {
      symbols_.push_back(
          {tokenizer.byte_ids_[static_cast<uint8_t>(bytes[i])], i - 1, i + 1 < size ? i + 1 : -1});
    }
    for (int i = 0; i < size; ++i) Offer(i);
  }

  // Merges the pair of the lowest rank, of several the first, while there is one.
  void MergeAll() {
    while (!open_.empty()) {
      const auto [rank, left, id] = open_.top();
      open_.pop();
      Symbol& symbol = symbols_[left];
      const Merge* merge = symbol.merged ? nullptr : Find(left);
      if (merge == nullptr || merge->id != id) continue;
      Symbol& right = symbols_[symbol.next];
      right.merged = true;
      symbol.id = id;
      symbol.next = right.next;
      if (symbol.next >= 0) symbols_[symbol.next].previous = left;
      if (symbol.previous >= 0) Offer(symbol.previous);
      Offer(left);
    }
  }

  // Calls found(id, begin, end) for each piece.
  template <typename Found>
  void ForEach(const Found& found) const {
    for (int i = 0; i >= 0; i = symbols_[i].next) {
      const int next = symbols_[i].next;
      found(symbols_[i].id, i, next < 0 ? static_cast<int>(symbols_.size()) : next);
    }
  }

 private:
  struct Symbol {
    uint32_t id;
    int previous, next;  // -1: none
    bool merged = false;
  };
  using Candidate = std::tuple<uint32_t, int, uint32_t>;  // rank, left, id

  const Merge* Find(int left) const {
    const int right = symbols_[left].next;
    if (right < 0) return nullptr;
    const auto it = tokenizer_.merges_.find(PairOf(symbols_[left].id, symbols_[right].id));
    return it == tokenizer_.merges_.end() ? nullptr : &it->second;
  }
  void Offer(int left) {
    if (const Merge* merge = Find(left)) open_.emplace(merge->rank, left, merge->id);
  }

  const BytePairTokenizer& tokenizer_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> open_;
};

void BytePairTokenizer::Tokenize(absl::string_view text, std::vector<Piece>& pieces) const {
  pieces.clear();
  std::string spaced;
  absl::string_view read = text;
  if (options_.prefix_space && !text.empty() && text[0] != ' ')
    read = spaced = absl::StrCat(" ", text);
  const size_t added = read.size() - text.size();
  // A position in `text`, moved to the nearest beginning of a character in the direction of `step`.
  const auto at = [&](size_t position, int step) {
    size_t place = position < added ? 0 : position - added;
    while (IsInsideCharacter(text, place)) place += static_cast<size_t>(step);
    return static_cast<uint32_t>(place);
  };
  for (size_t begin = 0; begin < read.size();) {
    const size_t end = BytePairWordEnd(read, begin);
    Word word(*this, read.substr(begin, end - begin));
    word.MergeAll();
    word.ForEach([&](uint32_t id, int from, int to) {
      pieces.push_back(TrimmedPiece(text, id, at(begin + static_cast<size_t>(from), -1),
                                    at(begin + static_cast<size_t>(to), 1)));
    });
    begin = end;
  }
}

}  // namespace winnow::encoder

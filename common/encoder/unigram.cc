#include "common/encoder/unigram.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/text/utf8.h"

namespace winnow::encoder {
namespace {

constexpr absl::string_view kMark = "\u2581";
// How much less likely an unknown character is than the least likely piece.
constexpr double kUnknownPenalty = 10;

bool IsSpaceAt(absl::string_view bytes, size_t position) {
  return text::IsWhiteSpace(text::DecodeUtf8(bytes, position));
}

bool IsMarkAt(absl::string_view bytes, size_t position) {
  return bytes.substr(position, kMark.size()) == kMark;
}

size_t NextCharacter(absl::string_view bytes, size_t position) {
  text::DecodeUtf8(bytes, position);
  return position;
}

}  // namespace

UnigramTokenizer::UnigramTokenizer(const std::vector<ScoredPiece>& vocabulary,
                                   UnigramOptions options)
    : options_(std::move(options)) {
  double least = std::numeric_limits<double>::infinity();
  for (const ScoredPiece& piece : vocabulary) {
    trie_.Add(piece.piece, static_cast<uint32_t>(scores_.size()));
    scores_.push_back(piece.score);
    least = std::min(least, piece.score);
  }
  unknown_score_ = least - kUnknownPenalty;
}

void UnigramTokenizer::Tokenize(absl::string_view text, std::vector<Piece>& pieces) const {
  pieces.clear();
  const AlignedText normal = Normalize(text);
  const absl::string_view bytes = normal.bytes();
  if (!options_.split_white_space) {
    if (!bytes.empty()) AppendWord(text, normal, 0, bytes.size(), pieces);
    return;
  }
  for (size_t begin = 0; begin < bytes.size();) {
    size_t end = begin;
    while (end < bytes.size() && !IsSpaceAt(bytes, end)) end = NextCharacter(bytes, end);
    if (end > begin) AppendWord(text, normal, begin, end, pieces);
    begin = end < bytes.size() ? NextCharacter(bytes, end) : end;
  }
}

AlignedText UnigramTokenizer::Normalize(absl::string_view text) const {
  AlignedText normal;
  if (options_.charsmap.has_value()) {
    normal = options_.charsmap->Normalize(text);
  } else {
    for (size_t position = 0; position < text.size();) {
      const auto begin = static_cast<uint32_t>(position);
      position = NextCharacter(text, position);
      normal.Append(text.substr(begin, position - begin), begin, static_cast<uint32_t>(position));
    }
  }
  const absl::string_view bytes = normal.bytes();
  size_t begin = 0, end = 0;
  for (size_t position = 0; position < bytes.size();) {
    const bool space = IsSpaceAt(bytes, position);
    position = NextCharacter(bytes, position);
    if (!space) end = position;
    if (space && end == 0) begin = position;
  }
  if (!options_.strip_left) begin = 0;
  if (!options_.strip_right) end = bytes.size();
  AlignedText kept;
  for (size_t position = begin; position < end; ++position) {
    const bool repeated = position > begin && bytes[position] == ' ' && bytes[position - 1] == ' ';
    if (!repeated || !options_.one_space) kept.Append(normal, position, position + 1);
  }
  return kept;
}

// Blanks become marks, which words are divided at.
void UnigramTokenizer::AppendWord(absl::string_view text, const AlignedText& normal, size_t from,
                                  size_t to, std::vector<Piece>& pieces) const {
  AlignedText word;
  const auto finish = [&] {
    if (!word.empty()) AppendBestPath(text, word, pieces);
    word.clear();
  };
  const absl::string_view bytes = normal.bytes();
  if (options_.prepend_mark && bytes[from] != ' ' && !IsMarkAt(bytes, from))
    word.Append(kMark, normal.begin(from), normal.end(from + 1));
  for (size_t position = from; position < to; ++position) {
    const bool blank = bytes[position] == ' ';
    if (options_.split_marks && (blank || IsMarkAt(bytes, position))) finish();
    if (blank) {
      word.Append(kMark, normal.begin(position), normal.end(position + 1));
    } else {
      word.Append(normal, position, position + 1);
    }
  }
  finish();
}

// Viterbi's algorithm (Kudo 2018, section 3.2), in which a character that no piece is known for is
// an unknown one; neighbouring unknown ones are one piece.
void UnigramTokenizer::AppendBestPath(absl::string_view text, const AlignedText& word,
                                      std::vector<Piece>& pieces) const {
  struct Best {
    double score = 0;
    size_t begin = SIZE_MAX;
    uint32_t id = 0;
  };
  const absl::string_view bytes = word.bytes();
  std::vector<Best> best(bytes.size() + 1);
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t next = NextCharacter(bytes, begin);
    bool known = false;
    const auto offer = [&](size_t end, double score, uint32_t id) {
      score += best[begin].score;
      if (best[end].begin == SIZE_MAX || score > best[end].score) best[end] = {score, begin, id};
    };
    trie_.FindPrefixes(bytes.substr(begin), [&](size_t length, uint32_t id) {
      offer(begin + length, scores_[id], id);
      known |= begin + length == next;
    });
    if (!known) offer(next, unknown_score_, options_.unknown);
    begin = next;
  }
  const size_t num_before = pieces.size();
  for (size_t end = bytes.size(); end > 0;) {
    const Best& step = best[end];
    size_t begin = step.begin;
    while (step.id == options_.unknown && begin > 0 && best[begin].id == options_.unknown)
      begin = best[begin].begin;
    pieces.push_back(TrimmedPiece(text, step.id, word.begin(begin), word.end(end)));
    end = begin;
  }
  std::reverse(pieces.begin() + static_cast<ptrdiff_t>(num_before), pieces.end());
}

}  // namespace winnow::encoder

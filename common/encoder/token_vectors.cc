#include "common/encoder/token_vectors.h"

#include <algorithm>
#include <cstdint>
#include <deque>

#include "common/encoder/forward_pass.h"

namespace winnow::encoder {
namespace {

// Marks included. Attention takes time in proportion.
constexpr size_t kMaxWindow = 256;
// As many rows as share each read of the weights.
constexpr size_t kBatchRows = 128;

using Receive = absl::FunctionRef<void(size_t, size_t, absl::Span<const float>)>;

// A text whose vectors are being computed.
class OpenText {
 public:
  OpenText(size_t index, const TextTokens& text, size_t dimension)
      : index_(index),
        tokens_(text.tokens),
        dimension_(dimension),
        sums_(text.tokens.size() * dimension),
        counts_(text.tokens.size()) {}

  std::vector<Piece>& pieces() { return pieces_; }
  const std::vector<Piece>& pieces() const { return pieces_; }

  // To be called for each piece, in order.
  void Add(const Piece& piece, const float* vector) {
    while (next_ < tokens_.size() && tokens_[next_].end_byte <= piece.begin_byte) ++next_;
    for (size_t t = next_; t < tokens_.size() && tokens_[t].begin_byte < piece.end_byte; ++t) {
      float* const sum = sums_.data() + t * dimension_;
      for (size_t i = 0; i < dimension_; ++i) sum[i] += vector[i];
      ++counts_[t];
    }
  }

  void Finish(Receive receive) {
    for (size_t t = 0; t < tokens_.size(); ++t) {
      const absl::Span<float> sum(sums_.data() + t * dimension_, counts_[t] == 0 ? 0 : dimension_);
      for (float& value : sum) value /= static_cast<float>(counts_[t]);
      receive(index_, t, sum);
    }
  }

 private:
  const size_t index_;
  const absl::Span<const text::Token> tokens_;
  const size_t dimension_;
  std::vector<Piece> pieces_;
  std::vector<float> sums_;
  std::vector<uint32_t> counts_;
  size_t next_ = 0;  // tokens before share nothing with the pieces to come
};

// Collects windows until they are enough to be computed together.
class Batch {
 public:
  Batch(const PackedEncoder& encoder, const PieceTokenizer& tokenizer, Instructions instructions)
      : pass_(encoder, instructions),
        marks_(tokenizer.marks()),
        dimension_(encoder.header.hidden) {}

  bool is_full() const { return ids_.size() >= kBatchRows; }

  void Add(OpenText& text, const Window& window) {
    ids_.push_back(marks_.begin);
    for (size_t i = window.begin; i < window.end; ++i) ids_.push_back(text.pieces()[i].id);
    ids_.push_back(marks_.end);
    ends_.push_back(ids_.size());
    windows_.emplace_back(&text, window);
  }

  void Run() {
    if (ids_.empty()) return;
    const float* vectors = pass_.Run(ids_, ends_).data();
    for (const auto& [text, window] : windows_) {
      for (size_t i = window.first_counted; i < window.last_counted; ++i)
        text->Add(text->pieces()[i], vectors + (1 + i - window.begin) * dimension_);
      vectors += (window.end - window.begin + 2) * dimension_;
    }
    ids_.clear();
    ends_.clear();
    windows_.clear();
  }

 private:
  ForwardPass pass_;
  const MarkPieces marks_;
  const size_t dimension_;
  std::vector<uint32_t> ids_;
  std::vector<size_t> ends_;
  std::vector<std::pair<OpenText*, Window>> windows_;
};

}  // namespace

std::vector<Window> WindowsOf(size_t num_pieces, size_t most) {
  std::vector<Window> windows;
  if (num_pieces == 0) return windows;
  const size_t shared = most / 4;
  for (size_t begin = 0;; begin += most - shared) {
    const bool last = begin + most >= num_pieces;
    // The last is as long as the others, too.
    if (last) begin = num_pieces - std::min(most, num_pieces);
    Window window{begin, std::min(begin + most, num_pieces), begin, num_pieces};
    if (!windows.empty()) {
      windows.back().last_counted = (begin + windows.back().end) / 2;
      window.first_counted = windows.back().last_counted;
    }
    windows.push_back(window);
    if (last) return windows;
  }
}

void ComputeTokenVectors(const PackedEncoder& encoder, const PieceTokenizer& tokenizer,
                         absl::Span<const TextTokens> texts, Instructions instructions,
                         Receive receive) {
  const size_t most = std::min<size_t>(kMaxWindow, encoder.header.max_pieces) - 2;
  Batch batch(encoder, tokenizer, instructions);
  std::deque<OpenText> open;
  for (size_t i = 0; i < texts.size(); ++i) {
    OpenText& text = open.emplace_back(i, texts[i], encoder.header.hidden);
    tokenizer.Tokenize(texts[i].text, text.pieces());
    for (const Window& window : WindowsOf(text.pieces().size(), most)) {
      batch.Add(text, window);
      if (!batch.is_full()) continue;
      batch.Run();
      // Only the last one may have windows left.
      for (; open.size() > 1; open.pop_front()) open.front().Finish(receive);
    }
  }
  batch.Run();
  for (OpenText& text : open) text.Finish(receive);
}

}  // namespace winnow::encoder

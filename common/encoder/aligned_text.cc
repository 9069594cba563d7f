#include "common/encoder/aligned_text.h"

#include "common/text/utf8.h"

namespace winnow::encoder {

void AlignedText::Append(char32_t code_point, uint32_t begin, uint32_t end) {
  text::AppendUtf8(code_point, bytes_);
  begins_.resize(bytes_.size(), begin);
  ends_.resize(bytes_.size(), end);
}

void AlignedText::Append(const AlignedText& other, size_t from, size_t to) {
  bytes_.append(other.bytes_, from, to - from);
  begins_.insert(begins_.end(), other.begins_.begin() + from, other.begins_.begin() + to);
  ends_.insert(ends_.end(), other.ends_.begin() + from, other.ends_.begin() + to);
}

}  // namespace winnow::encoder

// A text made of another, which knows of each byte the characters that it was made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace winnow::encoder {

class AlignedText {
 public:
  void clear() {
    bytes_.clear();
    begins_.clear();
    ends_.clear();
  }

  // Bytes that were made of [begin, end) of the other text.
  void Append(absl::string_view bytes, uint32_t begin, uint32_t end) {
    bytes_.append(bytes.data(), bytes.size());
    begins_.insert(begins_.end(), bytes.size(), begin);
    ends_.insert(ends_.end(), bytes.size(), end);
  }
  void Append(char32_t code_point, uint32_t begin, uint32_t end);
  // The bytes [from, to) of `other`, aligned as they are there.
  void Append(const AlignedText& other, size_t from, size_t to);
  const std::string& bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

  // What the bytes [from, to) were made of. REQUIRES: from < to.
  uint32_t begin(size_t from) const { return begins_[from]; }
  uint32_t end(size_t to) const { return ends_[to - 1]; }

 private:
  std::string bytes_;
  std::vector<uint32_t> begins_, ends_;
};

}  // namespace winnow::encoder

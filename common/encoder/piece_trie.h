// Finds all pieces of a vocabulary that a string begins with.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace winnow::encoder {

// A trie over bytes. Not thread-safe while Add is called; immutable afterwards, hence thread-safe.
class PieceTrie {
 public:
  PieceTrie() : ids_(1, kNone) {}

  // Of a string that is added twice the last id counts.
  void Add(absl::string_view piece, uint32_t id);

  // Calls found(length, id) for each piece that `text` begins with, shortest first; never for the
  // empty one.
  template <typename Found>
  void FindPrefixes(absl::string_view text, const Found& found) const {
    uint32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto it = children_.find(Edge(node, text[i]));
      if (it == children_.end()) return;
      node = it->second;
      if (ids_[node] != kNone) found(i + 1, ids_[node]);
    }
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static uint64_t Edge(uint32_t node, char byte) {
    return uint64_t{node} << 8 | static_cast<uint8_t>(byte);
  }

  absl::flat_hash_map<uint64_t, uint32_t> children_;
  std::vector<uint32_t> ids_;  // of the piece that ends at a node
};

}  // namespace winnow::encoder

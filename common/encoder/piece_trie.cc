#include "common/encoder/piece_trie.h"

namespace winnow::encoder {

void PieceTrie::Add(absl::string_view piece, uint32_t id) {
  uint32_t node = 0;
  for (const char byte : piece) {
    const auto [it, is_new] =
        children_.emplace(Edge(node, byte), static_cast<uint32_t>(ids_.size()));
    if (is_new) ids_.push_back(kNone);
    node = it->second;
  }
  if (node != 0) ids_[node] = id;
}

}  // namespace winnow::encoder

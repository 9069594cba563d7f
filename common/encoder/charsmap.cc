#include "common/encoder/charsmap.h"

#include <cstring>

#include "absl/status/status.h"
#include "common/text/graphemes.h"
#include "common/text/utf8.h"

namespace winnow::encoder {
namespace {

// A unit of the double array (Aoe 1989), in the coding of Darts-clone.
struct Unit {
  uint32_t bits;
  bool has_leaf() const { return (bits >> 8 & 1) != 0; }
  uint32_t value() const { return bits & 0x7FFFFFFF; }
  uint32_t label() const { return bits & 0x800000FF; }
  uint32_t offset() const { return bits >> 10 << ((bits & 0x200) >> 6); }
};

// Appends what replaces `old`, which begins at `position`: its characters stand for those of `old`,
// one by one; more of them stand for the last of these.
void AppendReplacement(absl::string_view replacement, absl::string_view old, size_t position,
                       AlignedText& normal) {
  size_t begin = 0, end = 0;
  for (size_t at = 0; at < replacement.size();) {
    const size_t first = at;
    text::DecodeUtf8(replacement, at);
    if (end < old.size()) {
      begin = end;
      text::DecodeUtf8(old, end);
    }
    normal.Append(replacement.substr(first, at - first), static_cast<uint32_t>(position + begin),
                  static_cast<uint32_t>(position + end));
  }
}

}  // namespace

absl::StatusOr<Charsmap> Charsmap::Parse(absl::string_view bytes) {
  const auto bad = [](absl::string_view what) { return absl::InvalidArgumentError(what); };
  uint32_t trie_bytes;
  if (bytes.size() < sizeof trie_bytes) return bad("precompiled_charsmap is cut off");
  std::memcpy(&trie_bytes, bytes.data(), sizeof trie_bytes);
  bytes.remove_prefix(sizeof trie_bytes);
  if (trie_bytes > bytes.size() || trie_bytes % sizeof(uint32_t) != 0 || trie_bytes == 0)
    return bad("precompiled_charsmap has a trie that does not fit it");
  Charsmap charsmap;
  charsmap.units_.resize(trie_bytes / sizeof(uint32_t));
  std::memcpy(charsmap.units_.data(), bytes.data(), trie_bytes);
  charsmap.replacements_ = std::string(bytes.substr(trie_bytes));
  if (text::FindInvalidUtf8(charsmap.replacements_) != absl::string_view::npos)
    return bad("precompiled_charsmap has replacements that are no UTF-8");
  return charsmap;
}

std::optional<absl::string_view> Charsmap::Find(absl::string_view text) const {
  uint32_t node = Unit{units_[0]}.offset();
  for (const char byte : text) {
    const uint32_t label = static_cast<uint8_t>(byte);
    node ^= label;
    if (label == 0 || node >= units_.size() || Unit{units_[node]}.label() != label)
      return std::nullopt;
    const Unit unit{units_[node]};
    node ^= unit.offset();
    if (!unit.has_leaf()) continue;
    if (node >= units_.size() || Unit{units_[node]}.value() > replacements_.size())
      return std::nullopt;
    const auto rest = absl::string_view(replacements_).substr(Unit{units_[node]}.value());
    return rest.substr(0, rest.find('\0'));
  }
  return std::nullopt;
}

AlignedText Charsmap::Normalize(absl::string_view text) const {
  constexpr size_t kMaxWhole = 5;
  AlignedText normal;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text::GraphemeEnd(text, begin);
    const absl::string_view grapheme = text.substr(begin, end - begin);
    const auto whole = grapheme.size() <= kMaxWhole ? Find(grapheme) : std::nullopt;
    if (whole.has_value()) AppendReplacement(*whole, grapheme, begin, normal);
    for (size_t position = begin; position < end && !whole.has_value();) {
      const size_t first = position;
      text::DecodeUtf8(text, position);
      const absl::string_view character = text.substr(first, position - first);
      AppendReplacement(Find(character).value_or(character), character, first, normal);
    }
    begin = end;
  }
  return normal;
}

}  // namespace winnow::encoder

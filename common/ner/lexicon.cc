#include "common/ner/lexicon.h"

#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"

namespace winnow::ner {
namespace {

static_assert(std::endian::native == std::endian::little, "lexicons are little endian");
static_assert(sizeof(WordEntry) == 8);

constexpr uint32_t kMagic = 0x584C4E57;  // "WNLX"
constexpr uint32_t kFormatVersion = 1;

absl::Status Corrupt(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a usable lexicon: ", what));
}

}  // namespace

struct Lexicon::Header {
  uint32_t magic;
  uint32_t format_version;
  uint32_t num_slots;
  uint32_t unused;
};

std::shared_ptr<const Lexicon> Lexicon::Make(absl::Span<const Word> words) {
  // A table that is three quarters full keeps the runs of taken slots short.
  const size_t num_slots = words.size() + words.size() / 3 + 1;
  std::vector<WordEntry> slots(num_slots);
  for (const Word& word : words) {
    const uint32_t fingerprint = static_cast<uint32_t>(word.hash);
    size_t slot = FirstSlot(word.hash, num_slots);
    while (slots[slot].bits_ != 0 && slots[slot].fingerprint_ != fingerprint)
      slot = (slot + 1) % num_slots;
    if (slots[slot].bits_ != 0) continue;
    slots[slot] = word.entry;
    slots[slot].fingerprint_ = fingerprint;
  }
  const Header header{kMagic, kFormatVersion, static_cast<uint32_t>(num_slots), 0};
  std::string bytes(sizeof header + num_slots * sizeof(WordEntry), '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, slots.data(), num_slots * sizeof(WordEntry));
  return *Parse(bytes);
}

absl::StatusOr<std::shared_ptr<const Lexicon>> Lexicon::Parse(absl::string_view bytes,
                                                              std::shared_ptr<const void> owner) {
  Header header;
  if (bytes.size() < sizeof header) return Corrupt("it is too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic) return Corrupt("it is something else");
  if (header.format_version != kFormatVersion) {
    return Corrupt(absl::StrCat("it has format version ", header.format_version,
                                ", this program reads ", kFormatVersion));
  }
  const size_t size = sizeof header + size_t{header.num_slots} * sizeof(WordEntry);
  if (header.num_slots == 0 || header.unused != 0 || bytes.size() != size) {
    return Corrupt(absl::StrCat("it has ", bytes.size(), " bytes instead of ", size));
  }
  // Words are found in the mapped file itself, unless its bytes are not aligned.
  const bool in_place =
      owner != nullptr && reinterpret_cast<uintptr_t>(bytes.data()) % alignof(WordEntry) == 0;
  if (!in_place) {
    auto copy = std::make_shared<std::string>(bytes);
    bytes = *copy;
    owner = std::move(copy);
  }
  std::shared_ptr<Lexicon> lexicon(new Lexicon);
  lexicon->owner_ = std::move(owner);
  lexicon->bytes_ = bytes;
  lexicon->num_slots_ = header.num_slots;
  lexicon->slots_ = reinterpret_cast<const WordEntry*>(bytes.data() + sizeof header);

  // Every slot is looked at, for a lookup trusts them.
  for (size_t slot = 0; slot < header.num_slots; ++slot) {
    const WordEntry& entry = lexicon->slots_[slot];
    const bool free = entry.bits_ == 0 && entry.fingerprint_ == 0;
    if (!free && (entry.bits_ & WordEntry::kTaken) == 0)
      return Corrupt("a slot is neither free nor taken");
    lexicon->num_words_ += !free;
  }
  // Lookups end at a free slot.
  if (lexicon->num_words_ == header.num_slots) return Corrupt("no slot is free");
  lexicon->digest_ = Hash64(bytes);
  return lexicon;
}

}  // namespace winnow::ner

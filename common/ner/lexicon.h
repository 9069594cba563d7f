// Words as they are known from outside the annotations: the class each belongs to, and how it is
// usually written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace winnow::ner {

// Numbers of classes, coarse to fine; words are classed at each granularity on its own.
inline constexpr size_t kNumGranularities = 3;
inline constexpr std::array<uint32_t, kNumGranularities> kNumClasses = {64, 256, 1024};

// How a word is written where it does not begin a text; 0: not known. See lexicon_learning.h.
inline constexpr uint32_t kNumCaseProfiles = 16;

// The knowledge of one word: a slot of the table of a Lexicon, as it lies in the file.
class WordEntry {
 public:
  WordEntry() = default;  // of no word
  // REQUIRES: word_class[g] < kNumClasses[g]; case_profile < kNumCaseProfiles.
  WordEntry(const std::array<uint32_t, kNumGranularities>& word_class, uint32_t case_profile)
      : bits_(kTaken | kHasClasses | word_class[0] | word_class[1] << 6 | word_class[2] << 14 |
              case_profile << 24) {}
  // Makes the entry of a word without classes.
  explicit WordEntry(uint32_t case_profile) : bits_(kTaken | case_profile << 24) {}

  bool has_classes() const { return (bits_ & kHasClasses) != 0; }
  // REQUIRES: has_classes().
  uint32_t coarse() const { return bits_ & 63; }
  uint32_t middle() const { return bits_ >> 6 & 255; }
  uint32_t fine() const { return bits_ >> 14 & 1023; }
  uint32_t case_profile() const { return bits_ >> 24 & 15; }

 private:
  friend class Lexicon;
  static constexpr uint32_t kTaken = 1u << 31;
  static constexpr uint32_t kHasClasses = 1u << 30;

  uint32_t fingerprint_ = 0;  // the lower half of the word's hash
  uint32_t bits_ = 0;
};

// A table of words by the hash of their form (word_form.h). Words are told apart by 64 bits less
// the length of a probe: of a million lookups of unknown words in a full table about one in a
// thousand finds the entry of another word.
//
// File layout, little endian: header of 16 bytes; slots of 8 bytes. Open addressing with linear
// probing from the slot that the upper half of the hash selects; at most 3 of 4 slots are taken.
//
// Immutable, hence thread-safe.
class Lexicon {
 public:
  struct Word {
    uint64_t hash;
    WordEntry entry;
  };

  // The words in their order; of words with one hash the first counts. The bytes depend on nothing
  // else.
  static std::shared_ptr<const Lexicon> Make(absl::Span<const Word> words);

  // From the bytes that Serialize gave, which are copied, or used as they are if `owner` keeps them
  // alive. InvalidArgument for anything that is not a table in which every lookup ends. Whether the
  // bytes are those once written is for the checksum of the file that holds them.
  static absl::StatusOr<std::shared_ptr<const Lexicon>> Parse(
      absl::string_view bytes, std::shared_ptr<const void> owner = nullptr);
  std::string Serialize() const { return std::string(bytes_); }

  // Hash of the bytes: equal for equal lexicons. Features are made of it, too.
  uint64_t digest() const { return digest_; }
  size_t num_words() const { return num_words_; }

  // The entry of a word, or nullptr. Valid as long as the lexicon.
  const WordEntry* Find(uint64_t word_hash) const {
    const uint32_t fingerprint = static_cast<uint32_t>(word_hash);
    for (size_t slot = FirstSlot(word_hash, num_slots_);;
         slot = slot + 1 == num_slots_ ? 0 : slot + 1) {
      const WordEntry& entry = slots_[slot];
      if (entry.bits_ == 0) return nullptr;
      if (entry.fingerprint_ == fingerprint) return &entry;
    }
  }

 private:
  struct Header;

  Lexicon() = default;
  static size_t FirstSlot(uint64_t word_hash, size_t num_slots) {
    return (word_hash >> 32) * num_slots >> 32;
  }

  std::shared_ptr<const void> owner_;
  absl::string_view bytes_;
  const WordEntry* slots_ = nullptr;
  size_t num_slots_ = 0;
  size_t num_words_ = 0;
  uint64_t digest_ = 0;
};

}  // namespace winnow::ner

// Keys of a corpus database. Numbers are 8 bytes big-endian, so that the order of keys is the order
// of numbers.
//
//   key                            value
//   i                              CorpusInfo
//   r                              last revision given (number)
//   e EXAMPLE_ID                   Example
//   d NAME                         Dataset
//   a DATASET REVISION             Answer                 DATASET is Dataset.id
//   u DATASET REVISION             revision of the tombstone that undoes this answer (number)
//   s NAME                         Source
//   m SOURCE ORDINAL               EXAMPLE_ID, then the revision of the import (number); SOURCE is
//   Source.id x SOURCE EXAMPLE_ID            empty: the source has this text q NAME Queue t NAME 00
//   REVISION             StoredTask of the queue y NAME 00 EXAMPLE_ID TASK_ID   empty: the queue
//   has this task l SNAPSHOT                     SnapshotLease k REQUEST IdempotencyRecord REQUEST
//   is a SHA-256 of caller, method and request id w MICROS REQUEST               empty: the reply
//   was kept at that time
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/kv/store.h"

namespace winnow::corpus::keys {

inline std::string EncodeNumber(uint64_t number) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
  return bytes;
}

// REQUIRES: at least 8 bytes; the first 8 count.
inline uint64_t DecodeNumber(absl::string_view bytes) {
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

inline std::string Info() { return "i"; }
inline std::string LastRevision() { return "r"; }
inline std::string Example(absl::string_view example_id) { return absl::StrCat("e", example_id); }

// Prefixes of the records that are found by name.
inline constexpr absl::string_view kDatasets = "d";
inline constexpr absl::string_view kSources = "s";
inline constexpr absl::string_view kQueues = "q";
inline std::string Named(absl::string_view prefix, absl::string_view name) {
  return absl::StrCat(prefix, name);
}

inline std::string AnswersOf(uint64_t dataset) { return absl::StrCat("a", EncodeNumber(dataset)); }
inline std::string Answer(uint64_t dataset, uint64_t revision) {
  return absl::StrCat(AnswersOf(dataset), EncodeNumber(revision));
}
inline std::string TombstonesOf(uint64_t dataset) {
  return absl::StrCat("u", EncodeNumber(dataset));
}
inline std::string Tombstone(uint64_t dataset, uint64_t revision) {
  return absl::StrCat(TombstonesOf(dataset), EncodeNumber(revision));
}

inline std::string MembersOf(uint64_t source) { return absl::StrCat("m", EncodeNumber(source)); }
inline std::string Member(uint64_t source, uint64_t ordinal) {
  return absl::StrCat(MembersOf(source), EncodeNumber(ordinal));
}
inline std::string Membership(uint64_t source, absl::string_view example_id) {
  return absl::StrCat("x", EncodeNumber(source), example_id);
}

inline std::string TasksOf(absl::string_view queue) {
  return absl::StrCat("t", queue, std::string(1, '\0'));
}
inline std::string Task(absl::string_view queue, uint64_t revision) {
  return absl::StrCat(TasksOf(queue), EncodeNumber(revision));
}
inline std::string TaskIndexOf(absl::string_view queue) {
  return absl::StrCat("y", queue, std::string(1, '\0'));
}
inline std::string TaskIndex(absl::string_view queue, absl::string_view example_id,
                             absl::string_view task_id) {
  return absl::StrCat(TaskIndexOf(queue), example_id, task_id);
}

inline constexpr absl::string_view kSnapshotLeases = "l";
inline std::string SnapshotLease(absl::string_view id) { return absl::StrCat(kSnapshotLeases, id); }

inline std::string Reply(absl::string_view request) { return absl::StrCat("k", request); }
inline std::string ReplyByAge(uint64_t unix_micros, absl::string_view request) {
  return absl::StrCat("w", EncodeNumber(unix_micros), request);
}
// The index entries of replies kept before this time.
inline kv::Range RepliesBefore(uint64_t unix_micros) {
  return kv::Range::Between("w", absl::StrCat("w", EncodeNumber(unix_micros)));
}
// The REQUEST of an index entry.
inline absl::string_view RequestOf(absl::string_view reply_by_age) {
  return reply_by_age.substr(9);
}

// The part after `revision_prefix` that lies in (after, up_to].
inline kv::Range Revisions(absl::string_view revision_prefix, uint64_t after, uint64_t up_to) {
  kv::Range range = kv::Range::Prefix(revision_prefix);
  if (after >= up_to) return kv::Range::Between(range.begin, range.begin);
  range.begin = absl::StrCat(revision_prefix, EncodeNumber(after + 1));
  if (up_to != UINT64_MAX) range.end = absl::StrCat(revision_prefix, EncodeNumber(up_to + 1));
  return range;
}

}  // namespace winnow::corpus::keys

// Keys of a corpus database. Numbers are 8 bytes big-endian, so that the order of keys is the order
// of numbers.
//
//   key                            value
//   i                              CorpusInfo
//   r                              last revision given (number)
//   e EXAMPLE_ID                   Example
//   d NAME                         Dataset
//   n NAME                         Dataset whose import is not published yet
//   a DATASET REVISION             LogEntry               DATASET is Dataset.id
//   u DATASET REVISION             revision of the undo that takes this answer back (number)
//   b DATASET EXAMPLE_ID           TextAnswers
//   s NAME                         Source
//   p NAME                         Source whose first import is not published yet
//   m SOURCE ORDINAL               EXAMPLE_ID, then the split key (number); SOURCE is Source.id
//   x SOURCE EXAMPLE_ID            ORDINAL of the text in the source (number)
//   o SOURCE EXAMPLE_ID            the other keys of its row there, a JSON object
//   q NAME                         Queue
//   t NAME 00 REVISION             Task stored with the queue
//   y NAME 00 TASK_ID              REVISION of the task stored with the queue (number)
//   f NAME 00 FRAME EXAMPLE_ID     FrameText of the queue; FRAME is its index in the queue's record
//   g NAME 00 TASK_ID ANNOTATOR    Lease
//   l SNAPSHOT                     SnapshotLease
//   k REQUEST                      IdempotencyRecord      REQUEST is a SHA-256 of caller, method
//   and
//                                                         request id
//   w MICROS REQUEST               empty: the reply was kept at that time
//
// Members of a source count up to the number that its record tells: an import writes behind it and
// then raises the number, so it is visible as a whole. What a broken import left there is written
// over by the next one.
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
inline constexpr absl::string_view kPendingSources = "p";
inline constexpr absl::string_view kPendingDatasets = "n";
inline std::string Named(absl::string_view prefix, absl::string_view name) {
  return absl::StrCat(prefix, name);
}

inline std::string AnswersOf(uint64_t dataset) { return absl::StrCat("a", EncodeNumber(dataset)); }
inline std::string Answer(uint64_t dataset, uint64_t revision) {
  return absl::StrCat(AnswersOf(dataset), EncodeNumber(revision));
}
inline std::string UndosOf(uint64_t dataset) { return absl::StrCat("u", EncodeNumber(dataset)); }
inline std::string UndoOf(uint64_t dataset, uint64_t revision) {
  return absl::StrCat(UndosOf(dataset), EncodeNumber(revision));
}

inline std::string TextsOf(uint64_t dataset) { return absl::StrCat("b", EncodeNumber(dataset)); }
inline std::string TextAnswers(uint64_t dataset, absl::string_view example_id) {
  return absl::StrCat(TextsOf(dataset), example_id);
}

inline std::string MembersOf(uint64_t source) { return absl::StrCat("m", EncodeNumber(source)); }
inline std::string Member(uint64_t source, uint64_t ordinal) {
  return absl::StrCat(MembersOf(source), EncodeNumber(ordinal));
}
inline std::string MembershipsOf(uint64_t source) {
  return absl::StrCat("x", EncodeNumber(source));
}
inline std::string Membership(uint64_t source, absl::string_view example_id) {
  return absl::StrCat(MembershipsOf(source), example_id);
}

inline std::string FieldsOf(uint64_t source) { return absl::StrCat("o", EncodeNumber(source)); }
inline std::string Fields(uint64_t source, absl::string_view example_id) {
  return absl::StrCat(FieldsOf(source), example_id);
}

// What belongs to a queue: prefix, name and a zero byte, which no name has.
inline std::string OfQueue(char prefix, absl::string_view queue) {
  return absl::StrCat(absl::string_view(&prefix, 1), queue, absl::string_view("\0", 1));
}
inline std::string TasksOf(absl::string_view queue) { return OfQueue('t', queue); }
inline std::string Task(absl::string_view queue, uint64_t revision) {
  return absl::StrCat(TasksOf(queue), EncodeNumber(revision));
}
inline std::string TaskIndexOf(absl::string_view queue) { return OfQueue('y', queue); }
inline std::string TaskIndex(absl::string_view queue, absl::string_view task_id) {
  return absl::StrCat(TaskIndexOf(queue), task_id);
}
inline std::string FrameOf(absl::string_view queue) { return OfQueue('f', queue); }
inline std::string FrameText(absl::string_view queue, uint64_t frame,
                             absl::string_view example_id) {
  return absl::StrCat(FrameOf(queue), EncodeNumber(frame), example_id);
}
inline std::string LeasesOf(absl::string_view queue) { return OfQueue('g', queue); }
inline std::string Lease(absl::string_view queue, absl::string_view task_id,
                         absl::string_view annotator) {
  return absl::StrCat(LeasesOf(queue), task_id, annotator);
}

inline constexpr absl::string_view kSnapshotLeases = "l";
inline std::string SnapshotLease(absl::string_view id) { return absl::StrCat(kSnapshotLeases, id); }

// Prefixes of kv::ReplyLog.
inline constexpr absl::string_view kReplies = "k";
inline constexpr absl::string_view kRepliesByAge = "w";

// The part after `revision_prefix` that lies in (after, up_to].
inline kv::Range Revisions(absl::string_view revision_prefix, uint64_t after, uint64_t up_to) {
  kv::Range range = kv::Range::Prefix(revision_prefix);
  if (after >= up_to) return kv::Range::Between(range.begin, range.begin);
  range.begin = absl::StrCat(revision_prefix, EncodeNumber(after + 1));
  if (up_to != UINT64_MAX) range.end = absl::StrCat(revision_prefix, EncodeNumber(up_to + 1));
  return range;
}

}  // namespace winnow::corpus::keys

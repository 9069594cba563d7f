// Identities of examples and tasks: hashes of content, equal on every machine and for ever.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

// Bytes of an example id and of a task id, as in the records.
inline constexpr size_t kIdBytes = 16;

// An id in little memory, for tables of many; in records it is a string of bytes, and hexadecimal
// only in the API. Ids are hashes, so their first bytes serve as a hash.
class Id {
 public:
  Id() = default;
  // REQUIRES: bytes.size() == kIdBytes.
  explicit Id(absl::string_view bytes) { std::memcpy(bytes_.data(), bytes.data(), kIdBytes); }

  absl::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  auto operator<=>(const Id&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine(std::move(state), id.bytes());
  }

 private:
  std::array<char, kIdBytes> bytes_ = {};
};

// First 16 bytes of the SHA-256 of the exact UTF-8 text.
std::string ExampleIdOf(absl::string_view text);

// Identity of the question "are these spans right?" (TASK_KIND_TEACH, and TASK_KIND_REVIEW of what
// was said of it), or of an imported complete annotation (TASK_KIND_MANUAL): hash of example, kind
// and the sorted spans with their labels; the order given does not matter.
std::string TaskIdOf(absl::string_view example_id, storage::v1::TaskKind kind,
                     const std::vector<storage::v1::Span>& spans);

// Identity of the question "which are all the spans of these labels?", whatever is marked already:
// hash of example, kind and the sorted labels. TASK_KIND_CORRECT has the identities of
// TASK_KIND_MANUAL; TASK_KIND_REVIEW has its own.
std::string MarkupTaskIdOf(absl::string_view example_id, std::vector<std::string> labels,
                           storage::v1::TaskKind kind = storage::v1::TASK_KIND_MANUAL);

// Identity of the question "which of these two outputs is better?"; exchanging the two gives the
// same id.
std::string ComparisonTaskIdOf(absl::string_view example_id,
                               const std::vector<storage::v1::Span>& spans_a,
                               const std::vector<storage::v1::Span>& spans_b);

// Identity of a check of a person: a task of their own, that of nobody else, for what is asked
// again (`of`: of their answer the revision, of a gold task its id).
std::string CheckTaskIdOf(absl::string_view annotator, absl::string_view of);

// 32 lower-case hexadecimal digits.
std::string IdToHex(absl::string_view id);
// InvalidArgument unless `hex` is 32 hexadecimal digits.
absl::StatusOr<std::string> IdFromHex(absl::string_view hex);

// 128 bits from the operating system, as 32 hexadecimal digits: names of databases and snapshots.
std::string RandomIdHex();

}  // namespace winnow::corpus

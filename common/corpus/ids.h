// Identities of examples and tasks: hashes of content, equal on every machine and for ever.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

// Bytes of an example id and of a task id, as in the records.
inline constexpr size_t kIdBytes = 16;

// First 16 bytes of the SHA-256 of the exact UTF-8 text.
std::string ExampleIdOf(absl::string_view text);

// Identity of the question "are these spans right?" (TASK_KIND_BINARY) or "mark the text, beginning
// with these spans" (TASK_KIND_COMPLETE): hash of example, kind and the sorted spans with their
// labels; the order given does not matter.
std::string TaskIdOf(absl::string_view example_id, storage::v1::TaskKind kind,
                     const std::vector<storage::v1::Span>& spans);

// Identity of the question "which of these two outputs is better?"; exchanging the two gives the
// same id.
std::string ComparisonTaskIdOf(absl::string_view example_id,
                               const std::vector<storage::v1::Span>& spans_a,
                               const std::vector<storage::v1::Span>& spans_b);

// 32 lower-case hexadecimal digits.
std::string IdToHex(absl::string_view id);
// InvalidArgument unless `hex` is 32 hexadecimal digits.
absl::StatusOr<std::string> IdFromHex(absl::string_view hex);

// 128 bits from the operating system, as 32 hexadecimal digits: names of databases and snapshots.
std::string RandomIdHex();

}  // namespace winnow::corpus

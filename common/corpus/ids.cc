#include "common/corpus/ids.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/text/spans.h"

namespace winnow::corpus {
namespace {

std::string FirstBytes(const Digest256& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()), kIdBytes);
}

// One unambiguous line of text for any order of the spans: the length before a label tells where it
// ends.
std::string Canonical(std::vector<storage::v1::Span> spans) {
  std::sort(spans.begin(), spans.end(), text::SpanLess());
  std::string bytes;
  for (const storage::v1::Span& span : spans) {
    absl::StrAppend(&bytes, span.start(), "-", span.end(), ":", span.label().size(), ":",
                    span.label(), ";");
  }
  return bytes;
}

std::string HashTask(absl::string_view example_id, storage::v1::TaskKind kind,
                     absl::string_view content) {
  return FirstBytes(Sha256(absl::StrCat(example_id, "|", static_cast<int>(kind), "|", content)));
}

}  // namespace

std::string ExampleIdOf(absl::string_view text) { return FirstBytes(Sha256(text)); }

std::string TaskIdOf(absl::string_view example_id, storage::v1::TaskKind kind,
                     const std::vector<storage::v1::Span>& spans) {
  return HashTask(example_id, kind, Canonical(spans));
}

std::string MarkupTaskIdOf(absl::string_view example_id, std::vector<std::string> labels,
                           storage::v1::TaskKind kind) {
  std::sort(labels.begin(), labels.end());
  std::string content = "labels:";
  for (const std::string& label : labels) absl::StrAppend(&content, label.size(), ":", label, ";");
  return HashTask(example_id,
                  kind == storage::v1::TASK_KIND_CORRECT ? storage::v1::TASK_KIND_MANUAL : kind,
                  content);
}

std::string ComparisonTaskIdOf(absl::string_view example_id,
                               const std::vector<storage::v1::Span>& spans_a,
                               const std::vector<storage::v1::Span>& spans_b) {
  std::string first = Canonical(spans_a);
  std::string second = Canonical(spans_b);
  if (second < first) std::swap(first, second);
  return HashTask(example_id, storage::v1::TASK_KIND_COMPARE,
                  absl::StrCat(first.size(), "|", first, second));
}

std::string CheckTaskIdOf(absl::string_view annotator, absl::string_view of) {
  return FirstBytes(Sha256(absl::StrCat("check|", annotator.size(), "|", annotator, of)));
}

std::string IdToHex(absl::string_view id) { return absl::BytesToHexString(id); }

absl::StatusOr<std::string> IdFromHex(absl::string_view hex) {
  if (hex.size() != 2 * kIdBytes || !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError(absl::StrCat("\"",
                                                   absl::Utf8SafeCHexEscape(hex.substr(0, 64)),
                                                   "\" is not an id of 32 hexadecimal digits"));
  }
  return absl::HexStringToBytes(hex);
}

std::string RandomIdHex() {
  std::array<char, kIdBytes> bytes;
  // Never fails for so few bytes once the system is up (getrandom(2)).
  while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
  }
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

}  // namespace winnow::corpus

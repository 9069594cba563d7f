#include "common/ner/model_file.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/ner/features.h"
#include "common/ner/model.h"
#include "common/ner/row_sum.h"
#include "common/ner/tags.h"
#include "common/text/utf8.h"

namespace winnow::ner {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little endian");

constexpr char kMagic[8] = {'W', 'I', 'N', 'N', 'O', 'W', 'N', 'R'};
constexpr uint32_t kFormatVersion = 3;
constexpr uint32_t kSeveralLexiconsVersion = 4;
constexpr size_t kAlignment = 64;
constexpr int kMinHashBits = 10;
constexpr int kMaxHashBits = 24;
constexpr size_t kMaxLabelBytes = 4096;
constexpr uint64_t kMaxLexiconBytes = uint64_t{1} << 32;
constexpr uint64_t kMaxPatternBytes = uint64_t{1} << 30;

static_assert(sizeof(ModelHeader) == 2 * kAlignment);

size_t Aligned(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

// Size of header and thresholds.
size_t HeadSize(size_t num_labels) {
  return Aligned(sizeof(ModelHeader) + num_labels * sizeof(double));
}

uint64_t HeadChecksum(absl::string_view head) {
  return Hash64(head.substr(sizeof(ModelHeader)),
                Hash64(head.substr(0, offsetof(ModelHeader, header_checksum))));
}

absl::Status CheckVersion(absl::string_view name, uint32_t found, uint32_t oldest,
                          uint32_t newest) {
  if (oldest <= found && found <= newest) return absl::OkStatus();
  const std::string known =
      oldest == newest ? absl::StrCat(newest) : absl::StrCat(oldest, " to ", newest);
  return UnusableModel(absl::StrCat("it has ", name, " ", found, ", this program reads ", known));
}

bool IsSane(const ModelHeader& header, absl::Span<const double> thresholds) {
  return header.num_labels >= 1 && header.num_labels <= kMaxLabels &&
         header.hash_bits >= kMinHashBits && header.hash_bits <= kMaxHashBits &&
         header.label_bytes <= kMaxLabels * (kMaxLabelBytes + 4) &&
         header.num_rows <= uint64_t{1} << header.hash_bits &&
         absl::c_all_of(LexiconBytes(header), [](uint64_t b) { return b <= kMaxLexiconBytes; }) &&
         header.pattern_bytes <= kMaxPatternBytes && header.temperature > 0 &&
         std::isfinite(header.temperature) &&
         absl::c_all_of(thresholds, [](double t) { return t > 0 && t < 1; });
}

// The order of the checks decides which reason is given: another version is told before a checksum
// that such a file would have elsewhere.
absl::Status CheckHead(absl::string_view bytes) {
  if (bytes.size() < sizeof(ModelHeader)) return UnusableModel("it is too short");
  const ModelHeader header = ReadHeader(bytes);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
    return UnusableModel("it is another kind of file");
  WINNOW_RETURN_IF_ERROR(CheckVersion("format version", header.format_version, kFormatVersion,
                                      kSeveralLexiconsVersion));
  if (header.num_labels > kMaxLabels || HeadSize(header.num_labels) > bytes.size() ||
      header.header_checksum != HeadChecksum(bytes.substr(0, HeadSize(header.num_labels)))) {
    return UnusableModel("its header is damaged (checksum)");
  }
  WINNOW_RETURN_IF_ERROR(CheckVersion("feature version", header.feature_version,
                                      kOldestFeatureVersion, kFeatureVersion));
  WINNOW_RETURN_IF_ERROR(CheckVersion("tag scheme", header.tag_scheme, kTagScheme, kTagScheme));
  if (!IsSane(header, ReadThresholds(bytes, header.num_labels)))
    return UnusableModel("its header has values out of range");
  const ModelLayout layout(header);
  if (bytes.size() != layout.size) {
    return UnusableModel(absl::StrCat("it has ", bytes.size(), " bytes instead of ", layout.size));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<uint64_t> LexiconBytes(const ModelHeader& header) {
  std::vector<uint64_t> bytes = {header.lexicon_bytes};
  absl::c_copy(header.more_lexicon_bytes, std::back_inserter(bytes));
  return bytes;
}

ModelHeader MakeModelHeader(absl::Span<const std::string> lexicons) {
  ModelHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format_version = lexicons.size() > 1 ? kSeveralLexiconsVersion : kFormatVersion;
  for (size_t i = 0; i < lexicons.size(); ++i)
    (i == 0 ? header.lexicon_bytes : header.more_lexicon_bytes[i - 1]) = lexicons[i].size();
  header.feature_version = kFeatureVersion;
  header.tag_scheme = kTagScheme;
  return header;
}

ModelLayout::ModelLayout(const ModelHeader& header) {
  const size_t k = header.num_labels;
  labels = HeadSize(k);
  transitions = Aligned(labels + header.label_bytes);
  cells = Aligned(transitions + ((2 * k + 1) * (2 * k + 1) + 4 * k) * sizeof(float));
  rows = Aligned(cells + NumCells(static_cast<int>(header.hash_bits)) * sizeof(RowCell));
  // Rows may be read a little beyond their end.
  lexicons = Aligned(rows + header.num_rows * 4 * k + kSumLanes);
  patterns = absl::c_accumulate(LexiconBytes(header), lexicons);
  size = patterns + header.pattern_bytes;
}

absl::Status UnusableModel(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a usable model: ", why));
}

absl::Status CheckModelBytes(absl::string_view bytes) {
  WINNOW_RETURN_IF_ERROR(CheckHead(bytes));
  const ModelHeader header = ReadHeader(bytes);
  const absl::string_view payload = bytes.substr(ModelLayout(header).labels);
  return Hash64(payload) == header.payload_checksum ? absl::OkStatus()
                                                    : UnusableModel("it is damaged (checksum)");
}

ModelHeader ReadHeader(absl::string_view bytes) {
  ModelHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

std::vector<double> ReadThresholds(absl::string_view bytes, size_t num_labels) {
  std::vector<double> thresholds(num_labels);
  std::memcpy(thresholds.data(), bytes.data() + sizeof(ModelHeader), num_labels * sizeof(double));
  return thresholds;
}

void WriteHead(ModelHeader header, absl::Span<const double> thresholds, char* bytes) {
  std::memcpy(bytes, &header, sizeof header);
  std::memcpy(bytes + sizeof header, thresholds.data(), thresholds.size() * sizeof(double));
  header.header_checksum = HeadChecksum({bytes, HeadSize(thresholds.size())});
  std::memcpy(bytes, &header, sizeof header);
}

absl::Status CheckLabels(const std::vector<std::string>& labels) {
  if (labels.empty()) return absl::InvalidArgumentError("a model needs at least one label");
  if (labels.size() > kMaxLabels) {
    return absl::InvalidArgumentError(
        absl::StrCat("a model has at most ", kMaxLabels, " labels, not ", labels.size()));
  }
  std::set<absl::string_view> seen;
  for (const std::string& label : labels) {
    if (label.empty()) return absl::InvalidArgumentError("a label is empty");
    if (text::FindInvalidUtf8(label) != absl::string_view::npos)
      return absl::InvalidArgumentError("a label is not valid UTF-8");
    if (label.size() > kMaxLabelBytes)
      return absl::InvalidArgumentError("a label is longer than 4096 bytes");
    if (!seen.insert(label).second) {
      return absl::InvalidArgumentError(absl::StrCat("the label \"", label, "\" occurs twice"));
    }
  }
  return absl::OkStatus();
}

std::string EncodeLabels(const std::vector<std::string>& labels) {
  std::string bytes;
  for (const std::string& label : labels) {
    const uint32_t size = static_cast<uint32_t>(label.size());
    bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes.append(label);
  }
  return bytes;
}

absl::StatusOr<std::vector<std::string>> DecodeLabels(absl::string_view bytes, size_t num_labels) {
  std::vector<std::string> labels;
  while (!bytes.empty()) {
    uint32_t size;
    if (bytes.size() < sizeof size) return UnusableModel("its labels are damaged");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) return UnusableModel("its labels are damaged");
    labels.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  if (labels.size() != num_labels) return UnusableModel("its labels are damaged");
  const absl::Status checked = CheckLabels(labels);
  if (!checked.ok()) return UnusableModel(checked.message());
  return labels;
}

}  // namespace winnow::ner

// The file model.bin: its layout, and the checks that make its bytes safe to read. Internal to the
// folder.
//
// Little endian, parts but the last aligned to 64 bytes: header; thresholds; label names (length as
// u32, bytes); transitions; row index (a RowCell per 64 hashed features); rows of 4K int8; the
// lexicons, one behind the other, and the patterns, if there are any. A file with several lexicons
// has format version 4; all others are of version 3, which had one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/knowledge.h"

namespace winnow::ner {

struct ModelHeader {
  char magic[8];
  uint32_t format_version;
  uint32_t feature_version;
  uint32_t tag_scheme;
  uint32_t num_labels;
  uint32_t hash_bits;
  uint32_t label_bytes;
  uint64_t num_rows;
  uint64_t lexicon_bytes;  // of the first
  double temperature;
  // It covers everything from the labels on.
  uint64_t payload_checksum;
  uint64_t pattern_bytes;
  uint64_t more_lexicon_bytes[kMaxLexicons - 1];
  char unused[24];
  // It covers the bytes before it, and those behind it up to the labels.
  uint64_t header_checksum;
};

// A header of this program's versions for a model with these lexicons, with zeros for everything
// else.
ModelHeader MakeModelHeader(absl::Span<const std::string> lexicons);

// The bytes of each lexicon.
std::vector<uint64_t> LexiconBytes(const ModelHeader& header);

// The places in the file where the parts begin. REQUIRES: counts within their limits.
struct ModelLayout {
  // The payload begins with the labels.
  size_t labels, transitions, cells, rows, lexicons, patterns, size;

  explicit ModelLayout(const ModelHeader& header);
};

// The index has a cell for each 64 hashed features.
constexpr size_t NumCells(int hash_bits) { return size_t{1} << (hash_bits - 6); }

// InvalidArgument, for any reason why a file cannot be used.
absl::Status UnusableModel(absl::string_view why);

// That `bytes` are those that were written, by a program of these versions, and that every part
// lies inside them.
absl::Status CheckModelBytes(absl::string_view bytes);

// REQUIRES, of both: CheckModelBytes is OK.
ModelHeader ReadHeader(absl::string_view bytes);
std::vector<double> ReadThresholds(absl::string_view bytes, size_t num_labels);

// Writes header, thresholds and their checksum over what is there.
void WriteHead(ModelHeader header, absl::Span<const double> thresholds, char* bytes);

// InvalidArgument for no, too many, empty, overlong or repeated labels, and what is no UTF-8.
absl::Status CheckLabels(const std::vector<std::string>& labels);
std::string EncodeLabels(const std::vector<std::string>& labels);
absl::StatusOr<std::vector<std::string>> DecodeLabels(absl::string_view bytes, size_t num_labels);

}  // namespace winnow::ner

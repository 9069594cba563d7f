#include "common/ner/model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/base/zeroed_memory.h"
#include "common/ner/for_labels.h"
#include "common/ner/row_sum.h"

namespace winnow::ner {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little endian");

constexpr char kMagic[8] = {'W', 'I', 'N', 'N', 'O', 'W', 'N', 'R'};
constexpr uint32_t kFormatVersion = 3;
constexpr size_t kAlignment = 64;
constexpr int kMinHashBits = 10;
constexpr int kMaxHashBits = 24;
constexpr size_t kMaxLabelBytes = 4096;
constexpr uint64_t kMaxLexiconBytes = uint64_t{1} << 32;
constexpr uint64_t kMaxPatternBytes = uint64_t{1} << 30;

// A sum of weights of one token fits.
static_assert(FeatureExtractor::kMaxFeatures * 128 <= std::numeric_limits<int16_t>::max());

struct Header {
  char magic[8];
  uint32_t format_version;
  uint32_t feature_version;
  uint32_t tag_scheme;
  uint32_t num_labels;
  uint32_t hash_bits;
  uint32_t label_bytes;
  uint64_t num_rows;
  uint64_t lexicon_bytes;
  double temperature;
  uint64_t payload_checksum;
  uint64_t pattern_bytes;
  char unused[48];
  // Of the bytes before it and of those from it to the labels.
  uint64_t header_checksum;
};
static_assert(sizeof(Header) == 2 * kAlignment);

size_t Aligned(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

// Size of header and thresholds.
size_t HeadSize(size_t num_labels) { return Aligned(sizeof(Header) + num_labels * sizeof(double)); }

uint64_t HeadChecksum(absl::string_view head) {
  return Hash64(head.substr(sizeof(Header)),
                Hash64(head.substr(0, offsetof(Header, header_checksum))));
}

// Where the parts of the file begin. REQUIRES: counts within their limits.
struct Layout {
  // The payload begins with the labels.
  size_t labels, transitions, cells, rows, lexicon, patterns, size;

  Layout(const Header& header, size_t cell_size) {
    const size_t k = header.num_labels;
    labels = HeadSize(k);
    transitions = Aligned(labels + header.label_bytes);
    cells = Aligned(transitions + ((2 * k + 1) * (2 * k + 1) + 4 * k) * sizeof(float));
    rows = Aligned(cells + (size_t{1} << (header.hash_bits - 6)) * cell_size);
    // Rows may be read a little beyond their end.
    lexicon = Aligned(rows + header.num_rows * 4 * k + kSumLanes);
    patterns = lexicon + header.lexicon_bytes;
    size = patterns + header.pattern_bytes;
  }
};

absl::Status Corrupt(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a usable model: ", what));
}

// REQUIRES: the file is as long as that.
Header ReadHeader(absl::string_view bytes) {
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

std::vector<double> ReadThresholds(absl::string_view bytes, size_t num_labels) {
  std::vector<double> thresholds(num_labels);
  std::memcpy(thresholds.data(), bytes.data() + sizeof(Header), num_labels * sizeof(double));
  return thresholds;
}

// Writes both, and their checksum, over what is there.
void WriteHead(Header header, absl::Span<const double> thresholds, char* bytes) {
  std::memcpy(bytes, &header, sizeof header);
  std::memcpy(bytes + sizeof header, thresholds.data(), thresholds.size() * sizeof(double));
  header.header_checksum = HeadChecksum({bytes, HeadSize(thresholds.size())});
  std::memcpy(bytes, &header, sizeof header);
}

absl::Status CheckHead(absl::string_view bytes, size_t cell_size) {
  if (bytes.size() < sizeof(Header)) return Corrupt("it is too short");
  const Header header = ReadHeader(bytes);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
    return Corrupt("it is another kind of file");
  const auto check_version = [](absl::string_view name, uint32_t found, uint32_t known) {
    if (found == known) return absl::OkStatus();
    return Corrupt(absl::StrCat("it has ", name, " ", found, ", this program reads ", known));
  };
  WINNOW_RETURN_IF_ERROR(check_version("format version", header.format_version, kFormatVersion));
  if (header.num_labels > kMaxLabels || HeadSize(header.num_labels) > bytes.size() ||
      header.header_checksum != HeadChecksum(bytes.substr(0, HeadSize(header.num_labels)))) {
    return Corrupt("its header is damaged (checksum)");
  }
  WINNOW_RETURN_IF_ERROR(check_version("feature version", header.feature_version, kFeatureVersion));
  WINNOW_RETURN_IF_ERROR(check_version("tag scheme", header.tag_scheme, kTagScheme));
  const bool sane = header.num_labels >= 1 && header.num_labels <= kMaxLabels &&
                    header.hash_bits >= kMinHashBits && header.hash_bits <= kMaxHashBits &&
                    header.label_bytes <= kMaxLabels * (kMaxLabelBytes + 4) &&
                    header.num_rows <= uint64_t{1} << header.hash_bits &&
                    header.lexicon_bytes <= kMaxLexiconBytes &&
                    header.pattern_bytes <= kMaxPatternBytes && header.temperature > 0 &&
                    std::isfinite(header.temperature) &&
                    absl::c_all_of(ReadThresholds(bytes, header.num_labels),
                                   [](double t) { return t > 0 && t < 1; });
  if (!sane) return Corrupt("its header has values out of range");
  const Layout layout(header, cell_size);
  if (bytes.size() != layout.size) {
    return Corrupt(absl::StrCat("it has ", bytes.size(), " bytes instead of ", layout.size));
  }
  return absl::OkStatus();
}

// That the bytes are those that were written.
absl::Status CheckBytes(absl::string_view bytes, size_t cell_size) {
  WINNOW_RETURN_IF_ERROR(CheckHead(bytes, cell_size));
  const Header header = ReadHeader(bytes);
  const absl::string_view payload = bytes.substr(Layout(header, cell_size).labels);
  return Hash64(payload) == header.payload_checksum ? absl::OkStatus()
                                                    : Corrupt("it is damaged (checksum)");
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
    if (bytes.size() < sizeof size) return Corrupt("its labels are damaged");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) return Corrupt("its labels are damaged");
    labels.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  if (labels.size() != num_labels || !CheckLabels(labels).ok())
    return Corrupt("its labels are damaged");
  return labels;
}

bool AllFinite(absl::Span<const float> values) {
  const Eigen::Map<const Eigen::ArrayXf> map(values.data(),
                                             static_cast<Eigen::Index>(values.size()));
  return values.empty() || (map * 0).sum() == 0;
}

enum class RowKind { kZero, kNotZero, kNotFinite };

// rounded = row / kWeightUnit, rounded and cut to int8; of 4K values.
RowKind Round(const float* row, int num_labels, int8_t* rounded) {
  RowKind kind = RowKind::kZero;
  ForLabels(num_labels, [&](auto labels) {
    constexpr int kSize = labels == Eigen::Dynamic ? Eigen::Dynamic : 4 * labels;
    using Row = Eigen::Array<float, kSize, 1>;
    const Row weights = Eigen::Map<const Row>(row, 4 * num_labels);
    if ((weights * 0).sum() != 0) {
      kind = RowKind::kNotFinite;
      return;
    }
    const Row units = (weights / kWeightUnit).rint().cwiseMax(-127).cwiseMin(127);
    Eigen::Map<Eigen::Array<int8_t, kSize, 1>>(rounded, 4 * num_labels) =
        units.template cast<int8_t>();
    if ((units != 0).any()) kind = RowKind::kNotZero;
  });
  return kind;
}

}  // namespace

// Either a memory map or a buffer on the heap, aligned like one.
class Model::Bytes {
 public:
  explicit Bytes(MappedFile file) : file_(std::move(file)), view_(file_.bytes()) {}
  // Zeros.
  explicit Bytes(size_t size) : buffer_(size), view_(buffer_.data(), size) {}
  absl::string_view view() const { return view_; }
  char* buffer() { return buffer_.data(); }

 private:
  MappedFile file_;
  ZeroedVector<char> buffer_;
  absl::string_view view_;
};

absl::StatusOr<std::shared_ptr<const Model>> Model::Open(const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  const auto owner = std::make_shared<const Bytes>(std::move(file));
  absl::Status status = CheckBytes(owner->view(), sizeof(Cell));
  if (status.ok()) {
    auto model = FromBytes(owner);
    if (model.ok()) return model;
    status = model.status();
  }
  return absl::Status(status.code(), absl::StrCat(path.string(), ": ", status.message()));
}

absl::StatusOr<std::shared_ptr<const Model>> Model::Parse(absl::string_view bytes) {
  WINNOW_RETURN_IF_ERROR(CheckBytes(bytes, sizeof(Cell)));
  auto copy = std::make_shared<Bytes>(bytes.size());
  std::memcpy(copy->buffer(), bytes.data(), bytes.size());
  return FromBytes(std::move(copy));
}

absl::StatusOr<std::shared_ptr<const Model>> Model::FromBytes(
    std::shared_ptr<const Bytes> owner, std::shared_ptr<const PatternSet> patterns) {
  const absl::string_view bytes = owner->view();
  const Header header = ReadHeader(bytes);
  const Layout layout(header, sizeof(Cell));
  std::shared_ptr<Model> model(new Model);
  WINNOW_ASSIGN_OR_RETURN(
      model->labels_,
      DecodeLabels(bytes.substr(layout.labels, header.label_bytes), header.num_labels));
  model->hash_bits_ = static_cast<int>(header.hash_bits);
  model->num_rows_ = header.num_rows;
  model->row_size_ = 4 * header.num_labels;
  model->temperature_ = header.temperature;
  model->thresholds_ = ReadThresholds(bytes, header.num_labels);
  model->digest_ = header.payload_checksum;
  model->transitions_ = Transitions(static_cast<int>(header.num_labels));
  std::vector<float>& outside = model->transitions_.outside;
  std::vector<float>& inside = model->transitions_.inside;
  const char* transitions = bytes.data() + layout.transitions;
  std::memcpy(outside.data(), transitions, outside.size() * sizeof(float));
  std::memcpy(inside.data(), transitions + outside.size() * sizeof(float),
              inside.size() * sizeof(float));
  model->cells_ = reinterpret_cast<const Cell*>(bytes.data() + layout.cells);
  model->rows_ = reinterpret_cast<const int8_t*>(bytes.data() + layout.rows);
  if (header.lexicon_bytes > 0) {
    WINNOW_ASSIGN_OR_RETURN(
        model->knowledge_.lexicon,
        Lexicon::Parse(bytes.substr(layout.lexicon, header.lexicon_bytes), owner));
  }
  if (header.pattern_bytes > 0 && patterns == nullptr) {
    WINNOW_ASSIGN_OR_RETURN(patterns, PatternSet::Parse(bytes.substr(layout.patterns)));
  }
  model->knowledge_.patterns = std::move(patterns);

  // A checksum does not prove that the writer was sound; a row outside the file would be read
  // outside memory.
  size_t rows = 0;
  for (size_t c = 0; c < size_t{1} << (header.hash_bits - 6); ++c) {
    if (model->cells_[c].rows_before != rows) return Corrupt("its row index is damaged");
    rows += static_cast<size_t>(std::popcount(model->cells_[c].present));
  }
  if (rows != header.num_rows) return Corrupt("its row index is damaged");
  if (!AllFinite(outside) || !AllFinite(inside)) return Corrupt("a weight is not finite");
  model->factors_ = TransitionFactors(model->transitions_, model->temperature_);
  model->bytes_ = std::move(owner);
  return model;
}

// What a model is assembled from: the rows of `base`, in which those of `features` are exchanged or
// added.
struct Model::Parts {
  absl::string_view labels;  // encoded
  size_t num_labels;
  int hash_bits;
  const Model* base;  // may be null
  absl::Span<const uint32_t> features;
  const Transitions& transitions;
  double temperature;
  const std::vector<double>& thresholds;
  const Knowledge& knowledge;
};

absl::StatusOr<std::shared_ptr<const Model>> Model::Make(
    const std::vector<std::string>& labels, int hash_bits, absl::Span<const uint32_t> features,
    const Transitions& transitions, RowOf row_of, double temperature, const Knowledge& knowledge) {
  WINNOW_RETURN_IF_ERROR(CheckLabels(labels));
  const std::vector<double> thresholds(labels.size(), kDefaultThreshold);
  return Assemble({EncodeLabels(labels), labels.size(), hash_bits, nullptr, features, transitions,
                   temperature, thresholds, knowledge},
                  row_of);
}

absl::StatusOr<std::shared_ptr<const Model>> Model::WithRows(absl::Span<const uint32_t> features,
                                                             const Transitions& transitions,
                                                             RowOf row_of) const {
  return Assemble({EncodeLabels(labels_), labels_.size(), hash_bits_, this, features, transitions,
                   temperature_, thresholds_, knowledge_},
                  row_of);
}

absl::StatusOr<std::shared_ptr<const Model>> Model::Assemble(const Parts& parts, RowOf row_of) {
  const size_t row_size = 4 * parts.num_labels;
  ZeroedVector<int8_t> rows((parts.features.size() + 1) * row_size);
  std::vector<uint32_t> features;
  size_t num_new = 0;
  for (size_t i = 0; i < parts.features.size(); ++i) {
    if (i + kRowsAhead < parts.features.size())
      PrefetchRow(row_of(i + kRowsAhead), row_size * sizeof(float));
    const float* row = row_of(i);
    const RowKind kind =
        Round(row, static_cast<int>(parts.num_labels), &rows[features.size() * row_size]);
    if (kind == RowKind::kNotFinite) return absl::InvalidArgumentError("a weight is not finite");
    const bool known = parts.base != nullptr && parts.base->Row(parts.features[i]) != nullptr;
    if (kind == RowKind::kZero && !known) continue;
    features.push_back(parts.features[i]);
    num_new += !known;
  }

  const Knowledge& knowledge = parts.knowledge;
  const std::string lexicon =
      knowledge.lexicon == nullptr ? std::string() : knowledge.lexicon->Serialize();
  const std::string patterns =
      knowledge.patterns == nullptr ? std::string() : knowledge.patterns->Serialize();
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format_version = kFormatVersion;
  header.feature_version = kFeatureVersion;
  header.tag_scheme = kTagScheme;
  header.num_labels = static_cast<uint32_t>(parts.num_labels);
  header.hash_bits = static_cast<uint32_t>(parts.hash_bits);
  header.label_bytes = static_cast<uint32_t>(parts.labels.size());
  header.num_rows = num_new + (parts.base == nullptr ? 0 : parts.base->num_rows());
  header.lexicon_bytes = lexicon.size();
  header.pattern_bytes = patterns.size();
  header.temperature = parts.temperature;

  const Layout layout(header, sizeof(Cell));
  auto bytes = std::make_shared<Bytes>(layout.size);
  char* buffer = bytes->buffer();
  std::memcpy(buffer + layout.labels, parts.labels.data(), parts.labels.size());
  const size_t outside_bytes = parts.transitions.outside.size() * sizeof(float);
  std::memcpy(buffer + layout.transitions, parts.transitions.outside.data(), outside_bytes);
  std::memcpy(buffer + layout.transitions + outside_bytes, parts.transitions.inside.data(),
              parts.transitions.inside.size() * sizeof(float));
  std::memcpy(buffer + layout.lexicon, lexicon.data(), lexicon.size());
  std::memcpy(buffer + layout.patterns, patterns.data(), patterns.size());

  Cell* cells = reinterpret_cast<Cell*>(buffer + layout.cells);
  const size_t num_cells = size_t{1} << (parts.hash_bits - 6);
  if (parts.base != nullptr) std::memcpy(cells, parts.base->cells_, num_cells * sizeof(Cell));
  for (const uint32_t feature : features)
    cells[feature >> 6].present |= uint64_t{1} << (feature & 63);
  uint32_t num_rows = 0;
  for (size_t c = 0; c < num_cells; ++c) {
    cells[c].rows_before = num_rows;
    num_rows += static_cast<uint32_t>(std::popcount(cells[c].present));
  }

  int8_t* to = reinterpret_cast<int8_t*>(buffer + layout.rows);
  const int8_t* from = parts.base == nullptr ? nullptr : parts.base->rows_;
  for (size_t i = 0; i < features.size(); ++i) {
    if (parts.base != nullptr) {
      const int8_t* here = parts.base->rows_ + parts.base->Rank(features[i]) * row_size;
      to = std::copy(from, here, to);
      from = here + (parts.base->Row(features[i]) != nullptr ? row_size : 0);
    }
    to = std::copy_n(&rows[i * row_size], row_size, to);
  }
  if (parts.base != nullptr) std::copy(from, parts.base->rows().end(), to);

  header.payload_checksum = Hash64(bytes->view().substr(layout.labels));
  WriteHead(header, parts.thresholds, buffer);
  return FromBytes(std::move(bytes), parts.knowledge.patterns);
}

std::string Model::Serialize() const {
  std::string bytes(bytes_->view());
  Header header = ReadHeader(bytes);
  header.temperature = temperature_;
  WriteHead(header, thresholds_, bytes.data());
  return bytes;
}

std::shared_ptr<const Model> Model::WithTemperature(double temperature) const {
  std::shared_ptr<Model> copy(new Model(*this));
  copy->temperature_ = temperature;
  copy->factors_ = TransitionFactors(transitions_, temperature);
  return copy;
}

std::shared_ptr<const Model> Model::WithThresholds(std::vector<double> thresholds) const {
  std::shared_ptr<Model> copy(new Model(*this));
  copy->thresholds_ = std::move(thresholds);
  return copy;
}

int Model::LabelIndex(absl::string_view label) const {
  const auto it = std::find(labels_.begin(), labels_.end(), label);
  return it == labels_.end() ? -1 : static_cast<int>(it - labels_.begin());
}

std::vector<uint32_t> Model::Features() const {
  std::vector<uint32_t> features;
  features.reserve(num_rows_);
  for (uint32_t c = 0; c < uint32_t{1} << (hash_bits_ - 6); ++c) {
    for (uint64_t present = cells_[c].present; present != 0; present &= present - 1) {
      features.push_back(c * 64 + static_cast<uint32_t>(std::countr_zero(present)));
    }
  }
  return features;
}

const int8_t** Model::FindRows(absl::Span<const uint32_t> ids, const int8_t** rows) const {
  for (const uint32_t id : ids) {
    // Without branches: whether there is a row cannot be foreseen, and a wrong guess would wait for
    // the cell's memory.
    const uint32_t hashed = id >> (32 - hash_bits_);
    const bool has_row = HasRow(hashed);
    const int8_t* row = rows_ + Rank(hashed) * row_size_;
    *rows = row;
    rows += has_row;
    PrefetchRow(has_row ? static_cast<const void*>(row) : &cells_[hashed >> 6], row_size_);
  }
  return rows;
}

void Model::Score(const TextFeatures& features, std::vector<float>& scores) const {
  const size_t n = features.num_tokens();
  scores.resize(n * row_size_);
  std::vector<int16_t> sum(PaddedToSumLanes(row_size_));
  // The rows of a token come from memory while those of the one before it are added.
  std::array<std::array<const int8_t*, FeatureExtractor::kMaxFeatures>, 2> rows;
  std::array<size_t, 2> num_rows;
  const auto find = [&](size_t t) {
    num_rows[t % 2] =
        static_cast<size_t>(FindRows(features.of(t), rows[t % 2].data()) - rows[t % 2].data());
  };
  if (n > 0) find(0);
  for (size_t t = 0; t < n; ++t) {
    if (t + 1 < n) find(t + 1);
    std::fill(sum.begin(), sum.end(), int16_t{0});
    AddWeights(rows[t % 2].data(), num_rows[t % 2], static_cast<int>(labels_.size()), sum.data());
    for (size_t y = 0; y < row_size_; ++y) scores[t * row_size_ + y] = kWeightUnit * sum[y];
  }
}

}  // namespace winnow::ner

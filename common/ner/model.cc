#include "common/ner/model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/base/zeroed_memory.h"
#include "common/ner/for_labels.h"
#include "common/ner/model_file.h"
#include "common/ner/row_sum.h"

namespace winnow::ner {
namespace {

// A sum of weights of one token fits.
static_assert(FeatureExtractor::kMaxFeatures * 128 <= std::numeric_limits<int16_t>::max());

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
  absl::Status status = CheckModelBytes(owner->view());
  if (status.ok()) {
    auto model = FromBytes(owner);
    if (model.ok()) return model;
    status = model.status();
  }
  return absl::Status(status.code(), absl::StrCat(path.string(), ": ", status.message()));
}

absl::StatusOr<std::shared_ptr<const Model>> Model::Parse(absl::string_view bytes) {
  WINNOW_RETURN_IF_ERROR(CheckModelBytes(bytes));
  auto copy = std::make_shared<Bytes>(bytes.size());
  std::memcpy(copy->buffer(), bytes.data(), bytes.size());
  return FromBytes(std::move(copy));
}

// A checksum does not prove that the writer was sound; a row outside the file would be read outside
// memory.
absl::Status Model::CheckCells() const {
  size_t rows = 0;
  for (size_t c = 0; c < NumCells(hash_bits_); ++c) {
    if (cells_[c].rows_before != rows) return UnusableModel("its row index is damaged");
    rows += static_cast<size_t>(std::popcount(cells_[c].present));
  }
  return rows == num_rows_ ? absl::OkStatus() : UnusableModel("its row index is damaged");
}

absl::StatusOr<std::shared_ptr<const Model>> Model::FromBytes(
    std::shared_ptr<const Bytes> owner, std::shared_ptr<const PatternSet> patterns) {
  const absl::string_view bytes = owner->view();
  const ModelHeader header = ReadHeader(bytes);
  const ModelLayout layout(header);
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
  model->cells_ = reinterpret_cast<const RowCell*>(bytes.data() + layout.cells);
  model->rows_ = reinterpret_cast<const int8_t*>(bytes.data() + layout.rows);
  size_t lexicon_begin = layout.lexicons;
  for (const uint64_t size : LexiconBytes(header)) {
    if (size == 0) break;
    WINNOW_ASSIGN_OR_RETURN(auto lexicon, Lexicon::Parse(bytes.substr(lexicon_begin, size), owner));
    model->knowledge_.lexicons.push_back(std::move(lexicon));
    lexicon_begin += size;
  }
  if (header.pattern_bytes > 0 && patterns == nullptr) {
    WINNOW_ASSIGN_OR_RETURN(patterns, PatternSet::Parse(bytes.substr(layout.patterns)));
  }
  model->knowledge_.patterns = std::move(patterns);

  WINNOW_RETURN_IF_ERROR(model->CheckCells());
  if (!AllFinite(outside) || !AllFinite(inside)) return UnusableModel("a weight is not finite");
  model->factors_ = TransitionFactors(model->transitions_, model->temperature_);
  model->bytes_ = std::move(owner);
  return model;
}

// A model is assembled from the rows of `base`, in which those of `features` are exchanged or
// added.
struct Model::Content {
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

// The rows of a model to be, rounded.
struct Model::NewRows {
  std::vector<uint32_t> features;  // ascending
  ZeroedVector<int8_t> rows;       // [features][4K], and room for one more
  size_t num_added = 0;            // those that the base has not
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

absl::StatusOr<Model::NewRows> Model::RoundRows(const Content& content, RowOf row_of) {
  const size_t row_size = 4 * content.num_labels;
  NewRows result;
  result.rows = ZeroedVector<int8_t>((content.features.size() + 1) * row_size);
  for (size_t i = 0; i < content.features.size(); ++i) {
    if (i + kRowsAhead < content.features.size())
      PrefetchRow(row_of(i + kRowsAhead), row_size * sizeof(float));
    // A row that rounds to zeros is overwritten by the next, unless it must replace one of the
    // base.
    const RowKind kind = Round(row_of(i), static_cast<int>(content.num_labels),
                               &result.rows[result.features.size() * row_size]);
    if (kind == RowKind::kNotFinite) return absl::InvalidArgumentError("a weight is not finite");
    const bool known = content.base != nullptr && content.base->Row(content.features[i]) != nullptr;
    if (kind == RowKind::kZero && !known) continue;
    result.features.push_back(content.features[i]);
    result.num_added += !known;
  }
  return result;
}

// `cells`: zeros.
void Model::WriteCells(const Content& content, const NewRows& added, RowCell* cells) {
  const size_t num_cells = NumCells(content.hash_bits);
  if (content.base != nullptr) {
    std::memcpy(cells, content.base->cells_, num_cells * sizeof(RowCell));
  }
  for (const uint32_t feature : added.features)
    cells[feature >> 6].present |= uint64_t{1} << (feature & 63);
  uint32_t num_rows = 0;
  for (size_t c = 0; c < num_cells; ++c) {
    cells[c].rows_before = num_rows;
    num_rows += static_cast<uint32_t>(std::popcount(cells[c].present));
  }
}

void Model::MergeRows(const Content& content, const NewRows& added, int8_t* to) {
  const size_t row_size = 4 * content.num_labels;
  const Model* base = content.base;
  // The rows of the base from here on are still to be copied.
  const int8_t* from = base == nullptr ? nullptr : base->rows_;
  for (size_t i = 0; i < added.features.size(); ++i) {
    if (base != nullptr) {
      const int8_t* here = base->rows_ + base->Rank(added.features[i]) * row_size;
      to = std::copy(from, here, to);
      from = here + (base->Row(added.features[i]) != nullptr ? row_size : 0);
    }
    to = std::copy_n(&added.rows[i * row_size], row_size, to);
  }
  if (base != nullptr) std::copy(from, base->rows().end(), to);
}

absl::StatusOr<std::shared_ptr<const Model>> Model::Assemble(const Content& content, RowOf row_of) {
  WINNOW_ASSIGN_OR_RETURN(const NewRows added, RoundRows(content, row_of));
  const Knowledge& knowledge = content.knowledge;
  std::vector<std::string> lexicons;
  for (const auto& lexicon : knowledge.lexicons) lexicons.push_back(lexicon->Serialize());
  const std::string patterns =
      knowledge.patterns == nullptr ? std::string() : knowledge.patterns->Serialize();
  ModelHeader header = MakeModelHeader(lexicons);
  header.num_labels = static_cast<uint32_t>(content.num_labels);
  header.hash_bits = static_cast<uint32_t>(content.hash_bits);
  header.label_bytes = static_cast<uint32_t>(content.labels.size());
  header.num_rows = added.num_added + (content.base == nullptr ? 0 : content.base->num_rows());
  header.pattern_bytes = patterns.size();
  header.temperature = content.temperature;

  const ModelLayout layout(header);
  auto bytes = std::make_shared<Bytes>(layout.size);
  char* buffer = bytes->buffer();
  std::memcpy(buffer + layout.labels, content.labels.data(), content.labels.size());
  const std::vector<float>& outside = content.transitions.outside;
  const std::vector<float>& inside = content.transitions.inside;
  char* transitions = buffer + layout.transitions;
  std::memcpy(transitions, outside.data(), outside.size() * sizeof(float));
  std::memcpy(transitions + outside.size() * sizeof(float), inside.data(),
              inside.size() * sizeof(float));
  WriteCells(content, added, reinterpret_cast<RowCell*>(buffer + layout.cells));
  MergeRows(content, added, reinterpret_cast<int8_t*>(buffer + layout.rows));
  absl::StrJoin(lexicons, "").copy(buffer + layout.lexicons, std::string::npos);
  std::memcpy(buffer + layout.patterns, patterns.data(), patterns.size());

  // The checksums come last, since they are of everything else.
  header.payload_checksum = Hash64(bytes->view().substr(layout.labels));
  WriteHead(header, content.thresholds, buffer);
  return FromBytes(std::move(bytes), knowledge.patterns);
}

std::string Model::Serialize() const {
  std::string bytes(bytes_->view());
  ModelHeader header = ReadHeader(bytes);
  header.temperature = temperature_;
  WriteHead(header, thresholds_, bytes.data());
  return bytes;
}

absl::Status Model::Save(const std::filesystem::path& path) const {
  return WriteFileAtomically(path, Serialize());
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
  for (uint32_t c = 0; c < NumCells(hash_bits_); ++c) {
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

#include "common/ner/optimizer_state.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/ner/tags.h"

namespace winnow::ner {
namespace {

static_assert(std::endian::native == std::endian::little, "optimiser files are little endian");

constexpr char kMagic[8] = {'W', 'I', 'N', 'N', 'O', 'W', 'O', 'P'};
constexpr uint32_t kFormatVersion = 3;
// Without entity_bias.
constexpr uint32_t kOldestFormatVersion = 2;
constexpr uint64_t kMaxRows = uint64_t{1} << 24;

struct Header {
  char magic[8];
  uint32_t format_version;
  uint32_t num_labels;
  uint64_t num_rows;
  uint64_t model_digest;
  // It covers all other bytes of the file.
  uint64_t checksum;
};
static_assert(sizeof(Header) == 40);

size_t RowSize(uint64_t num_labels) { return 5 * num_labels + 1; }
size_t OutsideSize(uint64_t num_labels) { return (2 * num_labels + 1) * (2 * num_labels + 1); }

uint64_t Checksum(const Header& header, absl::string_view payload) {
  return Hash64(payload,
                Hash64({reinterpret_cast<const char*>(&header), offsetof(Header, checksum)}));
}

absl::Status Corrupt(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a usable optimiser state: ", what));
}

template <typename T>
void Append(const std::vector<T>& values, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <typename T>
void Take(size_t size, absl::string_view& bytes, std::vector<T>& values) {
  values.resize(size);
  std::memcpy(values.data(), bytes.data(), size * sizeof(T));
  bytes.remove_prefix(size * sizeof(T));
}

// The step of 2^-20 and of what is below, in units of a quarter of an octave: exponent and two bits
// of the mantissa.
constexpr uint32_t kBitsPerStep = 21;
constexpr uint32_t kZeroStep = (127 - 20) * 4;

}  // namespace

std::string OptimizerState::Serialize() const {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format_version = kFormatVersion;
  header.num_labels = num_labels;
  header.num_rows = rows.size() / RowSize(num_labels);
  header.model_digest = model_digest;
  std::string bytes(sizeof header, '\0');
  bytes.reserve(sizeof header + rows.size() +
                (outside.size() + inside.size() + entity_bias.size()) * sizeof(float));
  Append(rows, bytes);
  Append(outside, bytes);
  Append(inside, bytes);
  Append(entity_bias, bytes);
  header.checksum = Checksum(header, absl::string_view(bytes).substr(sizeof header));
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

absl::StatusOr<OptimizerState> OptimizerState::Parse(absl::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof header) return Corrupt("it is too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.remove_prefix(sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
    return Corrupt("it is another kind of file");
  if (header.format_version < kOldestFormatVersion || header.format_version > kFormatVersion) {
    return Corrupt(absl::StrCat("it has format version ", header.format_version,
                                ", this program reads ", kOldestFormatVersion, " to ",
                                kFormatVersion));
  }
  if (header.num_labels < 1 || header.num_labels > kMaxLabels || header.num_rows > kMaxRows) {
    return Corrupt("its header has values out of range");
  }
  const size_t num_rows = header.num_rows * RowSize(header.num_labels);
  const size_t num_outside = OutsideSize(header.num_labels);
  const size_t num_inside = 4 * size_t{header.num_labels};
  const bool has_bias = header.format_version > kOldestFormatVersion;
  const size_t num_bias = has_bias ? 4 * size_t{header.num_labels} : 0;
  const size_t size = num_rows + (num_outside + num_inside + num_bias) * sizeof(float);
  if (bytes.size() != size)
    return Corrupt(absl::StrCat("it has ", bytes.size(), " bytes instead of ", size));
  if (header.checksum != Checksum(header, bytes)) return Corrupt("it is damaged (checksum)");
  OptimizerState state;
  state.model_digest = header.model_digest;
  state.num_labels = header.num_labels;
  Take(num_rows, bytes, state.rows);
  Take(num_outside, bytes, state.outside);
  Take(num_inside, bytes, state.inside);
  Take(num_bias, bytes, state.entity_bias);
  state.entity_bias.resize(4 * size_t{header.num_labels});
  const auto is_sum = [](float squares) { return squares >= 0 && std::isfinite(squares); };
  if (!absl::c_all_of(state.outside, is_sum) || !absl::c_all_of(state.inside, is_sum))
    return Corrupt("a sum of squares is none");
  if (!absl::c_all_of(state.entity_bias, [](float bias) { return std::isfinite(bias); }))
    return Corrupt("a bias is no number");
  return state;
}

uint8_t CompressSquares(float squares) {
  const uint32_t step =
      (std::bit_cast<uint32_t>(squares) + (1u << (kBitsPerStep - 1))) >> kBitsPerStep;
  return static_cast<uint8_t>(step <= kZeroStep ? 0 : std::min(step - kZeroStep, uint32_t{255}));
}

float ExpandSquares(uint8_t compressed) {
  return compressed == 0 ? 0 : std::bit_cast<float>((kZeroStep + compressed) << kBitsPerStep);
}

}  // namespace winnow::ner

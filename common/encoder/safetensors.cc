#include "common/encoder/safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/encoder/json_file.h"

namespace winnow::encoder {
namespace {

constexpr size_t kMaxHeaderBytes = size_t{16} << 20;
constexpr size_t kMaxDimensions = 8;

size_t ValueBytes(absl::string_view type) {
  static const auto& sizes = *new std::map<absl::string_view, size_t>{
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1},
      {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
      {"U32", 4},  {"F32", 4}, {"I64", 8}, {"U64", 8},     {"F64", 8}};
  const auto it = sizes.find(type);
  return it == sizes.end() ? 0 : it->second;
}

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

// The bytes of a tensor of this shape; InvalidArgument when they are more than `most`.
absl::StatusOr<size_t> ShapeBytes(const std::vector<size_t>& shape, size_t value_bytes,
                                  size_t most) {
  // A dimension of 0 must not hide what the others overflow to.
  size_t bytes = value_bytes;
  for (const size_t size : shape) {
    if (size > most / bytes) return Bad("has a shape that is larger than the file");
    bytes *= std::max<size_t>(size, 1);
  }
  return std::find(shape.begin(), shape.end(), 0) == shape.end() ? bytes : 0;
}

absl::StatusOr<std::vector<size_t>> ReadSizes(const Json& array, size_t most_sizes) {
  if (!array.is_array() || array.size() > most_sizes) return Bad("is no list of sizes");
  std::vector<size_t> sizes;
  for (const Json& size : array) {
    if (!size.is_number_unsigned()) return Bad("is no list of sizes");
    sizes.push_back(size.get<size_t>());
  }
  return sizes;
}

absl::StatusOr<StoredTensor> ParseTensor(const Json& json, absl::string_view data) {
  StoredTensor tensor{.type = ReadString(json, "dtype")};
  const size_t value_bytes = ValueBytes(tensor.type);
  if (value_bytes == 0) return Bad(absl::StrCat("has the unknown type \"", tensor.type, "\""));
  auto shape = ReadSizes(Member(json, "shape"), kMaxDimensions);
  if (!shape.ok()) return Bad(absl::StrCat("shape ", shape.status().message()));
  tensor.shape = *std::move(shape);
  const auto offsets = ReadSizes(Member(json, "data_offsets"), 2);
  if (!offsets.ok() || offsets->size() != 2) return Bad("data_offsets are not two numbers");
  const size_t begin = offsets->front(), end = offsets->back();
  if (begin > end || end > data.size()) return Bad("lies outside of the file");
  tensor.bytes = data.substr(begin, end - begin);
  WINNOW_ASSIGN_OR_RETURN(const size_t bytes, ShapeBytes(tensor.shape, value_bytes, data.size()));
  if (bytes != tensor.bytes.size()) {
    return Bad(absl::StrCat("has ", tensor.bytes.size(), " bytes, not the ", bytes,
                            " of its shape and type"));
  }
  return tensor;
}

// Every byte of `data` is of exactly one tensor: what is left over or shared is a damaged file.
absl::Status CheckCover(const std::map<std::string, StoredTensor>& tensors,
                        absl::string_view data) {
  std::vector<std::pair<const char*, const std::pair<const std::string, StoredTensor>*>> sorted;
  for (const auto& entry : tensors) {
    if (!entry.second.bytes.empty()) sorted.emplace_back(entry.second.bytes.data(), &entry);
  }
  std::sort(sorted.begin(), sorted.end());
  const char* expected = data.data();
  for (const auto& [begin, entry] : sorted) {
    if (begin < expected) return Bad(absl::StrCat("tensor ", entry->first, " overlaps another"));
    if (begin > expected) {
      return Bad(absl::StrCat("bytes before tensor ", entry->first, " belong to no tensor"));
    }
    expected = begin + entry->second.bytes.size();
  }
  if (expected == data.data() + data.size()) return absl::OkStatus();
  return Bad("bytes at the end belong to no tensor");
}

float FromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// IEEE 754 binary16, exactly.
float FromHalf(uint16_t half) {
  const uint32_t sign = uint32_t{half} >> 15 << 31;
  const uint32_t exponent = half >> 10 & 0x1F, mantissa = half & 0x3FF;
  if (exponent == 0) return FromBits(sign | 0x3F800000) * static_cast<float>(mantissa) * 0x1p-24f;
  const uint32_t wide_exponent = exponent == 0x1F ? 0xFF : exponent + (127 - 15);
  return FromBits(sign | wide_exponent << 23 | mantissa << 13);
}

template <typename T>
T ValueAt(absl::string_view bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
  return value;
}

// False when the values are of a type that has no reader.
bool Convert(absl::string_view type, absl::string_view bytes, absl::Span<float> values) {
  const auto fill = [&](const auto& value_at) {
    for (size_t i = 0; i < values.size(); ++i) values[i] = value_at(i);
    return true;
  };
  if (type == "F32") return fill([&](size_t i) { return ValueAt<float>(bytes, i); });
  if (type == "F16") return fill([&](size_t i) { return FromHalf(ValueAt<uint16_t>(bytes, i)); });
  if (type != "BF16") return false;
  return fill([&](size_t i) { return FromBits(uint32_t{ValueAt<uint16_t>(bytes, i)} << 16); });
}

}  // namespace

absl::StatusOr<SafeTensors> SafeTensors::Parse(absl::string_view bytes, absl::string_view name) {
  if (bytes.size() < sizeof(uint64_t)) return BadFile(name, "is too short for a safetensors file");
  const auto header_bytes = ValueAt<uint64_t>(bytes, 0);
  bytes.remove_prefix(sizeof header_bytes);
  if (header_bytes > std::min(bytes.size(), kMaxHeaderBytes)) {
    return BadFile(name, absl::StrCat("says that its header has ", header_bytes,
                                      " bytes: it is no safetensors file, or cut off"));
  }
  WINNOW_ASSIGN_OR_RETURN(const Json header,
                          ParseJson(name, bytes.substr(0, header_bytes), kMaxHeaderBytes));
  const absl::string_view data = bytes.substr(header_bytes);
  SafeTensors result;
  result.name_ = std::string(name);
  for (const auto& [tensor, json] : header.items()) {
    if (tensor == "__metadata__") continue;
    auto parsed = ParseTensor(json, data);
    if (!parsed.ok()) {
      return BadFile(name, absl::StrCat("tensor ", tensor, " ", parsed.status().message()));
    }
    result.tensors_.emplace(tensor, *std::move(parsed));
  }
  const absl::Status covered = CheckCover(result.tensors_, data);
  return covered.ok() ? absl::StatusOr<SafeTensors>(std::move(result))
                      : BadFile(name, covered.message());
}

absl::Status SafeTensors::Bad(absl::string_view tensor, absl::string_view what) const {
  return BadFile(name_, absl::StrCat("tensor ", tensor, " ", what));
}

absl::Status SafeTensors::CheckShape(absl::string_view tensor,
                                     absl::Span<const size_t> shape) const {
  const auto it = tensors_.find(std::string(tensor));
  if (it == tensors_.end()) return Bad(tensor, "is missing");
  if (it->second.shape == std::vector<size_t>(shape.begin(), shape.end())) return absl::OkStatus();
  return Bad(tensor,
             absl::StrCat("has the shape ", absl::StrJoin(it->second.shape, " x "), ", not ",
                          absl::StrJoin(shape, " x "), " as the configuration says"));
}

absl::Status SafeTensors::Read(absl::string_view tensor, absl::Span<const size_t> shape,
                               size_t first_row, absl::Span<float> values) const {
  WINNOW_RETURN_IF_ERROR(CheckShape(tensor, shape));
  const StoredTensor& stored = tensors_.at(std::string(tensor));
  const size_t first = first_row * shape.back();
  if (!Convert(stored.type, stored.bytes.substr(first * ValueBytes(stored.type)), values)) {
    return Bad(tensor,
               absl::StrCat("has values of type ", stored.type, "; F32, F16 and BF16 can be read"));
  }
  const auto is_finite = [](float value) { return std::isfinite(value); };
  const auto odd = std::find_if_not(values.begin(), values.end(), is_finite);
  if (odd == values.end()) return absl::OkStatus();
  return Bad(tensor, absl::StrCat("has a value that is not a finite number, at ",
                                  first + static_cast<size_t>(odd - values.begin())));
}

}  // namespace winnow::encoder

// Files of weights in the format safetensors (https://github.com/huggingface/safetensors): the size
// of a JSON header as 8 bytes, the header, and the tensors' values without gaps.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace winnow::encoder {

// A tensor as it lies in a file. REQUIRES: the product of `shape` times the size of a value of
// `type` is the number of bytes.
struct StoredTensor {
  std::string type;
  std::vector<size_t> shape;
  absl::string_view bytes;
};

// The tensors of one file. Refers to its bytes. Immutable, hence thread-safe.
class SafeTensors {
 public:
  // InvalidArgument "NAME: WHAT" for a header that is cut off, larger than 16 MiB or no JSON; a
  // tensor of an unknown type, whose shape does not make its bytes, or that lies outside of the
  // file; tensors that overlap; and bytes that belong to none. Values are not looked at.
  static absl::StatusOr<SafeTensors> Parse(absl::string_view bytes, absl::string_view name);

  bool Has(absl::string_view tensor) const { return tensors_.count(std::string(tensor)) > 0; }

  // InvalidArgument "NAME: tensor TENSOR WHAT" when it is missing or has another shape.
  absl::Status CheckShape(absl::string_view tensor, absl::Span<const size_t> shape) const;

  // Writes the rows [first_row, first_row + n) of a matrix of `shape` into `values`, row by row,
  // where n is what `values` has room for; a vector is one row. Of F16 and BF16 the exact values.
  // InvalidArgument, too, when it has another type or a value that is not finite. REQUIRES: these
  // rows are within the shape.
  absl::Status Read(absl::string_view tensor, absl::Span<const size_t> shape, size_t first_row,
                    absl::Span<float> values) const;

 private:
  absl::Status Bad(absl::string_view tensor, absl::string_view what) const;

  std::string name_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace winnow::encoder

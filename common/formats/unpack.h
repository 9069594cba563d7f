// What a file is packed in: gzip, zstd, UTF-16. What comes out is UTF-8, or was meant to be.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace winnow::formats {

// One step of unpacking a file that comes in pieces. Not thread-safe.
class Unpacking {
 public:
  using Take = std::function<void(absl::string_view)>;
  virtual ~Unpacking() = default;
  // Calls `take` with what the piece gives, in pieces of at most 64 KiB. InvalidArgument when the
  // bytes are damaged.
  virtual absl::Status Add(absl::string_view piece, const Take& take) = 0;
  // InvalidArgument when the file breaks off.
  virtual absl::Status Finish(const Take& take) = 0;
};

// Unpacks a file, found out from its first bytes: gzip, zstd, UTF-16 with or without a byte order
// mark, UTF-16 within gzip or zstd; a byte order mark of UTF-8 is dropped. InvalidArgument, saying
// what the file is and what to do with it, for formats that hold no text: archives, spreadsheets,
// Parquet, databases, spaCy's binary.
std::unique_ptr<Unpacking> MakeUnpacking();

}  // namespace winnow::formats

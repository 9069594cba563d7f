// The rows of a file, whatever it is packed in and however they are kept in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/formats/lines.h"
#include "common/formats/recognise.h"
#include "common/formats/unpack.h"

namespace winnow::formats {

struct Record {
  // Of its first line; of a JSON file that is no JSONL its own, from 1 (see LineViolations::unit).
  size_t number = 0;
  // As the row stands in the file, valid as long as the call; empty where it is made of lines or
  // cells.
  absl::string_view raw;
  // Any value. Of kTokens and kTable an object; of kText a string without blanks at its ends.
  nlohmann::json value;
};

// What a packed file may unpack to, or a hundred times its size if that is more: memory does not
// depend on it, but a small file must not keep a reader busy for ever.
inline constexpr uint64_t kMaxUnpackedBytes = uint64_t{1} << 30;

// Reads a file that comes in pieces row by row, in the memory of a piece and a row. What is wrong
// with rows goes into `violations`. Not thread-safe.
class RecordReader {
 public:
  using Take = std::function<void(Container, Record)>;
  struct Options {
    // The file is known to be kText, whatever it looks like.
    bool text = false;
  };
  RecordReader(const Options& options, Take take, LineViolations& violations);

  // A piece, which may end anywhere. InvalidArgument when the file is none that has rows, or is
  // damaged as a whole; the rest is then not read.
  absl::Status Add(absl::string_view piece);
  absl::Status Finish();

 private:
  // Takes the text on from its beginning, and its end.
  struct Rows {
    std::function<void(absl::string_view)> add;
    std::function<void()> finish;
  };
  template <typename Reader>
  static Rows RowsOf(std::shared_ptr<Reader> reader);
  Rows LineRows(std::function<void(size_t, absl::string_view)> read);
  Rows MakeRows(const Recognised& recognised);
  void Read(absl::string_view text);
  void Begin(const Recognised& recognised);

  const Options options_;
  const Take take_;
  LineViolations& violations_;
  const std::unique_ptr<Unpacking> unpacking_;
  // What has come before it was known what the file is.
  std::string head_;
  std::optional<Rows> rows_;
  uint64_t num_packed_bytes_ = 0;
  uint64_t num_bytes_ = 0;
  // What the file as a whole is refused for.
  absl::Status refused_;
};

}  // namespace winnow::formats

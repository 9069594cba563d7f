#include "common/formats/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::formats {
namespace {

using Take = Unpacking::Take;
constexpr size_t kPieceBytes = size_t{64} << 10;

class Gzip final : public Unpacking {
 public:
  Gzip() { started_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  absl::Status Add(absl::string_view piece, const Take& take) override {
    if (!started_) return absl::ResourceExhaustedError("no memory to unpack gzip");
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    int code = Z_OK;
    // Output that fills the buffer may leave more inside.
    while (stream_.avail_in > 0 || stream_.avail_out == 0) {
      // A file may have several members, one after the other.
      if (ended_ && (stream_.avail_in == 0 || inflateReset(&stream_) != Z_OK)) break;
      ended_ = false;
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      code = inflate(&stream_, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return absl::InvalidArgumentError("damaged gzip data");
      take(absl::string_view(buffer_.data(), buffer_.size() - stream_.avail_out));
      ended_ = code == Z_STREAM_END;
    }
    return absl::OkStatus();
  }

  absl::Status Finish(const Take&) override {
    return ended_ ? absl::OkStatus() : absl::InvalidArgumentError("gzip data that breaks off");
  }

 private:
  z_stream stream_ = {};
  bool started_ = false;
  bool ended_ = false;
  std::array<char, kPieceBytes> buffer_;
};

class Zstd final : public Unpacking {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {}
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  absl::Status Add(absl::string_view piece, const Take& take) override {
    ZSTD_inBuffer in = {piece.data(), piece.size(), 0};
    bool more_inside = false;
    while (in.pos < in.size || more_inside) {
      ZSTD_outBuffer out = {buffer_.data(), buffer_.size(), 0};
      missing_ = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(missing_) != 0) return absl::InvalidArgumentError("damaged zstd data");
      take(absl::string_view(buffer_.data(), out.pos));
      more_inside = out.pos == out.size && missing_ != 0;
    }
    return absl::OkStatus();
  }

  absl::Status Finish(const Take&) override {
    return missing_ == 0 ? absl::OkStatus()
                         : absl::InvalidArgumentError("zstd data that breaks off");
  }

 private:
  ZSTD_DStream* const stream_;
  // Of the current frame; 0: it has ended.
  size_t missing_ = 1;
  std::array<char, kPieceBytes> buffer_;
};

class Utf16 final : public Unpacking {
 public:
  explicit Utf16(bool big_endian) : big_endian_(big_endian) {}

  absl::Status Add(absl::string_view piece, const Take& take) override {
    std::string text;
    for (const char c : piece) {
      if (!half_.has_value()) {
        half_ = static_cast<uint8_t>(c);
        continue;
      }
      const uint8_t first = *std::exchange(half_, std::nullopt), second = static_cast<uint8_t>(c);
      AddUnit(static_cast<char32_t>(big_endian_ ? first << 8 | second : second << 8 | first), text);
      if (text.size() >= kPieceBytes - 8) {
        take(text);
        text.clear();
      }
    }
    take(text);
    return damaged_ ? absl::InvalidArgumentError("damaged UTF-16: half a surrogate pair")
                    : absl::OkStatus();
  }

  absl::Status Finish(const Take&) override {
    return half_.has_value() || high_ != 0
               ? absl::InvalidArgumentError("UTF-16 that breaks off inside a character")
               : absl::OkStatus();
  }

 private:
  void AddUnit(char32_t unit, std::string& text) {
    const bool high = unit >= 0xD800 && unit < 0xDC00, low = unit >= 0xDC00 && unit < 0xE000;
    damaged_ |= low != (high_ != 0);
    if (high) {
      high_ = unit;
    } else if (low) {
      text::AppendUtf8(0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00), text);
      high_ = 0;
    } else {
      text::AppendUtf8(unit, text);
      high_ = 0;
    }
  }

  const bool big_endian_;
  std::optional<uint8_t> half_;
  // The first half of a surrogate pair; 0: none.
  char32_t high_ = 0;
  bool damaged_ = false;
};

class Plain final : public Unpacking {
 public:
  absl::Status Add(absl::string_view piece, const Take& take) override {
    take(piece);
    return absl::OkStatus();
  }
  absl::Status Finish(const Take&) override { return absl::OkStatus(); }
};

struct Binary {
  size_t at;
  absl::string_view magic;
  absl::string_view what;
};

constexpr Binary kBinaries[] = {
    {0, "PK\x03\x04", "a ZIP archive or a spreadsheet; unpack it, or save it as CSV or JSONL"},
    {0, "7z\xBC\xAF", "a 7z archive; unpack it"},
    {4, "1AY&SY", "bzip2 data; unpack it, or pack it with gzip or zstd"},
    {0,
     "\xFD"
     "7zXZ",
     "xz data; unpack it, or pack it with gzip or zstd"},
    {0, "PAR1", "Parquet; write it as JSONL: df.to_json(FILE, orient=\"records\", lines=True)"},
    {0, "ARROW1", "Arrow; write it as JSONL: dataset.to_json(FILE)"},
    {0, "SQLite format 3",
     "an SQLite database; export its data set first (prodigy db-out DATASET)"},
    {0, "\x78\x9C", "spaCy's binary (.spacy); write the docs as JSONL with doc.to_json()"},
    {0, "%PDF", "a PDF; extract its text first"},
    {0, "\x89PNG", "an image"},
    {0, "\xFF\xD8\xFF", "an image"},
};

// Without a byte order mark: a NUL beside each of the first two characters, which are ASCII in all
// formats of rows. True: big-endian.
std::optional<bool> LooksLikeUtf16(absl::string_view head) {
  if (head.size() < 4) return std::nullopt;
  const auto nul = [&](size_t i) { return head[i] == '\0'; };
  if (nul(0) && !nul(1) && nul(2) && !nul(3)) return true;
  if (!nul(0) && nul(1) && !nul(2) && nul(3)) return false;
  return std::nullopt;
}

// Looks at the first bytes and passes on what they say.
class ByFirstBytes final : public Unpacking {
 public:
  // `inner`: within gzip or zstd, where no further packing is looked for.
  explicit ByFirstBytes(bool inner) : inner_(inner) {}

  absl::Status Add(absl::string_view piece, const Take& take) override {
    if (unpacking_ == nullptr) {
      absl::StrAppend(&head_, piece);
      if (head_.size() < kHeadBytes) return absl::OkStatus();
      return Begin(take);
    }
    return Pass(piece, take);
  }

  absl::Status Finish(const Take& take) override {
    if (unpacking_ == nullptr) WINNOW_RETURN_IF_ERROR(Begin(take));
    WINNOW_RETURN_IF_ERROR(unpacking_->Finish(take));
    return text_ == nullptr ? absl::OkStatus() : text_->Finish(take);
  }

 private:
  // Enough for the longest magic number.
  static constexpr size_t kHeadBytes = 16;

  absl::Status Begin(const Take& take) {
    absl::string_view head = head_;
    const auto drop = [&](absl::string_view mark) {
      if (!absl::StartsWith(head, mark)) return false;
      head.remove_prefix(mark.size());
      return true;
    };
    if (!inner_ && absl::StartsWith(head, "\x1F\x8B")) {
      unpacking_ = std::make_unique<Gzip>();
      text_ = std::make_unique<ByFirstBytes>(/*inner=*/true);
    } else if (!inner_ && absl::StartsWith(head, "\x28\xB5\x2F\xFD")) {
      unpacking_ = std::make_unique<Zstd>();
      text_ = std::make_unique<ByFirstBytes>(/*inner=*/true);
    } else if (const bool big = drop("\xFE\xFF"); big || drop("\xFF\xFE")) {
      unpacking_ = std::make_unique<Utf16>(big);
    } else if (const std::optional<bool> big_endian = LooksLikeUtf16(head)) {
      unpacking_ = std::make_unique<Utf16>(*big_endian);
    } else {
      for (const Binary& binary : kBinaries) {
        if (head.substr(std::min(binary.at, head.size()), binary.magic.size()) == binary.magic)
          return absl::InvalidArgumentError(absl::StrCat("looks like ", binary.what));
      }
      drop("\xEF\xBB\xBF");
      unpacking_ = std::make_unique<Plain>();
    }
    return Pass(head, take);
  }

  absl::Status Pass(absl::string_view piece, const Take& take) {
    if (text_ == nullptr) return unpacking_->Add(piece, take);
    absl::Status inside;
    const absl::Status status = unpacking_->Add(
        piece, [&](absl::string_view part) { inside.Update(text_->Add(part, take)); });
    return status.ok() ? inside : status;
  }

  const bool inner_;
  std::string head_;
  // Packing outside, and what is in it; the second only within gzip and zstd.
  std::unique_ptr<Unpacking> unpacking_, text_;
};

}  // namespace

std::unique_ptr<Unpacking> MakeUnpacking() {
  return std::make_unique<ByFirstBytes>(/*inner=*/false);
}

}  // namespace winnow::formats

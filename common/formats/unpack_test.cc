#include "common/formats/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <string>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "common/formats/dataset.h"
#include "common/formats/source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::formats {
namespace {

using ::testing::HasSubstr;

std::string Gzip(const std::string& content) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(content.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string Zstd(const std::string& content) {
  std::string packed(ZSTD_compressBound(content.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), 3));
  return packed;
}

// `text` is ASCII but for U+00E9 and U+1F600.
std::string Utf16(const std::u16string& text, bool big_endian, bool mark) {
  std::string bytes;
  const auto add = [&](char16_t unit) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += big_endian ? std::string{high, low} : std::string{low, high};
  };
  if (mark) add(0xFEFF);
  for (const char16_t unit : text) add(unit);
  return bytes;
}

absl::StatusOr<std::string> Unpack(const std::string& content, size_t piece = 100000) {
  const std::unique_ptr<Unpacking> unpacking = MakeUnpacking();
  std::string text;
  const auto take = [&](absl::string_view part) { text.append(part.data(), part.size()); };
  for (size_t at = 0; at < content.size(); at += piece)
    WINNOW_RETURN_IF_ERROR(unpacking->Add(absl::string_view(content).substr(at, piece), take));
  WINNOW_RETURN_IF_ERROR(unpacking->Finish(take));
  return text;
}

const std::u16string kText = u"caf\u00e9 \U0001F600 x";
constexpr char kUtf8[] = "café 😀 x";

TEST(Unpack, GzipZstdAndUtf16InPiecesOfAnySize) {
  std::string large;
  for (int i = 0; i < 50000; ++i) large += std::to_string(i) + "\n";
  for (const size_t piece : {1, 3, 1000000}) {
    EXPECT_EQ(*Unpack(kUtf8, piece), kUtf8);
    EXPECT_EQ(*Unpack(std::string("\xEF\xBB\xBF") + kUtf8, piece), kUtf8);
    for (const bool big_endian : {false, true}) {
      for (const bool mark : {false, true})
        EXPECT_EQ(*Unpack(Utf16(kText, big_endian, mark), piece), kUtf8);
    }
    EXPECT_EQ(*Unpack(Gzip(large), piece), large);
    EXPECT_EQ(*Unpack(Gzip("one\n") + Gzip("two\n"), piece), "one\ntwo\n") << "two members";
    EXPECT_EQ(*Unpack(Zstd(large), piece), large);
    EXPECT_EQ(*Unpack(Gzip(Utf16(kText, false, true)), piece), kUtf8);
    EXPECT_EQ(*Unpack("", piece), "");
  }
}

TEST(Unpack, DamagedFilesAreRefused) {
  const std::string content(100000, 'x');
  const std::string gzip = Gzip(content), zstd = Zstd(content);
  EXPECT_THAT(std::string(Unpack(gzip.substr(0, gzip.size() - 1)).status().message()),
              HasSubstr("breaks off"));
  EXPECT_THAT(std::string(Unpack(zstd.substr(0, zstd.size() - 1)).status().message()),
              HasSubstr("breaks off"));
  std::string damaged = gzip;
  damaged[gzip.size() / 2] = static_cast<char>(~damaged[gzip.size() / 2]);
  EXPECT_FALSE(Unpack(damaged).ok());
  EXPECT_THAT(std::string(Unpack("\xFF\xFE"
                                 "a")
                              .status()
                              .message()),
              HasSubstr("breaks off"));
  EXPECT_THAT(std::string(Unpack(std::string("\xFF\xFE\x00\xD8"
                                             "a\0",
                                             6))
                              .status()
                              .message()),
              HasSubstr("surrogate"));
}

TEST(Unpack, PackedDatasetsAndSourcesAreRead) {
  const std::string rows = R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}]})";
  for (const std::string& packed : {Gzip(rows), Zstd(rows)}) {
    const auto dataset = ParseDataset(packed, {.coverage = Coverage::kBinary});
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    EXPECT_EQ(dataset->rows.size(), 1u);
  }
  const auto texts = ParseSource(Gzip("one\ntwo\n"), SourceFormat::kText);
  ASSERT_TRUE(texts.ok()) << texts.status();
  EXPECT_EQ(texts->size(), 2u);
  EXPECT_EQ(
      ParseSource("PK\x03\x04 and more than sixteen bytes", SourceFormat::kText).status().message(),
      "not a valid source (1 problem)\n  file: looks like a ZIP archive or a spreadsheet; "
      "unpack it, or save it as CSV or JSONL");
}

TEST(Unpack, AFileThatUnpacksToFarMoreThanItsSizeIsRefused) {
  // Blanks of a line, in frames one after the other.
  const std::string frame = Zstd(std::string(size_t{64} << 20, ' '));
  std::string bomb;
  for (int i = 0; i < 17; ++i) bomb += frame;
  EXPECT_THAT(std::string(ParseSource(bomb, SourceFormat::kText).status().message()),
              HasSubstr("file: unpacks to more than 1024 MiB and 100 times its size"));
  EXPECT_THAT(std::string(ParseDataset(bomb).status().message()),
              HasSubstr("file: unpacks to more than 1024 MiB and 100 times its size"));
}

}  // namespace
}  // namespace winnow::formats

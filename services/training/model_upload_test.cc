#include "services/training/model_upload.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/api.h"

namespace winnow::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

v1::ImportModelRequest Header(const std::string& model = "jobs") {
  v1::ImportModelRequest part;
  part.mutable_header()->set_request_id("00000000-0000-0000-0000-000000000001");
  part.mutable_header()->set_model(model);
  return part;
}
v1::ImportModelRequest File(const std::string& name, uint64_t size_bytes) {
  v1::ImportModelRequest part;
  part.mutable_file()->set_name(name);
  part.mutable_file()->set_size_bytes(size_bytes);
  return part;
}
v1::ImportModelRequest Chunk(const std::string& bytes) {
  v1::ImportModelRequest part;
  part.set_chunk(bytes);
  return part;
}

// Adds the parts until one is refused, then finishes.
absl::StatusOr<models::Files> Upload(const std::vector<v1::ImportModelRequest>& parts) {
  ModelUpload upload;
  for (const v1::ImportModelRequest& part : parts) {
    if (absl::Status status = AddPart(part, upload); !status.ok()) return status;
  }
  return upload.Finish();
}

std::string Refusal(const std::vector<v1::ImportModelRequest>& parts) {
  const absl::Status status = Upload(parts).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(ModelUpload, AHeaderWithoutAUuidIsRefused) {
  v1::ImportModelRequest header = Header();
  header.mutable_header()->set_request_id("r1");
  EXPECT_THAT(Refusal({header}), HasSubstr("header.request_id"));
}

TEST(ModelUpload, PutsFilesTogether) {
  ModelUpload upload;
  ASSERT_TRUE(AddPart(Header("jobs"), upload).ok());
  EXPECT_EQ(upload.model(), "jobs");
  const auto files = Upload({Header(), File("manifest.json", 2), Chunk("{}"), File("empty", 0),
                             File("model.bin", 5), Chunk("ab"), Chunk(""), Chunk("cde")});
  EXPECT_THAT(*files, ElementsAre(Pair("empty", ""), Pair("manifest.json", "{}"),
                                  Pair("model.bin", "abcde")));
}

TEST(ModelUpload, TheHeaderComesFirstAndOnce) {
  EXPECT_THAT(Refusal({}), HasSubstr("empty"));
  EXPECT_THAT(Refusal({File("model.bin", 1)}), HasSubstr("header"));
  EXPECT_THAT(Refusal({Chunk("a")}), HasSubstr("header"));
  EXPECT_THAT(Refusal({Header(), Header()}), HasSubstr("header"));
  EXPECT_THAT(Refusal({Header(), Chunk("a")}), HasSubstr("before its file"));
  EXPECT_THAT(Refusal({Header(), v1::ImportModelRequest()}), HasSubstr("before its file"));
}

TEST(ModelUpload, EachFileHasItsAnnouncedSize) {
  EXPECT_THAT(Refusal({Header(), File("model.bin", 3), Chunk("ab")}),
              HasSubstr("model.bin has 2 bytes, but 3"));
  EXPECT_THAT(Refusal({Header(), File("model.bin", 3), Chunk("ab"), File("other", 0)}),
              HasSubstr("model.bin has 2"));
  EXPECT_THAT(Refusal({Header(), File("model.bin", 3), Chunk("ab"), Chunk("cd")}),
              HasSubstr("longer than the 3"));
  EXPECT_THAT(Refusal({Header(), File("a", 0), File("a", 0)}), HasSubstr("twice"));
}

TEST(ModelUpload, NamesAreFileNames) {
  for (const char* name : {"", "..", "../model.bin", "/etc/passwd", "a/b", ".hidden"}) {
    EXPECT_THAT(Refusal({Header(), File(name, 0)}), HasSubstr("file")) << name;
    EXPECT_THAT(Refusal({Header(name)}), HasSubstr("model")) << name;
  }
}

TEST(ModelUpload, TooMuchIsRefusedBeforeItComes) {
  const uint64_t half = kMaxUploadBytes / 2;
  EXPECT_TRUE(
      absl::IsResourceExhausted(Upload({Header(), File("a", kMaxUploadBytes + 1)}).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(Upload({Header(), File("a", ~uint64_t{0})}).status()));
  EXPECT_FALSE(absl::IsResourceExhausted(Upload({Header(), File("a", half)}).status()));
}

}  // namespace
}  // namespace winnow::training

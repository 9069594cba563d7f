#include "common/corpus/overlay.h"

#include <utility>

#include "common/kv/memory_store.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

class OverlayTest : public testing::Test {
 protected:
  OverlayTest() {
    kv::Batch batch;
    batch.Put("a1", "stored");
    batch.Put("a2", "stored");
    batch.Put("b", "stored");
    EXPECT_TRUE(store_.Write(batch).ok());
  }

  // What a reader finds under the key, "-" for nothing.
  template <typename From>
  static std::string Read(const From& from, const std::string& key) {
    return from.Get(key).value_or("-");
  }

  kv::MemoryStore store_;
};

TEST_F(OverlayTest, ReadsItsOwnChangesThenWhatIsBelow) {
  Overlay below(store_);
  below.Put("a1", "below");
  below.Delete("b");
  Overlay top(store_, &below);
  EXPECT_EQ(Read(top, "a1"), "below");
  EXPECT_EQ(Read(top, "a2"), "stored");
  EXPECT_EQ(Read(top, "b"), "-");
  top.Put("b", "top");
  top.Delete("a1");
  EXPECT_EQ(Read(top, "a1"), "-");
  EXPECT_EQ(Read(top, "b"), "top");
  EXPECT_EQ(Read(below, "a1"), "below");
  EXPECT_EQ(Read(store_, "a1"), "stored");
}

TEST_F(OverlayTest, DeletedPrefixHidesAllBelowButNothingLater) {
  Overlay overlay(store_);
  overlay.Put("a3", "new");
  overlay.DeletePrefix("a");
  for (const char* key : {"a1", "a2", "a3"}) EXPECT_EQ(Read(overlay, key), "-");
  EXPECT_EQ(Read(overlay, "b"), "stored");
  overlay.Put("a2", "again");
  EXPECT_EQ(Read(overlay, "a2"), "again");
}

// Whatever was changed in two layers must come out of the batch as it was read from the top.
TEST_F(OverlayTest, WritingGivesWhatWasRead) {
  Overlay below(store_);
  below.Put("a1", "below");
  below.Put("c", "below");
  Overlay top(store_, &below);
  top.DeletePrefix("a");
  top.Put("a2", "top");
  top.Delete("b");
  std::vector<std::string> expected;
  for (const char* key : {"a1", "a2", "b", "c"}) expected.push_back(Read(top, key));
  EXPECT_EQ(expected, (std::vector<std::string>{"-", "top", "-", "below"}));

  std::move(top).MoveInto(below);
  std::vector<std::string> merged;
  for (const char* key : {"a1", "a2", "b", "c"}) merged.push_back(Read(below, key));
  EXPECT_EQ(merged, expected);

  kv::Batch batch;
  std::move(below).MoveInto(batch);
  ASSERT_TRUE(store_.Write(batch).ok());
  std::vector<std::string> written;
  for (const char* key : {"a1", "a2", "b", "c"}) written.push_back(Read(store_, key));
  EXPECT_EQ(written, expected);
}

TEST_F(OverlayTest, CountsBytesAndKnowsWhenItIsEmpty) {
  Overlay below(store_);
  EXPECT_TRUE(below.empty());
  Overlay top(store_, &below);
  top.Put("key", "value");
  EXPECT_EQ(top.num_bytes(), 8u);
  std::move(top).MoveInto(below);
  EXPECT_EQ(below.num_bytes(), 8u);
  EXPECT_FALSE(below.empty());
  Overlay drops(store_);
  drops.DeletePrefix("a");
  EXPECT_FALSE(drops.empty());
}

}  // namespace
}  // namespace winnow::corpus

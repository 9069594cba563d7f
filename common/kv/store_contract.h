// The contract of kv::Store as tests, which every implementation runs:
// INSTANTIATE_TYPED_TEST_SUITE_P(Name, StoreContract, Factory), where a default-constructed Factory
// has `Store& store()`, empty at first.
#pragma once

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/kv/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::kv {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline Pairs Drain(Iterator& iterator) {
  Pairs pairs;
  for (; iterator.Valid(); iterator.Next()) pairs.emplace_back(iterator.key(), iterator.value());
  EXPECT_TRUE(iterator.status().ok()) << iterator.status();
  return pairs;
}

inline Pairs ScanAll(const Store& store, const Range& range,
                     Direction direction = Direction::kForward) {
  return Drain(*store.Scan(range, direction));
}

template <typename Factory>
class StoreContract : public testing::Test {
 protected:
  void Put(const std::string& key, const std::string& value) {
    Batch batch;
    batch.Put(key, value);
    const absl::Status status = store_.Write(batch);
    ASSERT_TRUE(status.ok()) << status;
  }

  Factory factory_;
  Store& store_ = factory_.store();
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, GetFindsWhatWasPutLast) {
  EXPECT_EQ(this->store_.Get("a").status().code(), absl::StatusCode::kNotFound);
  this->Put("a", "1");
  EXPECT_EQ(*this->store_.Get("a"), "1");
  this->Put("a", "2");
  EXPECT_EQ(*this->store_.Get("a"), "2");
}

TYPED_TEST_P(StoreContract, KeysAndValuesAreAnyBytes) {
  const std::string key("\0\xff\n", 3);
  this->Put(key, std::string("\0", 1));
  EXPECT_EQ(*this->store_.Get(key), std::string("\0", 1));
  this->Put("", "");
  EXPECT_EQ(*this->store_.Get(""), "");
  const std::string large(3 << 20, 'x');
  this->Put("large", large);
  EXPECT_EQ(*this->store_.Get("large"), large);
}

TYPED_TEST_P(StoreContract, ScansInOrderOfUnsignedBytesBothWays) {
  for (const char* key : {"b", "\xff", "a", "ab", "\x7f", "\x80"}) this->Put(key, key);
  const Pairs forward{{"a", "a"},       {"ab", "ab"},     {"b", "b"},
                      {"\x7f", "\x7f"}, {"\x80", "\x80"}, {"\xff", "\xff"}};
  EXPECT_EQ(ScanAll(this->store_, Range::All()), forward);
  EXPECT_EQ(ScanAll(this->store_, Range::All(), Direction::kBackward),
            Pairs(forward.rbegin(), forward.rend()));
}

TYPED_TEST_P(StoreContract, RangesIncludeTheirBeginOnly) {
  for (const char* key : {"a", "b", "c", "d"}) this->Put(key, "");
  const Pairs middle{{"b", ""}, {"c", ""}};
  EXPECT_EQ(ScanAll(this->store_, Range::Between("b", "d")), middle);
  EXPECT_EQ(ScanAll(this->store_, Range::Between("aa", "cc")), middle);
  EXPECT_EQ(ScanAll(this->store_, Range::Between("b", "d"), Direction::kBackward),
            Pairs(middle.rbegin(), middle.rend()));
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    EXPECT_EQ(ScanAll(this->store_, Range::Between("d", "b"), direction), Pairs());
    EXPECT_EQ(ScanAll(this->store_, Range::Between("b", "b"), direction), Pairs());
    EXPECT_EQ(ScanAll(this->store_, Range::Between("x", "z"), direction), Pairs());
  }
}

TYPED_TEST_P(StoreContract, PrefixRangeHoldsAllKeysOfThePrefix) {
  for (const char* key : {"p", "p\xff", "p\xff\xff", "q", "o"}) this->Put(key, "");
  EXPECT_EQ(ScanAll(this->store_, Range::Prefix("p")),
            (Pairs{{"p", ""}, {"p\xff", ""}, {"p\xff\xff", ""}}));
  this->Put("\xff\xff", "");
  EXPECT_EQ(ScanAll(this->store_, Range::Prefix("\xff")), (Pairs{{"\xff\xff", ""}}));
}

TYPED_TEST_P(StoreContract, ScanSeesTheStateAtWhichItWasOpened) {
  for (const char* key : {"a", "b", "c"}) this->Put(key, "old");
  const auto forward = this->store_.Scan(Range::All());
  const auto backward = this->store_.Scan(Range::All(), Direction::kBackward);
  Batch batch;
  batch.Put("a", "new");
  batch.Delete("b");
  batch.Put("d", "new");
  batch.DeleteRange("c", "d");
  ASSERT_TRUE(this->store_.Write(batch).ok());
  const Pairs before{{"a", "old"}, {"b", "old"}, {"c", "old"}};
  EXPECT_EQ(Drain(*forward), before);
  EXPECT_EQ(Drain(*backward), Pairs(before.rbegin(), before.rend()));
  EXPECT_EQ(ScanAll(this->store_, Range::All()), (Pairs{{"a", "new"}, {"d", "new"}}));
}

TYPED_TEST_P(StoreContract, ChangesOfABatchApplyInOrder) {
  this->Put("a", "0");
  Batch batch;
  batch.Delete("a");
  batch.Put("a", "1");
  batch.Put("b", "1");
  batch.DeleteRange("b", "d");
  batch.Put("c", "1");
  batch.DeleteRange("z", "a");
  ASSERT_TRUE(this->store_.Write(batch).ok());
  EXPECT_EQ(ScanAll(this->store_, Range::All()), (Pairs{{"a", "1"}, {"c", "1"}}));
}

TYPED_TEST_P(StoreContract, DeletingWhatIsNotThereIsNoError) {
  Batch batch;
  batch.Delete("a");
  batch.DeleteRange("b", "c");
  EXPECT_TRUE(this->store_.Write(batch).ok());
  EXPECT_TRUE(this->store_.Write(Batch()).ok());
}

TYPED_TEST_P(StoreContract, AFailedConditionChangesNothing) {
  this->Put("a", "1");
  for (int i = 0; i < 3; ++i) {
    Batch batch;
    batch.Put("b", "2");
    batch.RequireEqual("a", "1");
    if (i == 0) batch.RequireAbsent("a");
    if (i == 1) batch.RequireEqual("a", "2");
    if (i == 2) batch.RequireEqual("b", "2");
    EXPECT_EQ(this->store_.Write(batch).code(), absl::StatusCode::kAborted) << i;
  }
  EXPECT_EQ(ScanAll(this->store_, Range::All()), (Pairs{{"a", "1"}}));
}

TYPED_TEST_P(StoreContract, AnUnsyncedWriteIsAWriteWithoutTheWait) {
  Batch batch;
  batch.RequireAbsent("a");
  batch.Put("a", "1");
  ASSERT_TRUE(this->store_.WriteUnsynced(batch).ok());
  EXPECT_EQ(*this->store_.Get("a"), "1");
  EXPECT_EQ(this->store_.WriteUnsynced(batch).code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(this->store_.Sync().ok());
  this->Put("b", "2");
  EXPECT_EQ(ScanAll(this->store_, Range::All()), (Pairs{{"a", "1"}, {"b", "2"}}));
}

TYPED_TEST_P(StoreContract, ConditionsThatHoldLetTheBatchPass) {
  this->Put("a", "1");
  Batch batch;
  batch.RequireEqual("a", "1");
  batch.RequireAbsent("b");
  batch.Put("a", "2");
  batch.Put("b", "2");
  EXPECT_TRUE(this->store_.Write(batch).ok());
  EXPECT_EQ(ScanAll(this->store_, Range::All()), (Pairs{{"a", "2"}, {"b", "2"}}));
}

// Lost updates would show if a condition and its write were two steps.
TYPED_TEST_P(StoreContract, ConditionalWritesOfManyThreadsAreSteps) {
  constexpr int kThreads = 4;
  constexpr int kIncrements = 25;
  this->Put("counter", "0");
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int done = 0; done < kIncrements;) {
        const std::string value = *this->store_.Get("counter");
        Batch batch;
        batch.RequireEqual("counter", value);
        batch.Put("counter", std::to_string(std::stoi(value) + 1));
        if (this->store_.Write(batch).ok()) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*this->store_.Get("counter"), std::to_string(kThreads * kIncrements));
}

// A reader never sees one half of a batch.
TYPED_TEST_P(StoreContract, ScansSeeWholeBatches) {
  const auto write = [this](int i) {
    Batch batch;
    batch.Put("a", std::to_string(i));
    batch.Put("z", std::to_string(i));
    ASSERT_TRUE(this->store_.Write(batch).ok());
  };
  write(0);
  std::thread writer([&] {
    for (int i = 1; i <= 100; ++i) write(i);
  });
  for (std::string last; last != "100";) {
    const Pairs pairs = ScanAll(this->store_, Range::All());
    ASSERT_EQ(pairs.size(), 2u);
    ASSERT_EQ(pairs[0].second, pairs[1].second);
    last = pairs[0].second;
  }
  writer.join();
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, GetFindsWhatWasPutLast, KeysAndValuesAreAnyBytes,
                            ScansInOrderOfUnsignedBytesBothWays, RangesIncludeTheirBeginOnly,
                            PrefixRangeHoldsAllKeysOfThePrefix, ScanSeesTheStateAtWhichItWasOpened,
                            ChangesOfABatchApplyInOrder, DeletingWhatIsNotThereIsNoError,
                            AFailedConditionChangesNothing, AnUnsyncedWriteIsAWriteWithoutTheWait,
                            ConditionsThatHoldLetTheBatchPass,
                            ConditionalWritesOfManyThreadsAreSteps, ScansSeeWholeBatches);

}  // namespace winnow::kv

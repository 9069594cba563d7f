#include "common/tasks/stored_stream.h"

#include <set>

#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoredStreamTest : public testing::Test {
 protected:
  StoredStreamTest() : q_({"text 0", "text 1", "text 2"}) {}

  void Store(absl::string_view text) {
    q_.Change([&](corpus::Transaction& transaction) {
      return transaction.AppendTasks("q", {MakeTask(text)}).status();
    });
  }
  std::unique_ptr<StoredStream> Open() { return *StoredStream::Open(q_.record(), q_.corpus()); }
  // The texts of all tasks that are not taken, in their order.
  std::vector<std::string> TakeAll(StoredStream& stream) {
    std::vector<std::string> texts;
    const auto is_known = [&](const corpus::Id& task) { return taken_.contains(task); };
    while (std::optional<storage::v1::Task> task = stream.Next({}, is_known)) {
      EXPECT_TRUE(stream.Complete(*task).ok());
      taken_.insert(corpus::Id(task->id()));
      texts.push_back(q_.corpus().reader().GetExample(task->example_id())->text());
      EXPECT_EQ(task->DebugString(), MakeTask(texts.back()).DebugString());
    }
    return texts;
  }

  TestQueue q_;
  std::set<corpus::Id> taken_;
};

TEST_F(StoredStreamTest, AsksInTheOrderInWhichTasksWereStored) {
  Store("text 2");
  Store("text 1");
  const auto stream = Open();
  EXPECT_EQ(stream->Facts().num_stored_tasks, 2u);
  EXPECT_THAT(TakeAll(*stream), ElementsAre("text 2", "text 1"));
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kExhausted);
  EXPECT_THAT(stream->WhyEmpty().message, HasSubstr("has been asked"));
}

TEST_F(StoredStreamTest, RefreshTakesInWhatWasStoredSince) {
  const auto stream = Open();
  EXPECT_THAT(stream->WhyEmpty().message, HasSubstr("no tasks yet"));
  Store("text 2");
  EXPECT_THAT(TakeAll(*stream), IsEmpty());
  ASSERT_TRUE(stream->Refresh().ok());
  EXPECT_THAT(TakeAll(*stream), ElementsAre("text 2"));
  // Each once, also what was stored before.
  Store("text 2");
  Store("text 0");
  ASSERT_TRUE(stream->Refresh().ok());
  ASSERT_TRUE(stream->Refresh().ok());
  EXPECT_THAT(TakeAll(*stream), ElementsAre("text 0"));
  EXPECT_EQ(stream->Facts().num_stored_tasks, 2u);
}

TEST_F(StoredStreamTest, RestartOffersEverythingAgain) {
  Store("text 1");
  Store("text 0");
  const auto stream = Open();
  EXPECT_THAT(TakeAll(*stream), ElementsAre("text 1", "text 0"));
  taken_.clear();
  EXPECT_THAT(TakeAll(*stream), IsEmpty());
  stream->Restart();
  EXPECT_THAT(TakeAll(*stream), ElementsAre("text 1", "text 0"));
}

TEST_F(StoredStreamTest, OnlyReadsItsOwnQueue) {
  Store("text 1");
  q_.OpenOther();
  storage::v1::Queue other = q_.record();
  other.set_name("other");
  EXPECT_THAT(TakeAll(**StoredStream::Open(other, q_.corpus())), IsEmpty());
  other.set_name("nobody");
  EXPECT_TRUE(absl::IsNotFound(StoredStream::Open(other, q_.corpus()).status()));
}

TEST_F(StoredStreamTest, WaitsForNoLearner) {
  bool told = false;
  Open()->WhenCurrent(q_.corpus().revision() + 100,
                      [&](const absl::Status& status) { told = status.ok(); });
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace winnow::tasks

#include "common/teach/audit_frames.h"

#include <set>

#include "common/teach/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using storage::v1::AuditFrame;
using storage::v1::Task;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A version that finds nothing serves, so that the first frame of ten texts asks nothing.
class FrameBesideTest : public TeachTest {
 protected:
  FrameBesideTest() {
    models_.Publish(measure::BlindModel());
    corpus_.AddSource("s", TextsOf(measure::Ads(10, /*holdout=*/true)));
    queue_.set_audit_share(1);
    CreateQueue();
  }

  storage::v1::Queue Stored() const { return *corpus_.reader().GetQueue("q"); }
  // Takes the audit questions that nobody has had.
  std::vector<Task> TakeAudit(TeachStream& stream) {
    EXPECT_TRUE(WaitUntilCurrent(stream, corpus_.corpus().revision()).ok());
    return Take(stream, SIZE_MAX);
  }
  // Returns when the stream has this many frames.
  void AwaitFrames(int count) const {
    while (Stored().frames_size() < count)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

TEST_F(FrameBesideTest, AsksWhatACandidatePredictsOutsideOfTheFrames) {
  const std::unique_ptr<TeachStream> stream = Open();
  EXPECT_THAT(TakeAudit(*stream), IsEmpty());
  const AuditFrame first = Stored().frames(0);

  models_.PublishCandidate(measure::GoodModel());
  AwaitFrames(2);
  EXPECT_EQ(Stored().frames(0).SerializeAsString(), first.SerializeAsString());
  const AuditFrame beside = Stored().frames(1);
  EXPECT_TRUE(beside.beside());
  EXPECT_EQ(beside.model_version(), "jobs@2");
  EXPECT_EQ(beside.source_revision(), first.source_revision());
  std::vector<Task> tasks;
  while (tasks.empty()) tasks = TakeAudit(*stream);
  std::set<std::string> texts;
  for (const Task& task : tasks) {
    EXPECT_EQ(task.selection().strategy(), stats::kAuditStrategy);
    EXPECT_EQ(task.selection().model_version(), "jobs@2");
    EXPECT_GT(task.question().score(), 0.5);
    texts.insert(task.example_id());
  }
  EXPECT_THAT(texts, SizeIs(10));
  EXPECT_THAT(tasks, SizeIs(10));
}

TEST_F(FrameBesideTest, IsAskedUntilTheNextCandidate) {
  models_.PublishCandidate(measure::GoodModel());
  const std::unique_ptr<TeachStream> stream = Open();
  AwaitFrames(2);
  models_.PublishCandidate(measure::GoodModel());
  AwaitFrames(3);
  while (stream->Facts().num_audit_texts > 0) TakeAudit(*stream);
  // The third one has nothing that the second has not.
  EXPECT_THAT(TakeAudit(*stream), IsEmpty());
}

TEST_F(FrameBesideTest, IsAskedNoMoreWhenItsVersionServes) {
  const models::VersionName candidate = models_.PublishCandidate(measure::GoodModel());
  const std::unique_ptr<TeachStream> stream = Open();
  AwaitFrames(2);
  models_.Promote(candidate);
  while (stream->Facts().num_audit_texts > 0) TakeAudit(*stream);
  EXPECT_EQ(Stored().frames_size(), 2);
}

TEST_F(FrameBesideTest, IsMadeOnce) {
  models_.PublishCandidate(measure::GoodModel());
  Open().reset();
  const std::string made = Stored().SerializeAsString();
  const std::unique_ptr<TeachStream> again = Open();
  EXPECT_THAT(TakeAudit(*again), SizeIs(10));
  EXPECT_EQ(Stored().SerializeAsString(), made);
}

TEST_F(FrameBesideTest, HasWhatTheVersionThatServesPredictsToo) {
  const models::VersionName good = models_.PublishCandidate(measure::GoodModel());
  models_.Promote(good);
  models_.PublishCandidate(measure::BlindModel());
  const std::unique_ptr<TeachStream> stream = Open();
  AwaitFrames(2);
  EXPECT_EQ(Stored().frames(1).model_version(), "jobs@3");
  EXPECT_THAT(TakeAudit(*stream), SizeIs(10));
}

TEST_F(FrameBesideTest, AQueueOfAPinnedVersionHasNone) {
  models_.PublishCandidate(measure::GoodModel());
  queue_.set_name("pinned");
  queue_.set_model("jobs@1");
  queue_.clear_frames();
  CreateQueue();
  const std::unique_ptr<TeachStream> stream = Open();
  EXPECT_THAT(TakeAudit(*stream), IsEmpty());
  EXPECT_EQ(corpus_.reader().GetQueue("pinned")->frames_size(), 1);
}

}  // namespace
}  // namespace winnow::teach

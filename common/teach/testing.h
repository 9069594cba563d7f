// What the tests of teaching share.
#pragma once

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/await.h"
#include "common/measure/testing.h"
#include "common/models/lineage.h"
#include "common/models/model_cache.h"
#include "common/models/replay.h"
#include "common/stats/asking.h"
#include "common/teach/candidates.h"
#include "common/teach/teach_stream.h"

namespace winnow::teach {

// A queue "q" of questions about jobs and places in source "s", answered into "d".
inline storage::v1::Queue MakeQueue() {
  storage::v1::Queue queue;
  queue.set_name("q");
  queue.set_kind(storage::v1::TASK_KIND_TEACH);
  queue.set_source("s");
  queue.set_dataset("d");
  queue.set_seed(3);
  queue.set_overlap(1);
  for (const char* label : {"job", "place"}) queue.add_labels(label);
  queue.set_model("jobs");
  queue.set_strategy("uncertainty");
  return queue;
}

inline PoolText PoolTextOf(const std::string& text) {
  return {corpus::Id(corpus::ExampleIdOf(text)), text::SplitKey(text)};
}

inline std::vector<std::string> TextsOf(const std::vector<measure::Annotated>& ads) {
  std::vector<std::string> texts;
  for (const measure::Annotated& ad : ads) texts.push_back(ad.text);
  return texts;
}

// Texts without an entity, none of them held out: those from number `begin` on.
inline std::vector<std::string> PlainTexts(size_t count, size_t begin = 0) {
  std::vector<std::string> texts;
  for (size_t i = begin; texts.size() < count; ++i) {
    std::string text = absl::StrCat("nothing of note, number ", i);
    if (!text::IsHoldout(text::Bucket(text::SplitKey(text)))) texts.push_back(std::move(text));
  }
  return texts;
}

// "8-12 job": candidates in matchers.
inline std::vector<std::string> ShowCandidates(const std::vector<Candidate>& candidates,
                                               const storage::v1::Queue& queue) {
  std::vector<std::string> shown;
  for (const Candidate& candidate : candidates)
    shown.push_back(measure::Show(SpanOf(candidate, queue)));
  return shown;
}

// Returns when Next depends on everything up to the revision.
inline absl::Status WaitUntilCurrent(tasks::Stream& stream, uint64_t revision) {
  return Await<absl::Status>(
      [&](std::function<void(absl::Status)> done) { stream.WhenCurrent(revision, done); });
}

// A model store in a directory of its own.
class TestModels {
 public:
  TestModels()
      : root_(std::filesystem::path(testing::TempDir()) /
              absl::StrCat("winnow_teach_",
                           testing::UnitTest::GetInstance()->current_test_info()->name(), "_",
                           getpid())) {
    std::filesystem::remove_all(root_);
    publisher_ = *models::ModelPublisher::Open(root_);
  }
  ~TestModels() { std::filesystem::remove_all(root_); }

  const models::ModelStore& store() const { return publisher_->store(); }

  // Publishes the next version of "jobs" as its candidate.
  models::VersionName PublishCandidate(const std::shared_ptr<const ner::Model>& model) {
    const models::VersionName version = *publisher_->Publish(
        "jobs", absl::UnixEpoch(), {{std::string(models::kModelFile), model->Serialize()}});
    EXPECT_TRUE(publisher_->SetCandidate(version).ok());
    return version;
  }
  void Promote(const models::VersionName& version) {
    EXPECT_TRUE(publisher_->Promote(version).ok());
  }
  // Publishes and promotes the next version of "jobs".
  std::shared_ptr<const models::LoadedModel> Publish(
      const std::shared_ptr<const ner::Model>& model,
      const std::vector<storage::v1::LabelledText>& replay = {},
      const models::Lineage* lineage = nullptr) {
    models::Files files = {{std::string(models::kModelFile), model->Serialize()},
                           {std::string(models::kReplayFile), models::SerializeReplay(replay)}};
    if (lineage != nullptr) files[std::string(models::kLineageFile)] = lineage->ToJson();
    const models::VersionName version = *publisher_->Publish("jobs", absl::UnixEpoch(), files);
    Promote(version);
    return std::make_shared<models::LoadedModel>(models::LoadedModel{version, model});
  }

 private:
  std::filesystem::path root_;
  std::unique_ptr<models::ModelPublisher> publisher_;
};

// A corpus, models, learners, and the streams of a queue over them.
class TeachTest : public testing::Test {
 protected:
  explicit TeachTest(std::chrono::milliseconds poll = std::chrono::milliseconds(5))
      : learners_(/*num_threads=*/2, poll) {}

  TeachEnvironment environment() {
    return {&corpus_.corpus(), &cache_, &models_.store(), &learners_};
  }

  // Stores queue_ with a first audit frame, of the texts that the source has now.
  void CreateQueue(const std::string& frame_version = "jobs@1") {
    storage::v1::AuditFrame& frame = *queue_.add_frames();
    frame.set_model_version(frame_version);
    frame.set_source_revision(corpus_.corpus().revision());
    frame.set_min_probability(stats::kMinAskedProbability);
    corpus_.PutQueue(queue_);
  }
  // Opens the queue as a new process does: queue_ with the frames that are stored.
  absl::StatusOr<std::unique_ptr<TeachStream>> TryOpen() {
    tasks::OpenProgress progress;
    return TryOpen(progress);
  }
  absl::StatusOr<std::unique_ptr<TeachStream>> TryOpen(tasks::OpenProgress& progress) {
    storage::v1::Queue queue = queue_;
    const auto stored = corpus_.reader().GetQueue(queue_.name());
    if (stored.ok()) *queue.mutable_frames() = stored->frames();
    return TeachStream::Open(environment(), queue, progress);
  }
  std::unique_ptr<TeachStream> Open() { return *TryOpen(); }

  // Takes up to `count` tasks as one queue would that has asked `num_asked` before, no audit
  // question among them; each of them once.
  std::vector<storage::v1::Task> Take(tasks::Stream& stream, size_t count, uint64_t num_asked = 0) {
    const auto is_known = [this](const corpus::Id& task) { return known_.contains(task); };
    tasks::AskedCounts asked;
    asked.num_asked = num_asked;
    std::vector<storage::v1::Task> taken;
    while (taken.size() < count) {
      const std::optional<storage::v1::Task> task = stream.Next(asked, is_known);
      if (!task.has_value()) break;
      known_.insert(corpus::Id(task->id()));
      ++asked.num_asked;
      asked.num_audit += task->selection().strategy() == stats::kAuditStrategy;
      taken.push_back(*task);
    }
    return taken;
  }
  // The same, for a person who comes back as long as the stream searches.
  std::vector<storage::v1::Task> TakeAll(tasks::Stream& stream) {
    std::vector<storage::v1::Task> taken;
    do {
      EXPECT_TRUE(WaitUntilCurrent(stream, corpus_.corpus().revision()).ok());
      for (storage::v1::Task& task : Take(stream, SIZE_MAX)) taken.push_back(std::move(task));
    } while (stream.WhyEmpty().reason == tasks::NoTask::kSearching);
    return taken;
  }

  std::string TextOf(const storage::v1::Task& task) const {
    return corpus_.reader().GetExample(task.example_id())->text();
  }

  TestModels models_;
  measure::TestCorpus corpus_;
  storage::v1::Queue queue_ = MakeQueue();
  models::ModelCache cache_{&models_.store(), absl::Milliseconds(5)};
  Learners learners_;
  std::set<corpus::Id> known_;
};

}  // namespace winnow::teach

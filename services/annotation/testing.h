// What the tests of annotation share.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/measure/testing.h"
#include "common/models/lineage.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/models/replay.h"
#include "services/annotation/question_pool.h"
#include "services/annotation/task_supply.h"

namespace winnow::annotation {

// A queue "q" of questions about jobs and places in source "s", answered into "d".
inline storage::v1::Queue MakeQueue(storage::v1::TaskKind kind = storage::v1::TASK_KIND_BINARY) {
  storage::v1::Queue queue;
  queue.set_name("q");
  queue.set_kind(kind);
  queue.set_source("s");
  queue.set_dataset("d");
  queue.set_seed(3);
  if (kind == storage::v1::TASK_KIND_COMPARISON) return queue;
  for (const char* label : {"job", "place"}) queue.add_labels(label);
  queue.set_model("jobs");
  queue.set_strategy("uncertainty");
  return queue;
}

inline PoolText PoolTextOf(const std::string& text) {
  return {corpus::ExampleIdOf(text), text, "", text::SplitKey(text)};
}

inline std::vector<std::string> TextsOf(const std::vector<measure::Annotated>& ads) {
  std::vector<std::string> texts;
  for (const measure::Annotated& ad : ads) texts.push_back(ad.text);
  return texts;
}

// A model store in a directory of its own.
class TestModels {
 public:
  TestModels()
      : root_(std::filesystem::path(testing::TempDir()) /
              absl::StrCat("winnow_annotation_",
                           testing::UnitTest::GetInstance()->current_test_info()->name(), "_",
                           getpid())) {
    std::filesystem::remove_all(root_);
    publisher_ = *models::ModelPublisher::Open(root_);
  }
  ~TestModels() { std::filesystem::remove_all(root_); }

  const models::ModelStore& store() const { return publisher_->store(); }

  // Publishes and promotes the next version of "jobs".
  std::shared_ptr<const models::LoadedModel> Publish(
      const std::shared_ptr<const ner::Model>& model,
      const std::vector<storage::v1::LabelledText>& replay = {},
      const models::Lineage* lineage = nullptr) {
    models::Manifest header;
    header.labels = model->labels();
    header.tag_scheme = "BIOES";
    models::Files files = {{std::string(models::kModelFile), model->Serialize()},
                           {std::string(models::kReplayFile), models::SerializeReplay(replay)}};
    if (lineage != nullptr) files[std::string(models::kLineageFile)] = lineage->ToJson();
    const models::VersionName version = *publisher_->Publish("jobs", header, files);
    EXPECT_TRUE(publisher_->Promote(version).ok());
    return std::make_shared<models::LoadedModel>(models::LoadedModel{version, model});
  }

 private:
  std::filesystem::path root_;
  std::unique_ptr<models::ModelPublisher> publisher_;
};

// Hands out the tasks it was given, in their order. Not thread-safe.
class FakeSupply final : public TaskSupply {
 public:
  explicit FakeSupply(std::vector<v1::Task> tasks) : tasks_(std::move(tasks)) {}

  std::optional<v1::Task> Next(const AskedTasks& asked) override {
    num_asked_ = asked.num_asked;
    num_audit_ = asked.num_audit;
    for (const v1::Task& task : tasks_) {
      if (!asked.taken(task.task_id())) return task;
    }
    return std::nullopt;
  }
  absl::Status WaitUntilCurrent(uint64_t revision, absl::Time) override {
    waited_for_ = revision;
    return wait_status_;
  }
  void Describe(v1::Queue& queue) const override { queue.set_num_open_tasks(tasks_.size()); }
  std::string ExhaustedReason() const override { return "no more"; }

  // What the queue told last.
  uint64_t num_asked() const { return num_asked_; }
  uint64_t num_audit() const { return num_audit_; }
  uint64_t waited_for() const { return waited_for_; }
  void FailWaiting(absl::Status status) { wait_status_ = std::move(status); }

 private:
  const std::vector<v1::Task> tasks_;
  uint64_t num_asked_ = 0;
  uint64_t num_audit_ = 0;
  uint64_t waited_for_ = 0;
  absl::Status wait_status_;
};

}  // namespace winnow::annotation

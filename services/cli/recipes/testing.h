// A recipe in a test: the fakes behind a channel inside the process, an environment whose streams
// the test reads, and a directory of its own.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/file.h"
#include "common/rpc/server.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/fake_services.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/command_line.h"

namespace winnow::cli {

// Runs command lines against the fakes.
class FakeWorld {
 public:
  FakeWorld() : evaluation(annotation) {
    auto server = rpc::Server::Start({}, {&access, &annotation, &training, &evaluation});
    if (server.ok()) server_ = *std::move(server);
    environment.connect = [this](const Invocation&,
                                 Environment&) -> absl::StatusOr<std::unique_ptr<Session>> {
      return std::make_unique<Session>(server_->InProcessChannel());
    };
    environment.variable = [this](const std::string& name) { return variables[name]; };
    environment.terminal = "/nonexistent/tty";
    environment.version = "winnow 1.2.3";
  }

  // The exit code.
  int Run(const std::vector<std::string>& words) {
    return RunCommandLine(Recipes(), words, environment);
  }

  FakeAccess access;
  FakeAnnotation annotation;
  FakeTraining training;
  FakeEvaluation evaluation;
  std::map<std::string, std::string> variables;
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Interrupts interrupts;
  Environment environment = {.in = in, .out = out, .err = err, .interrupts = interrupts};

 private:
  std::unique_ptr<rpc::Server> server_;
};

// Each test has a directory of its own.
class RecipeTest : public ::testing::Test {
 protected:
  RecipeTest()
      : directory_(std::filesystem::path(::testing::TempDir()) /
                   absl::StrCat("winnow-cli-", NewRequestId())) {
    std::filesystem::create_directories(directory_);
  }
  ~RecipeTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, absl::string_view content) {
    const std::filesystem::path path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    EXPECT_TRUE(WriteFileDurably(path, content).ok());
    return path.string();
  }
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  std::string Content(const std::string& name) const {
    return ReadFile(directory_ / name).value_or("no such file");
  }
  nlohmann::json Json() const { return nlohmann::json::parse(world_.out.str(), nullptr, false); }

  const std::filesystem::path directory_;
  FakeWorld world_;
};

inline void AddGold(FakeAnnotation& service, const std::string& text,
                    const std::vector<std::pair<int, int>>& spans) {
  std::vector<annotation::v1::LogEntry>& log = service.datasets["gold"];
  annotation::v1::Answer& answer = *log.emplace_back().mutable_answer();
  answer.set_revision(log.size());
  answer.set_text(text);
  answer.set_verdict(common::v1::VERDICT_ACCEPT);
  answer.set_coverage(annotation::v1::COVERAGE_COMPLETE);
  answer.add_complete_labels("job");
  for (const auto& [start, end] : spans) {
    annotation::v1::SpanJudgement& judgement = *answer.add_judgements();
    judgement.set_verdict(common::v1::VERDICT_ACCEPT);
    common::v1::Span& span = *judgement.mutable_span();
    span.set_start(static_cast<uint32_t>(start));
    span.set_end(static_cast<uint32_t>(end));
    span.set_label("job");
  }
}

inline annotation::v1::Task Question(const std::string& text, uint32_t start, uint32_t end) {
  annotation::v1::Task task;
  task.set_task_id(absl::StrCat(text, start, end));
  task.set_text(text);
  task.set_strategy(start == 0 ? "audit" : "uncertainty");
  common::v1::Span& span = *task.mutable_question()->mutable_span();
  span.set_start(start);
  span.set_end(end);
  span.set_label("job");
  span.set_score(0.25);
  return task;
}

// A text to mark with the labels "job" and "city".
inline annotation::v1::Task MarkupTask(const std::string& text,
                                       const std::vector<common::v1::Span>& spans = {}) {
  annotation::v1::Task task;
  task.set_task_id(text);
  task.set_kind(annotation::v1::TASK_KIND_MANUAL);
  task.set_text(text);
  task.set_strategy("source");
  for (const char* label : {"job", "city"}) task.mutable_markup()->add_labels(label);
  *task.mutable_markup()->mutable_spans() = {spans.begin(), spans.end()};
  return task;
}

}  // namespace winnow::cli

// Everything at once: people, learners, versions that begin to serve, imports, closing. What it
// looks for is found by ThreadSanitizer (preset tsan), by the counts in the end, and by not ending.
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/corpus/standing.h"
#include "common/tasks/queue.h"
#include "common/teach/testing.h"
#include "common/text/spans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;

constexpr int kPeople = 4;
constexpr int kRounds = 3;
constexpr int kAnswersEach = 40;

class TeachRaceTest : public TeachTest {
 protected:
  TeachRaceTest() : TeachTest(std::chrono::milliseconds(2)) {
    models_.Publish(measure::GoodModel());
    for (const bool holdout : {false, true}) {
      for (const Annotated& ad : Ads(400, holdout)) gold_[ad.text] = ad.spans;
    }
    corpus_.AddSource("s", TextsOf(Ads(200, /*holdout=*/false)));
    corpus_.AddSource("s", TextsOf(Ads(50, /*holdout=*/true)));
    queue_.set_audit_share(0.2);
    CreateQueue();
  }

  std::unique_ptr<tasks::Queue> OpenQueue() {
    return *tasks::Queue::Open(queue_, corpus_.corpus(), corpus_.clock(), Open());
  }

  // Asks for a task, answers it, and takes every tenth answer back; ends early when there is none
  // for long.
  void WorkAs(const std::string& person, int round, tasks::Queue& queue) {
    int num_answered = 0;
    for (int tries = 0; num_answered < kAnswersEach && tries < 2000; ++tries) {
      const auto reply = Await<absl::StatusOr<tasks::LeaseReply>>(
          [&](std::function<void(absl::StatusOr<tasks::LeaseReply>)> done) {
            queue.Lease(person, 1, absl::Minutes(5), {}, done);
          });
      ASSERT_TRUE(reply.ok()) << reply.status();
      if (reply->tasks.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      Answer(person, absl::StrCat(round, "/", num_answered), reply->tasks[0], queue);
      if (++num_answered % 10 == 0) TakeBack(person, absl::StrCat(round, "/", num_answered), queue);
      // Some wait for the learner before they go on.
      if (num_answered % 15 == 0)
        WaitUntilCurrent(queue.stream(), corpus_.corpus().revision()).IgnoreError();
    }
  }
  void Answer(const std::string& person, const std::string& id, const tasks::LeasedTask& leased,
              tasks::Queue& queue) {
    const storage::v1::Span& asked = leased.lease.task().question().span();
    bool is_gold = false;
    for (const storage::v1::Span& span : gold_.at(leased.example.text()))
      is_gold |= text::SameSpan(span, asked);
    tasks::GivenAnswer given;
    given.key = {person, "Submit", id, "body"};
    given.task = corpus::Id(leased.lease.task().id());
    given.token = leased.lease.token();
    given.judgement.verdict = is_gold ? storage::v1::VERDICT_ACCEPT : storage::v1::VERDICT_REJECT;
    using Results = std::vector<absl::StatusOr<storage::v1::StoredAnswer>>;
    const Results results = Await<Results>(
        [&](std::function<void(Results)> done) { queue.Submit(person, {given}, done); });
    ASSERT_TRUE(results[0].ok()) << results[0].status();
    ++num_acknowledged_;
  }
  void TakeBack(const std::string& person, const std::string& id, tasks::Queue& queue) {
    const auto undone = queue.Undo({person, "Undo", id, "body"}, person, 0, absl::Minutes(5));
    ASSERT_TRUE(undone.ok()) << undone.status();
    ++num_taken_back_;
    Answer(person, absl::StrCat(id, "again"), undone->task, queue);
  }

  // Good, bad and unfitting versions in turn; a good one in the end.
  void SwapVersions() {
    const std::vector<std::shared_ptr<const ner::Model>> models = {
        measure::BlindModel(), measure::GoodModel(),
        measure::TrainOn(Ads(30, /*holdout=*/false, /*begin=*/1000), {"job"}),
        measure::GoodModel()};
    for (size_t i = 0; !ending_ || i % models.size() != 0; ++i) {
      models_.Publish(models[i % models.size()]);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  void ImportTexts() {
    for (size_t begin = 0; begin < 200 && !ending_; begin += 10) {
      corpus_.AddSource("s", TextsOf(Ads(10, /*holdout=*/false, 200 + begin)));
      corpus_.AddSource("s", TextsOf(Ads(10, /*holdout=*/true, 50 + begin)));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  std::map<std::string, std::vector<storage::v1::Span>> gold_;
  std::atomic<bool> ending_ = false;
  std::atomic<int> num_acknowledged_ = 0;
  std::atomic<int> num_taken_back_ = 0;
};

TEST_F(TeachRaceTest, PeopleLearnersSwapsImportsAndClosing) {
  std::thread swapper([this] { SwapVersions(); });
  std::thread importer([this] { ImportTexts(); });
  for (int round = 0; round < kRounds; ++round) {
    std::unique_ptr<tasks::Queue> queue = OpenQueue();
    std::vector<std::thread> threads;
    for (int i = 0; i < kPeople; ++i) {
      threads.emplace_back([&, i] { WorkAs(absl::StrCat("person", i), round, *queue); });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(queue->Facts().ok());
        queue->stream().WhyEmpty();
        queue->stream().Refresh().IgnoreError();
        queue->Sweep();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    for (std::thread& thread : threads) thread.join();
    // In the middle of whatever the learner is at; who waits is told.
    std::atomic<int> num_told = 0;
    queue->stream().WhenCurrent(UINT64_MAX, [&](const absl::Status& status) {
      EXPECT_FALSE(status.ok());
      ++num_told;
    });
    queue.reset();
    EXPECT_EQ(num_told, 1);
  }
  ending_ = true;
  swapper.join();
  importer.join();

  // Every answer that was acknowledged stands, unless it was taken back, and no task was asked of
  // two.
  int num_standing = 0;
  std::set<std::string> tasks;
  ASSERT_TRUE(corpus::ForEachStandingAnswer(corpus_.reader(), "d", corpus::kLatest,
                                            [&](const storage::v1::Answer& answer) {
                                              ++num_standing;
                                              tasks.insert(answer.task_id());
                                              return true;
                                            })
                  .ok());
  EXPECT_GT(num_standing, 0);
  EXPECT_EQ(num_standing, num_acknowledged_ - num_taken_back_);
  EXPECT_EQ(static_cast<int>(tasks.size()), num_standing);
  // And all of it was learnt from, however it came.
  const std::unique_ptr<TeachStream> stream = Open();
  while ((*cache_.Get("jobs"))->model->digest() != measure::GoodModel()->digest())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  while (!WaitUntilCurrent(*stream, corpus_.corpus().revision()).ok())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_LT(stream->Facts().num_unlearnt_answers, kAnswersPerStep);
}

}  // namespace
}  // namespace winnow::teach

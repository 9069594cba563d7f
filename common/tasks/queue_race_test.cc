// Everybody at once on one queue that is closed and opened meanwhile: people, an import, a clock
// that runs, somebody who asks for facts. Nothing here depends on who is first; what is checked is
// what was promised to each caller, against the log, when all have ended. Built for
// ThreadSanitizer.
#include <map>
#include <set>
#include <thread>

#include "common/base/random.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/tasks/queues.h"
#include "common/tasks/stored_stream.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using storage::v1::StoredAnswer;
using LeaseRecord = storage::v1::Lease;

constexpr uint32_t kOverlap = 2;
constexpr int kNumTasks = 60;
constexpr int kNumPeople = 6;
constexpr int kNumRounds = 6;
constexpr int kStepsOfARound = 25;
// Leases are lost while the clock runs, but not all.
constexpr absl::Duration kTtl = absl::Minutes(20);

class QueueRaceTest : public testing::Test {
 protected:
  QueueRaceTest() {
    storage::v1::Queue queue;
    queue.set_name("q");
    queue.set_kind(storage::v1::TASK_KIND_TEACH);
    queue.set_dataset("d");
    queue.set_overlap(kOverlap);
    std::vector<storage::v1::Example> examples;
    for (int i = 0; i < kNumTasks; ++i) {
      examples.push_back(corpus::MakeExample(absl::StrCat("text ", i)));
      tasks_.push_back(MakeTask(examples.back().text()));
    }
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_RETURN_IF_ERROR(transaction.PutQueue(queue));
      return transaction.AppendTasks("q", tasks_, examples).status();
    });
  }

  // What was promised to one person, and the person's own state.
  struct Person {
    std::string name;
    Random random;
    std::vector<LeaseRecord> leases;
    std::map<uint64_t, StoredAnswer> acknowledged;
    std::map<uint64_t, std::string> task_of;
    std::set<uint64_t> undone;
    int num_requests = 0;
  };

  void Work(Person& person) {
    for (int i = 0; i < kStepsOfARound; ++i) {
      const absl::StatusOr<std::shared_ptr<Queue>> queue = queues_->Wait("q");
      ASSERT_TRUE(queue.ok()) << queue.status();
      const uint64_t draw = person.random.Below(10);
      if (draw < 4) TakeTasks(**queue, person);
      if (draw >= 4 && draw < 9) GiveAnswers(**queue, person);
      if (draw == 9) TakeBack(**queue, person);
    }
  }
  static void TakeTasks(Queue& queue, Person& person) {
    const absl::StatusOr<LeaseReply> reply = Lease(queue, person.name, 2, kTtl);
    ASSERT_TRUE(reply.ok()) << reply.status();
    for (const LeasedTask& task : reply->tasks) person.leases.push_back(task.lease);
  }
  // Of two tasks in one call; some of the leases are lost, and some of them were taken again.
  static void GiveAnswers(Queue& queue, Person& person) {
    std::vector<GivenAnswer> given;
    while (!person.leases.empty() && given.size() < 2) {
      const size_t at = static_cast<size_t>(person.random.Below(person.leases.size()));
      given.push_back(AnswerTo(person.leases[at], storage::v1::VERDICT_ACCEPT,
                               absl::StrCat(person.name, " ", ++person.num_requests)));
      person.leases.erase(person.leases.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const SubmitResults results = Submit(queue, person.name, given);
    for (size_t i = 0; i < given.size(); ++i) {
      const absl::Status status = results[i].status();
      if (status.ok()) {
        person.acknowledged[results[i]->revision()] = *results[i];
        person.task_of[results[i]->revision()] = std::string(given[i].task.bytes());
      } else {
        // The same task was taken twice and answered, and perhaps taken back.
        const std::string reason = ReasonOf(status);
        EXPECT_TRUE(reason == "ALREADY_ANSWERED" || reason == "LEASE_LOST") << status;
      }
    }
  }
  static void TakeBack(Queue& queue, Person& person) {
    const absl::StatusOr<Queue::Undone> undone =
        Undo(queue, person.name, absl::StrCat(person.name, " ", ++person.num_requests));
    if (!undone.ok()) {
      EXPECT_TRUE(absl::IsNotFound(undone.status())) << undone.status();
      return;
    }
    EXPECT_TRUE(person.acknowledged.contains(undone->revision));
    EXPECT_TRUE(person.undone.insert(undone->revision).second);
    person.leases.push_back(undone->task.lease);
  }

  void Import() {
    Random random(7);
    for (int i = 0; i < kStepsOfARound; ++i) {
      storage::v1::Answer answer = corpus::MakeAnswer("text 0");
      const storage::v1::Task& task = tasks_[static_cast<size_t>(random.Below(kNumTasks))];
      answer.set_task_id(task.id());
      answer.set_example_id(task.example_id());
      answer.set_annotator("importer");
      Change([&](corpus::Transaction& transaction) {
        return transaction.AppendAnswers("d", {answer}).status();
      });
    }
  }
  void AskFacts() {
    for (int i = 0; i < kStepsOfARound; ++i) {
      queues_->Facts("q");
      const absl::StatusOr<std::shared_ptr<Queue>> queue = queues_->Wait("q");
      ASSERT_TRUE(queue.ok()) << queue.status();
      EXPECT_TRUE((*queue)->Facts().ok());
      EXPECT_TRUE((*queue)->stream().Refresh().ok());
    }
  }
  void RunClock() {
    for (int i = 0; i < kStepsOfARound; ++i) {
      clock_.Advance(kIdle / 4);
      queues_->CloseIdle();
      std::this_thread::yield();
    }
  }
  void RunRound(std::vector<Person>& people) {
    std::vector<std::thread> threads;
    for (Person& person : people) threads.emplace_back([&] { Work(person); });
    threads.emplace_back([&] { Import(); });
    threads.emplace_back([&] { AskFacts(); });
    threads.emplace_back([&] { RunClock(); });
    for (std::thread& thread : threads) thread.join();
  }

  // Each acknowledged answer is in the log once, as it was told, and nothing else of a person is.
  void CheckAcknowledged(const std::vector<Person>& people) const {
    std::map<uint64_t, storage::v1::Answer> answers;
    std::map<std::string, std::set<uint64_t>> undone;
    for (const storage::v1::LogEntry& entry : Log()) {
      if (entry.has_undo()) undone[entry.undo().annotator()].insert(entry.undo().undoes());
      if (entry.has_answer() && entry.answer().annotator() != "importer")
        answers[entry.answer().revision()] = entry.answer();
    }
    size_t num_acknowledged = 0;
    for (const Person& person : people) {
      num_acknowledged += person.acknowledged.size();
      EXPECT_EQ(undone[person.name], person.undone) << person.name;
      for (const auto& [revision, told] : person.acknowledged) {
        ASSERT_TRUE(answers.contains(revision)) << person.name << " lost " << revision;
        EXPECT_EQ(answers[revision].annotator(), person.name);
        EXPECT_EQ(answers[revision].task_id(), person.task_of.at(revision));
        EXPECT_EQ(answers[revision].late(), told.late());
        EXPECT_EQ(answers[revision].surplus(), told.surplus());
      }
    }
    EXPECT_EQ(answers.size(), num_acknowledged);
  }
  // At no time do more people than the overlap count for a task, except those of an import, and no
  // person has two answers to one task.
  void CheckOverlap() const {
    // By task: whose answers stand, and whether they count.
    std::map<std::string, std::multimap<std::string, bool>> standing;
    std::map<uint64_t, storage::v1::Answer> answers;
    for (const storage::v1::LogEntry& entry : Log()) {
      if (entry.has_undo()) {
        const storage::v1::Answer& answer = answers.at(entry.undo().undoes());
        standing[answer.task_id()].erase(answer.annotator());
        continue;
      }
      const storage::v1::Answer& answer = entry.answer();
      answers[answer.revision()] = answer;
      auto& others = standing[answer.task_id()];
      if (answer.annotator() != "importer") {
        std::set<std::string> counted;
        for (const auto& [person, counts] : others)
          if (counts) counted.insert(person);
        EXPECT_FALSE(others.contains(answer.annotator())) << answer.annotator() << " twice";
        EXPECT_TRUE(answer.surplus() || counted.size() < kOverlap);
      }
      others.emplace(answer.annotator(), !answer.surplus());
    }
  }
  // What the queue counts is what stands.
  void CheckCounts() {
    std::map<uint64_t, storage::v1::Answer> standing;
    for (const storage::v1::LogEntry& entry : Log()) {
      if (entry.has_answer() && entry.answer().queue() == "q")
        standing[entry.answer().revision()] = entry.answer();
      if (entry.has_undo()) standing.erase(entry.undo().undoes());
    }
    uint64_t num_counted = 0;
    for (const auto& [revision, answer] : standing) num_counted += !answer.surplus();
    const QueueFacts facts = *(*queues_->Wait("q"))->Facts();
    EXPECT_EQ(facts.num_accepted, num_counted);
    EXPECT_EQ(facts.num_surplus, standing.size() - num_counted);
  }

  std::vector<storage::v1::LogEntry> Log() const {
    std::vector<storage::v1::LogEntry> log;
    EXPECT_TRUE(corpus_->reader()
                    .ForEachEntry("d", 0, corpus::kLatest,
                                  [&](const storage::v1::LogEntry& entry) {
                                    log.push_back(entry);
                                    return true;
                                  })
                    .ok());
    return log;
  }
  template <typename Fn>
  void Change(const Fn& fn) {
    const absl::Status changed = corpus_->Change(fn);
    EXPECT_TRUE(changed.ok()) << changed;
  }

  CapturedLog log_;
  FakeClock clock_;
  std::vector<storage::v1::Task> tasks_;
  std::atomic<int> num_opened_ = 0;
  std::unique_ptr<corpus::Corpus> corpus_ =
      *corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
  std::unique_ptr<Queues> queues_ =
      std::make_unique<Queues>(*corpus_, clock_,
                               [this](const storage::v1::Queue& queue,
                                      OpenProgress&) -> absl::StatusOr<std::unique_ptr<Stream>> {
                                 ++num_opened_;
                                 return StoredStream::Open(queue, *corpus_);
                               });
};

TEST_F(QueueRaceTest, EveryAcknowledgedAnswerIsStoredOnceAndNoTaskIsAnsweredBeyondItsOverlap) {
  std::vector<Person> people;
  for (uint64_t i = 0; i < kNumPeople; ++i)
    people.push_back({absl::StrCat("person ", i), Random(i), {}, {}, {}, {}});
  for (int round = 0; round < kNumRounds; ++round) {
    RunRound(people);
    // Between rounds nobody holds the queue, so that it is closed at least once a round.
    clock_.Advance(kIdle);
    queues_->CloseIdle();
    EXPECT_EQ(queues_->FindOpen("q"), nullptr);
  }
  EXPECT_GE(num_opened_, kNumRounds);
  CheckAcknowledged(people);
  CheckOverlap();
  CheckCounts();
}

}  // namespace
}  // namespace winnow::tasks

// Random schedules of what people, imports, crashes and time do to a queue, held against a small
// model of the contract (clauses of a queue in the design; assignments.h has the same rules):
// 1 what is open, 2 overlap and surplus, 3 nobody is asked twice, 4 leases and tokens, 5 nobody is
// told that there is nothing while there is something, 6 who waits is woken, 7 the log is the order
// of everything.
//
// What is expected is queue_model.h's. Each rule here is followed, too, by the fault that was
// planted in the code to see that the test finds it.
#include "common/tasks/queue_model.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/tasks/queue_model_stream.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using LeaseRecord = storage::v1::Lease;
using QueueRecord = storage::v1::Queue;

constexpr int kNumPeople = 8;
constexpr int kNumTasks = 5;
constexpr int kNumSteps = 60;
constexpr absl::Duration kTtl = absl::Minutes(5);

class Schedule {
 public:
  explicit Schedule(uint64_t seed) : random_(seed) {
    record_.set_name("q");
    record_.set_kind(storage::v1::TASK_KIND_TEACH);
    record_.set_dataset("d");
    Reopen();
    std::vector<storage::v1::Example> examples;
    for (int i = 0; i < kNumTasks; ++i) {
      examples.push_back(corpus::MakeExample(absl::StrCat("text ", i)));
      tasks_.push_back(MakeTask(examples.back().text()));
    }
    DrawOverlap();
    DrawChecks();
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_RETURN_IF_ERROR(transaction.PutQueue(record_));
      return transaction.AppendTasks("q", tasks_, examples).status();
    });
    Reopen();
  }

  // What went wrong, with all that was done before; empty when nothing did.
  std::string Run() {
    for (int i = 0; i < kNumSteps && error_.empty(); ++i) {
      const std::vector<std::string> waiting = PeopleWithoutTask();
      const uint64_t generation = queue_->Generation();
      const int opening = num_openings_;
      Step();
      model_.now = clock_.Now();
      if (opening == num_openings_) CheckWoken(waiting, generation);
      CheckFacts();
    }
    CheckLog();
    return error_.empty() ? "" : absl::StrCat(trace_, "\n", error_);
  }

 private:
  void Step() {
    const uint64_t draw = random_.Below(100);
    if (draw < 35) return Lease();
    if (draw < 60) return Answer();
    if (draw < 70) return Undo();
    if (draw < 80) return Wait();
    if (draw < 85) return Import();
    if (draw < 88) return UndoImport();
    if (draw < 90) return AnswerWithoutLease();
    if (draw < 92) return GiveBack();
    if (draw < 94) return Reopen();
    if (draw < 95) return ChangeQueue();
    if (draw < 97) return Sweep();
    if (draw < 98) return Swap();
    Drop();
  }

  // What the person's client says that it has at hand: nothing at all, or some of what they hold.
  HeldTokens Held(const std::string& person) {
    if (random_.Below(2) == 0) return std::nullopt;
    std::vector<uint64_t> tokens = model_.TokensOf(person);
    std::erase_if(tokens, [&](uint64_t) { return random_.Below(2) == 0; });
    return tokens;
  }
  void Renew(const std::string& person, const HeldTokens& held) {
    std::set<uint64_t> named;
    if (held.has_value()) named.insert(held->begin(), held->end());
    model_.Renew(person, kTtl, named);
  }
  void Lease() {
    const std::string person = Person();
    const HeldTokens held = Held(person);
    const auto leased = tasks::Lease(*queue_, person, 1, kTtl, held);
    if (record_.mode() == storage::v1::QUEUE_MODE_ARCHIVED) {
      return Check(ReasonOf(leased.status()) == "QUEUE_ARCHIVED",
                   "an archived queue refuses nothing");
    }
    if (!leased.ok()) return Check(false, leased.status().ToString());
    const LeaseReply& reply = *leased;
    Renew(person, held);
    Note("lease ", person, held.has_value() ? " naming some" : "", reply.tasks.empty() ? " -" : "");
    if (reply.tasks.empty()) return CheckNoTask(person, reply.emptiness);
    Check(!IsPaused(), "a paused queue hands a task out");
    const LeaseRecord& lease = reply.tasks[0].lease;
    Check(lease.renewed_by_name() == held.has_value(), "by what the lease is renewed");
    const std::string& task = lease.task().id();
    Note(" ", reply.tasks[0].example.text());
    if (lease.task().has_check()) return CheckCheck(lease);
    Check(model_.IsOpenFor(task, person), "the task is not open for the person");
    CheckOrder(task, person);
    Hold(lease);
  }
  // Clause 3: a check is marked, comes once, and in the place of a task; own tasks come later than
  // these schedules go. Planted: Answered that does not note the check; checks that others are
  // offered, or the person who has them in hand; own tasks that come at once.
  void CheckCheck(const LeaseRecord& lease) {
    const std::string& person = lease.annotator();
    const std::string& check = lease.task().id();
    Check(!model_.HasAnswered(check, person), "a check comes again");
    Check(!model_.leases.contains({check, person}), "a check in their hands comes once more");
    Check(lease.task().check().own_revision() == 0, "an own task comes too early");
    Check(IsAnyOpenFor(person), "a check, and no task");
    for (const auto& [key, held] : model_.leases)
      Check(key.first != check || key.second == person, "a check of somebody else");
    Hold(lease);
  }
  // Clause 5. Planted: Release that does not keep the task; a stream that is not restarted when an
  // answer elsewhere is taken back, or the data set dropped; one person who counts twice.
  void CheckNoTask(const std::string& person, const Emptiness& emptiness) {
    if (IsPaused())
      return Check(emptiness.reason == NoTask::kPaused, "a paused queue gives another reason");
    for (const storage::v1::Task& task : tasks_)
      Check(!model_.IsOpenFor(task.id(), person), "a task is open, and is not given");
    const bool any_live = model_.NumLive() > 0;
    Check(emptiness.reason == (any_live ? NoTask::kAllLeased : NoTask::kExhausted), "the reason");
    Check(emptiness.retry_at == model_.NextExpiry(), "when to come back");
  }
  // Clause 4: a lost lease is offered first, or one given back; fresh tasks are last. Planted:
  // Update that does not ask for lost leases; Pick that asks the stream before it offers what
  // others have begun; NextKnown that begins with what others have begun.
  void CheckOrder(const std::string& task, const std::string& person) {
    const bool is_fresh = !model_.handed_out.contains(task);
    const bool is_returned = model_.IsLost(task) || (!is_fresh && model_.PlacesOf(task).empty());
    for (const storage::v1::Task& other : tasks_) {
      if (!model_.IsOpenFor(other.id(), person)) continue;
      Check(is_returned || !model_.IsReturned(other.id()), "a task with a lost lease waits");
      // A fresh task in whose place a check came is kept among those that others have begun.
      Check(!is_fresh || has_checks_ || !model_.IsBegun(other.id()), "a task that was begun waits");
    }
  }
  // Clause 4: tokens. Planted: a new token for somebody who lost the lease; first tokens that begin
  // at 1 after a restart.
  void Hold(const LeaseRecord& lease) {
    const auto [item, is_new] = model_.leases.try_emplace({lease.task().id(), lease.annotator()});
    if (is_new) {
      Check(lease.token() > model_.tokens.back(), "a token is not above the earlier ones");
      model_.tokens.push_back(lease.token());
    } else {
      Check(lease.token() == item->second.lease.token(), "the token changed");
    }
    item->second = {lease, absl::FromUnixMicros(lease.expires_unix_micros())};
    Check(item->second.expires == model_.now + kTtl, "the time of the lease");
    model_.handed_out.insert(lease.task().id());
    model_.given_back.erase(lease.task().id());
  }

  // Clauses 2 and 4. Planted: no DeleteLease with the answer; answers that are never late.
  void Answer() {
    if (model_.leases.empty()) return;
    const auto item = std::next(model_.leases.begin(), Below(model_.leases.size()));
    const auto [task, person] = item->first;
    const auto verdict =
        random_.Below(2) == 0 ? storage::v1::VERDICT_ACCEPT : storage::v1::VERDICT_REJECT;
    const std::string id = absl::StrCat("a", ++num_requests_);
    BeforeWrite();
    const auto stored = Submit(*queue_, item->second.lease, verdict, id);
    const bool is_check = item->second.lease.task().has_check();
    Note("answer ", person, " ", TextOf(task), model_.IsLive(item->second) ? "" : " late");
    if (!stored.ok()) return Check(false, stored.status().ToString());
    Check(stored->late() == !model_.IsLive(item->second), "late");
    Check(stored->surplus() == (!is_check && model_.IsSurplus(task, person)), "surplus");
    const auto again = Submit(*queue_, item->second.lease, verdict, id);
    Check(again.ok() && again->revision() == stored->revision(), "a repetition");
    Check(ReasonOf(Submit(*queue_, item->second.lease, verdict).status()) == "ALREADY_ANSWERED",
          "a second answer is taken");
    model_.answers.push_back(
        {task, person, stored->revision(), stored->surplus() || is_check, true, is_check, verdict});
    model_.leases.erase(item);
    model_.Renew(person, kTtl);
  }
  // Clause 4: the holder. Planted: FindLease that does not look at the token, or takes earlier
  // ones, or that of another holder.
  void AnswerWithoutLease() {
    const std::string person = Person();
    const std::string& task = tasks_[Below(tasks_.size())].id();
    LeaseRecord lease;
    lease.mutable_task()->set_id(task);
    lease.set_annotator(person);
    const size_t token = Below(model_.tokens.size() + 1);
    lease.set_token(token < model_.tokens.size() ? model_.tokens[token] : model_.tokens.back() + 1);
    const auto held = model_.leases.find({task, person});
    if (held != model_.leases.end() && held->second.lease.token() == lease.token()) return;
    const std::string reason = ReasonOf(Submit(*queue_, lease).status());
    model_.Renew(person, kTtl);
    Note("answer without lease ", person, " ", TextOf(task), " ", reason);
    Check(reason == (held != model_.leases.end()        ? "LEASE_LOST"
                     : model_.HasAnswered(task, person) ? "ALREADY_ANSWERED"
                                                        : "UNKNOWN_TASK"),
          "the reason of the refusal");
  }
  // Clause 3: the last answer, or an earlier one to correct it. Planted: Undone that does not take
  // the answer out of its list; no PutLease with the undo; the first answer undone instead of the
  // last, the last instead of that to correct; anybody's answer.
  void Undo() {
    const std::string person = Person();
    const bool corrects = random_.Below(2) == 0 && !model_.answers.empty();
    const uint64_t revision = corrects ? model_.answers[Below(model_.answers.size())].revision : 0;
    const auto wanted = std::find_if(model_.answers.rbegin(), model_.answers.rend(),
                                     [&](const Model::Given& given) {
                                       return given.is_own && given.person == person &&
                                              (!corrects || given.revision == revision);
                                     });
    const std::string id = absl::StrCat("u", ++num_requests_);
    const auto undone = tasks::Undo(*queue_, person, id, revision);
    if (undone.ok()) model_.Renew(person, kTtl);
    Note("undo ", revision, " of ", person, undone.ok() ? " " : " -",
         undone.ok() ? undone->task.example.text() : "");
    if (wanted == model_.answers.rend())
      return Check(absl::IsNotFound(undone.status()), "there was nothing to undo");
    if (!undone.ok()) return Check(false, undone.status().ToString());
    Check(undone->revision == wanted->revision, "another answer was undone");
    const auto again = tasks::Undo(*queue_, person, id, revision);
    Check(again.ok() && again->task.lease.token() == undone->task.lease.token(), "a repetition");
    model_.answers.erase(std::next(wanted).base());
    Hold(undone->task.lease);
  }
  // Clause 4. Planted: Release that is not called; no DeleteLease; KeepHeld that does not look at
  // the token.
  void GiveBack() {
    if (model_.leases.empty()) return;
    const auto item = std::next(model_.leases.begin(), Below(model_.leases.size()));
    const auto [task, person] = item->first;
    const uint64_t wrong_by = random_.Below(2);
    const HeldTokens kept = Held(person);
    const auto given_back = tasks::GiveBack(
        *queue_, person, {{corpus::Id(task), item->second.lease.token() + wrong_by}}, kept);
    Note("give back ", person, " ", TextOf(task), wrong_by == 0 ? "" : " with a wrong token");
    Check(given_back.ok() && *given_back == 1 - wrong_by, "the number given back");
    Renew(person, kept);
    if (wrong_by == 1) return;
    model_.GoesBack(item->second.lease.task());
    model_.leases.erase(item);
  }

  void Import() {
    const std::string& task = tasks_[Below(tasks_.size())].id();
    storage::v1::Answer answer = corpus::MakeAnswer(TextOf(task));
    answer.set_task_id(task);
    answer.set_annotator(absl::StrCat("importer ", random_.Below(2)));
    uint64_t revision = 0;
    BeforeWrite();
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_ASSIGN_OR_RETURN(const auto revisions, transaction.AppendAnswers("d", {answer}));
      revision = revisions[0];
      return absl::OkStatus();
    });
    Note("import ", TextOf(task), " by ", answer.annotator());
    model_.answers.push_back(
        {task, answer.annotator(), revision, false, false, false, answer.verdict()});
    if (model_.IsFull(task)) model_.given_back.erase(task);
  }
  // With its data set, a queue begins anew: what went back before is the stream's.
  void BeforeWrite() {
    if (!corpus_->reader().GetDataset("d").ok()) model_.given_back.clear();
  }
  void UndoImport() {
    const auto imported = std::find_if(model_.answers.begin(), model_.answers.end(),
                                       [](const Model::Given& given) { return !given.is_own; });
    if (imported == model_.answers.end()) return;
    Note("undo import ", TextOf(imported->task));
    Change([&](corpus::Transaction& transaction) {
      return transaction.Undo("d", imported->revision, imported->person).status();
    });
    model_.of_stream.insert(imported->task);
    model_.answers.erase(imported);
  }
  void Drop() {
    Note("drop");
    const absl::Status dropped = corpus_->Change(
        [](corpus::Transaction& transaction) { return transaction.DropDataset("d"); });
    // Dropped before, and nothing written since.
    if (absl::IsNotFound(dropped)) return;
    Check(dropped.ok(), dropped.ToString());
    model_.answers.clear();
    model_.given_back.clear();
    for (const storage::v1::Task& task : tasks_) {
      const bool is_held =
          std::any_of(model_.leases.begin(), model_.leases.end(),
                      [&](const auto& item) { return item.first.first == task.id(); });
      if (!is_held) model_.handed_out.erase(task.id());
    }
  }

  // Which tasks are shared is a hash of theirs; that it has the share, and of a larger share a
  // smaller one is a part, is overlap_test's.
  void DrawOverlap() {
    model_.overlap = 1 + static_cast<uint32_t>(random_.Below(3));
    const double share = random_.Below(2) == 0 ? 1 : random_.Uniform();
    record_.set_overlap(model_.overlap);
    record_.set_overlap_share(share);
    for (const storage::v1::Task& task : tasks_)
      model_.is_shared[task.id()] = share == 1 || Overlap(2, share).Of(corpus::Id(task.id())) == 2;
    Note("overlap ", model_.overlap, " of a share of ", share);
  }
  // In half of the schedules people are checked by three gold tasks.
  void DrawChecks() {
    has_checks_ = random_.Below(2) == 0;
    if (!has_checks_) return;
    record_.set_check_share(0.2);
    record_.add_labels("job");
    record_.add_gold_datasets("gold");
    Change([&](corpus::Transaction& transaction) -> absl::Status {
      for (const std::string text : {"gold 0", "gold 1", "gold 2"}) {
        storage::v1::Answer answer = corpus::MakeAnswer(text);
        answer.clear_decisions();
        *answer.add_decisions()->mutable_span() = corpus::MakeSpan(0, 4, "job");
        WINNOW_RETURN_IF_ERROR(
            transaction.AppendAnswers("gold", {answer}, {corpus::MakeExample(text)}).status());
      }
      return absl::OkStatus();
    });
  }
  // Clause 5 holds in whatever order tasks come. Planted: Pick that does not keep the task in whose
  // place a check came.
  void Swap() {
    Note("swap");
    stream_->Swap(random_);
  }
  // Under way, as UpdateQueue does it. Planted: an overlap that is that of the first opening; an
  // answer beyond a smaller overlap that is dropped; a pause that hands out, or refuses answers; an
  // archive that hands out.
  void ChangeQueue() {
    if (random_.Below(2) == 0) {
      DrawOverlap();
    } else if (record_.mode() == storage::v1::QUEUE_MODE_ACTIVE) {
      record_.set_mode(random_.Below(2) == 0 ? storage::v1::QUEUE_MODE_PAUSED
                                             : storage::v1::QUEUE_MODE_ARCHIVED);
    } else {
      record_.set_mode(storage::v1::QUEUE_MODE_ACTIVE);
    }
    Note("change: ", storage::v1::QueueMode_Name(record_.mode()));
    Reopen();
  }
  bool IsPaused() const { return record_.mode() == storage::v1::QUEUE_MODE_PAUSED; }

  std::vector<std::string> PeopleWithoutTask() const {
    std::vector<std::string> people;
    for (int i = 0; i < kNumPeople; ++i) {
      const std::string person = absl::StrCat("person ", i);
      if (!IsAnyOpenFor(person)) people.push_back(person);
    }
    return people;
  }
  bool IsAnyOpenFor(const std::string& person) const {
    return std::any_of(tasks_.begin(), tasks_.end(), [&](const storage::v1::Task& task) {
      return model_.IsOpenFor(task.id(), person);
    });
  }
  // Clause 6, but for the clock: LeaseWaiters ask a queue again that has changed. Planted:
  // Generation that does not count offers, or does not look at the time, or at the log.
  void CheckWoken(const std::vector<std::string>& waiting, uint64_t generation) {
    if (queue_->Generation() != generation) return;
    for (const std::string& person : waiting)
      Check(!IsAnyOpenFor(person), absl::StrCat("a task is open, and is not told to ", person));
  }

  void Wait() {
    const absl::Duration waited = absl::Minutes(1 + static_cast<int64_t>(random_.Below(6)));
    Note("wait ", absl::FormatDuration(waited));
    clock_.Advance(waited);
  }
  // Half of the time after so long that lost leases are forgotten.
  void Sweep() {
    if (random_.Below(2) == 0) clock_.Advance(absl::Hours(25));
    Note("sweep");
    queue_->Sweep();
    const absl::Time before = clock_.Now() - absl::Hours(24);
    std::erase_if(model_.leases, [&](const auto& item) {
      if (item.second.expires >= before) return false;
      model_.GoesBack(item.second.lease.task());
      return true;
    });
  }
  // Clause 7: counts are those of the standing answers. Planted: Count that forgets surplus.
  void CheckFacts() {
    const QueueFacts facts = *queue_->Facts();
    const auto count = [&](storage::v1::Verdict verdict, bool surplus) {
      return static_cast<uint64_t>(std::count_if(
          model_.answers.begin(), model_.answers.end(), [&](const Model::Given& given) {
            return given.is_own && !given.is_check && given.verdict == verdict &&
                   given.surplus == surplus;
          }));
    };
    const auto accept = storage::v1::VERDICT_ACCEPT, reject = storage::v1::VERDICT_REJECT;
    Check(facts.num_accepted == count(accept, false), "the number accepted");
    Check(facts.num_rejected == count(reject, false), "the number rejected");
    Check(facts.num_surplus == count(accept, true) + count(reject, true), "the number of surplus");
    Check(facts.num_leased == model_.NumLive(), "the number of leases");
    uint64_t num_checks = 0;
    for (const auto& [person, of_person] : facts.people) num_checks += of_person.checks.num_gold;
    const auto is_check = [](const Model::Given& given) { return given.is_check; };
    Check(num_checks == static_cast<uint64_t>(
                            std::count_if(model_.answers.begin(), model_.answers.end(), is_check)),
          "the number of checks");
  }
  // Clauses 2 and 7: the log holds what was acknowledged and not taken back, in its order.
  void CheckLog() {
    std::map<uint64_t, storage::v1::Answer> standing;
    const auto read = [&](const storage::v1::LogEntry& entry) -> absl::StatusOr<bool> {
      if (entry.has_answer()) standing[entry.answer().revision()] = entry.answer();
      if (entry.has_undo()) standing.erase(entry.undo().undoes());
      return true;
    };
    const absl::Status walked = corpus_->reader().ForEachEntry("d", 0, corpus::kLatest, read);
    Check(walked.ok() || absl::IsNotFound(walked), walked.ToString());
    Check(standing.size() == model_.answers.size(), "the number of standing answers");
    for (const Model::Given& given : model_.answers) {
      const storage::v1::Answer& answer = standing[given.revision];
      Check(answer.task_id() == given.task && answer.annotator() == given.person &&
                answer.surplus() == given.surplus,
            "an answer on disk");
    }
  }

  // Clause 2: nothing is lost by a restart. Planted: leases that are not stored; Open
  // that loads none.
  void Reopen() {
    Note("restart");
    ++num_openings_;
    model_.given_back.clear();
    queue_.reset();
    corpus_.reset();
    // Tokens are told apart by when they were given.
    clock_.Advance(absl::Seconds(1));
    model_.now = clock_.Now();
    corpus_ = *corpus::Corpus::Open(disk_.Attach(), clock_);
    if (tasks_.empty()) return;
    auto stream = std::make_unique<SwappedStream>(*StoredStream::Open(record_, *corpus_), tasks_);
    stream_ = stream.get();
    queue_ = *Queue::Open(record_, *corpus_, clock_, std::move(stream));
  }
  template <typename Fn>
  void Change(const Fn& fn) {
    const absl::Status changed = corpus_->Change(fn);
    Check(changed.ok(), changed.ToString());
  }
  template <typename... Parts>
  void Note(const Parts&... parts) {
    absl::StrAppend(&trace_, "\n", parts...);
  }
  void Check(bool holds, absl::string_view what) {
    if (!holds && error_.empty()) error_ = std::string(what);
  }
  size_t Below(size_t n) { return static_cast<size_t>(random_.Below(n)); }
  std::string Person() { return absl::StrCat("person ", random_.Below(kNumPeople)); }
  std::string TextOf(const std::string& task) const {
    for (size_t i = 0; i < tasks_.size(); ++i)
      if (tasks_[i].id() == task) return absl::StrCat("text ", i);
    return "?";
  }

  Random random_;
  Model model_;
  QueueRecord record_;
  std::vector<storage::v1::Task> tasks_;
  FakeClock clock_;
  corpus::Disk disk_;
  std::unique_ptr<corpus::Corpus> corpus_;
  // Of queue_.
  SwappedStream* stream_ = nullptr;
  std::unique_ptr<Queue> queue_;
  int num_openings_ = 0;
  bool has_checks_ = false;
  int num_requests_ = 0;
  std::string trace_;
  std::string error_;
};

TEST(QueueModelTest, KeepsItsContractInRandomSchedules) {
  uint64_t num_schedules = 2000;
  const char* more = std::getenv("WINNOW_QUEUE_SCHEDULES");
  ASSERT_TRUE(more == nullptr || absl::SimpleAtoi(more, &num_schedules)) << more;
  for (uint64_t seed = 0; seed < num_schedules; ++seed) {
    const std::string error = Schedule(seed).Run();
    ASSERT_EQ(error, "") << "schedule " << seed;
  }
}

}  // namespace
}  // namespace winnow::tasks
